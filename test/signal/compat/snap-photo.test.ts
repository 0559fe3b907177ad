import { describe, expect, test } from 'vitest';
import { serve, type Daemon } from '../../../src/index.ts';
import { loadDialect } from '../../../src/signal/compat/names.ts';
import { SocketIoTestClient, TRANSPORTS, VERSIONS } from './socket-io-client.ts';

async function start(): Promise<Daemon> {
  return serve({ port: 0, dialects: [{ open: await loadDialect('snap-photo') }] });
}

async function join(client: SocketIoTestClient, room: string, answer: string): Promise<void> {
  client.say('create or join', room);
  expect(await client.hear(answer)).toEqual(answer === 'full' ? [room] : [room, client.id]);
}

/** Everything that was said before has been handled once this resolves: a socket is answered in order. */
async function settle(client: SocketIoTestClient): Promise<void> {
  await join(client, `${client.id} alone`, 'created');
}

describe.each(VERSIONS)('a client of the system `snap-photo`, version %i', (version) => {
  test.each(TRANSPORTS)('finds two others in a room of three, over $transports', async (options) => {
    await using daemon = await start();
    const open = (): Promise<SocketIoTestClient> => SocketIoTestClient.open(daemon.url, version, options);
    await using first = await open();
    await using second = await open();
    await using third = await open();
    await using fourth = await open();
    await join(first, 'garden', 'created');
    await join(second, 'garden', 'joined');
    expect(await first.hear('ready')).toEqual(['garden']);
    await join(third, 'garden', 'secondjoined');
    expect(await first.hear('thirduser')).toEqual([]);
    expect(await second.hear('thirduser')).toEqual([]);
    await join(fourth, 'garden', 'full');

    const msg = { type: 'candidate', label: 0, id: '0', candidate: 'c' };
    first.say('message', msg);
    expect(await second.hear('message')).toEqual([msg]);
    second.say('message', 'text');
    expect(await first.hear('message')).toEqual(['text']);
    first.say('messagetothird', msg, true);
    expect(await third.hear('message')).toEqual([msg]);
    second.say('messagetothird', msg, true);
    expect(await third.hear('messagetothird')).toEqual([msg, false]);
    third.say('messagetosecond', msg, true);
    expect(await second.hear('messagetosecond')).toEqual([msg, true]);
    third.say('messagetosecond', msg, false);
    expect(await first.hear('messagetosecond')).toEqual([msg, false]);
    expect([first, second, third, fourth].map(({ told }) => told)).toEqual([[], [], [], []]);

    first.say('exit', 'garden');
    expect(await second.hear('exit')).toEqual([]);
    expect(await third.hear('exit')).toEqual([]);
    await third[Symbol.asyncDispose]();
    expect(await second.hear('exit')).toEqual([]);
    // The place that became free first is the first one again, and the second one has waited for it.
    await join(fourth, 'garden', 'created');
    expect(await fourth.hear('ready')).toEqual(['garden']);
    await join(first, 'garden', 'secondjoined');
    expect(await fourth.hear('thirduser')).toEqual([]);
    expect(await second.hear('thirduser')).toEqual([]);
  });
});

describe('a room of the system `snap-photo`', () => {
  test('may have any name, and nothing of another room is heard in it', async () => {
    await using daemon = await start();
    for (const room of ['constructor', '__proto__', '', 'kühl & naß', 'x'.repeat(256)]) {
      await using first = await SocketIoTestClient.open(daemon.url);
      await using second = await SocketIoTestClient.open(daemon.url);
      await using stranger = await SocketIoTestClient.open(daemon.url);
      await join(stranger, 'elsewhere', 'created');
      await join(first, room, 'created');
      await join(second, room, 'joined');
      stranger.say('message', 'not yours');
      stranger.say('messagetothird', 'not yours', true);
      stranger.say('messagetosecond', 'not yours', true);
      stranger.say('exit', room);
      await settle(stranger);
      first.say('message', 'yours');
      expect(await second.hear('message')).toEqual(['yours']);
      expect(second.told).toEqual([]);
      expect(stranger.told).toEqual([]);
    }
  });

  test('is left for another one, and is not left by naming a third', async () => {
    await using daemon = await start();
    await using first = await SocketIoTestClient.open(daemon.url);
    await using second = await SocketIoTestClient.open(daemon.url);
    await join(first, 'garden', 'created');
    await join(second, 'garden', 'joined');
    second.say('exit', 'shed');
    second.say('message', 'still here');
    await first.hear('message');
    expect(first.told).toEqual([['ready', 'garden']]);
    await join(second, 'shed', 'created');
    expect(await first.hear('exit')).toEqual([]);
    first.say('message', 'too late');
    await settle(first);
    await settle(second);
    expect(second.told).toEqual([]);
  });

  test('passes bytes on, and calls nobody back', async () => {
    await using daemon = await start();
    await using first = await SocketIoTestClient.open(daemon.url);
    await using second = await SocketIoTestClient.open(daemon.url);
    await join(first, 'garden', 'created');
    await join(second, 'garden', 'joined');
    const callback = (): void => expect.unreachable('nobody answers');
    for (const event of ['create or join', 'message', 'messagetothird', 'messagetosecond', 'ipaddress'])
      second.say(event, callback);
    second.say('message', Buffer.from('bytes'), callback);
    expect(await first.hear('message')).toEqual([Buffer.from('bytes')]);
    expect(first.told).toEqual([['ready', 'garden']]);
    expect(second.told).toEqual([]);
  });
});
