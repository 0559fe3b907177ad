import { once } from 'node:events';
import { describe, expect, test } from 'vitest';
import { WebSocket } from 'ws';
import { serve, type Daemon } from '../../../src/index.ts';
import { loadDialect } from '../../../src/signal/compat/names.ts';
import { JsonClient } from './json-client.ts';

async function start(): Promise<Daemon> {
  return serve({ port: 0, dialects: [{ open: await loadDialect('web-connections') }] });
}

describe('a client of the system `web-connections` with a WebSocket', () => {
  test('reaches itself and others, in order, by type, with the very text that it sent', async () => {
    await using daemon = await start();
    await using shed = await JsonClient.open(daemon.url, 'shed');
    await using kitchen = await JsonClient.open(daemon.url, 'constructor');
    const toSelf = { from: 'shed', to: 'shed', type: 'ping', data: [1, { a: null }] };
    shed.say(toSelf);
    expect(await shed.hearType('ping')).toEqual(toSelf);
    const types = ['offer', 'icecandidate', 'icecandidate', 'close'];
    for (const [data, type] of types.entries()) shed.say({ from: 'shed', to: 'constructor', type, data });
    await shed.settle();
    await kitchen.settle();
    expect(kitchen.told).toEqual(types.map((type, data) => ({ from: 'shed', to: 'constructor', type, data })));
    expect(shed.told).toEqual([]);
  });

  test('gets the text as it was written, whatever JSON would make of it', async () => {
    await using daemon = await start();
    await using shed = await JsonClient.open(daemon.url, 'shed');
    const kitchen = new WebSocket(`${daemon.url.replace('http', 'ws')}kitchen`);
    await once(kitchen, 'open');
    const heard = once(kitchen, 'message');
    const text = '{ "to":"kitchen",\n "from":"shed", "data": 1.0, "__proto__": {"data": 2} }';
    shed.sayText(text);
    expect(String((await heard)[0])).toBe(text);
    kitchen.close();
    await once(kitchen, 'close');
  });

  test('passes on a message of 64 KiB', async () => {
    await using daemon = await start();
    await using shed = await JsonClient.open(daemon.url, 'shed');
    await using kitchen = await JsonClient.open(daemon.url, 'kitchen');
    shed.sayText('{"from":"shed","to":"kitchen"}'.padEnd(65_536));
    await kitchen.hear(() => true);
  });

  test.each(['', 'r/garden', 'assets', 'events', 'messages', 'message', 'a/b', 'a.b', 'a%20b', 'x'.repeat(129)])(
    'has no WebSocket at /%s, which is the daemon’s own or no id',
    async (path) => {
      await using daemon = await start();
      await expect(JsonClient.open(daemon.url, path)).rejects.toThrow('404');
    },
  );

  test('leaves the daemon’s own WebSocket and health alone, and is of this daemon’s pages', async () => {
    await using daemon = await start();
    // A WebSocket without the subprotocol of our own.
    await expect(JsonClient.open(daemon.url, 'ws')).rejects.toThrow('400');
    expect((await fetch(`${daemon.url}healthz`)).status).toBe(200);
    await expect(JsonClient.open(daemon.url, 'shed', { origin: 'https://elsewhere.example' })).rejects.toThrow('403');
  });
});
