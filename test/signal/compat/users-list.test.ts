import { describe, expect, test } from 'vitest';
import { serve, type Daemon } from '../../../src/index.ts';
import { loadDialect } from '../../../src/signal/compat/names.ts';
import { usersList } from '../../../src/signal/compat/users-list.ts';
import type { DialectContext } from '../../../src/signal/compat/dialect.ts';
import type { SocketIoLine } from '../../../src/signal/compat/socket-io-service.ts';
import { DAEMON_LIMITS } from '../../../src/signal/daemon-limits.ts';
import { SocketIoTestClient, TRANSPORTS, VERSIONS } from './socket-io-client.ts';

async function start(): Promise<Daemon> {
  return serve({ port: 0, dialects: [{ open: await loadDialect('users-list') }] });
}

function hearList(client: SocketIoTestClient, ...ids: string[]): Promise<unknown[]> {
  const wanted = JSON.stringify(ids.toSorted());
  return client.hearWhat(
    ([event, list]) => event === 'usersList' && JSON.stringify((list as string[]).toSorted()) === wanted,
  );
}

describe.each(VERSIONS)('a client of the system `users-list`, version %i', (version) => {
  test.each(TRANSPORTS)('is told who is there and reaches them by id, over $transports', async (options) => {
    await using daemon = await start();
    const open = (): Promise<SocketIoTestClient> => SocketIoTestClient.open(daemon.url, version, options);
    await using shed = await open();
    await hearList(shed, shed.id);
    await using kitchen = await open();
    await Promise.all([hearList(shed, shed.id, kitchen.id), hearList(kitchen, shed.id, kitchen.id)]);
    for (const type of ['offer', 'ice-candidate', 'hangup', 'decline', 'request', 'accept', 'anything']) {
      shed.say('message', { type, id: kitchen.id, contact: 'forged', offer: { sdp: 'o' } });
      expect(await kitchen.hear('message')).toEqual([{ type, id: kitchen.id, contact: shed.id, offer: { sdp: 'o' } }]);
    }
    // The answer comes first and is heard last.
    kitchen.say('message', { type: 'answer', id: shed.id, answer: { sdp: 'a' } });
    kitchen.say('message', { type: 'ice-candidate', id: shed.id, candidate: 1 });
    expect(await shed.hear('message')).toMatchObject([{ type: 'ice-candidate', contact: kitchen.id }]);
    expect(await shed.hear('message')).toEqual([
      { type: 'answer', id: shed.id, answer: { sdp: 'a' }, contact: kitchen.id },
    ]);
    await kitchen[Symbol.asyncDispose]();
    await hearList(shed, shed.id);
  });
});

test('a client of the system `users-list` has bytes passed on, and is not called back', async () => {
  await using daemon = await start();
  await using shed = await SocketIoTestClient.open(daemon.url);
  await using kitchen = await SocketIoTestClient.open(daemon.url);
  await hearList(kitchen, shed.id, kitchen.id);
  const callback = (): void => expect.unreachable('nobody answers');
  shed.say('message', callback);
  shed.say('message', { type: 'offer', id: kitchen.id, bytes: Buffer.from('bytes') }, callback);
  expect(await kitchen.hear('message')).toMatchObject([{ contact: shed.id, bytes: Buffer.from('bytes') }]);
  expect(kitchen.told).toEqual([]);
});

/** Clients of the service itself, and a clock that goes on only when it is told to. */
function onFakeTime(): {
  client: (id: string) => SocketIoLine & { told: unknown[] };
  service: ReturnType<typeof usersList>;
  pass: (ms: number) => void;
} {
  let now = 0;
  const timers = new Set<{ at: number; run: () => void }>();
  const context: DialectContext = {
    limits: DAEMON_LIMITS,
    refuseOrigin: () => undefined,
    addressOf: () => '127.0.0.1',
    now: () => now,
    onEvent: () => {},
    hasRoom: () => true,
    version: '0.0.0',
  };
  const service = usersList(context, (ms, run) => {
    const timer = { at: now + ms, run };
    timers.add(timer);
    return () => timers.delete(timer);
  });
  return {
    service,
    client(id) {
      const told: unknown[] = [];
      const line = {
        id,
        told,
        port: { sayTo: () => {} },
        say: (event: string, ...args: readonly unknown[]) => {
          if (event === 'message') told.push((args[0] as { type: unknown }).type);
        },
      };
      service.open(line);
      return line;
    },
    pass(ms) {
      now += ms;
      for (const timer of timers) {
        if (timer.at > now) continue;
        timers.delete(timer);
        timer.run();
      }
    },
  };
}

describe('an answer', () => {
  test('waits until the candidates of its sender have paused', () => {
    const { client, pass, service } = onFakeTime();
    const shed = client('shed');
    const kitchen = client('kitchen');
    const say = (type: string, id = 'shed'): void => service.receive(kitchen, 'message', [{ type, id }]);
    say('ice-candidate');
    say('answer');
    pass(299);
    say('ice-candidate');
    say('ice-candidate', 'nobody');
    pass(299);
    expect(shed.told).toEqual(['ice-candidate', 'ice-candidate']);
    pass(1);
    expect(shed.told).toEqual(['ice-candidate', 'ice-candidate', 'answer']);
    pass(10_000);
    say('ice-candidate');
    expect(shed.told).toEqual(['ice-candidate', 'ice-candidate', 'answer', 'ice-candidate']);
  });

  test('waits for two seconds at most', () => {
    const { client, pass, service } = onFakeTime();
    const shed = client('shed');
    const kitchen = client('kitchen');
    service.receive(kitchen, 'message', [{ type: 'answer', id: 'shed' }]);
    for (let ms = 0; ms < 2_000; ms += 200) {
      expect(shed.told).not.toContain('answer');
      service.receive(kitchen, 'message', [{ type: 'ice-candidate', id: 'shed' }]);
      pass(200);
    }
    expect(shed.told.at(-1)).toBe('answer');
  });

  test('is overtaken by nothing but candidates, and another one does not wait for it', () => {
    const { client, service } = onFakeTime();
    const shed = client('shed');
    const garden = client('garden');
    const kitchen = client('kitchen');
    service.receive(kitchen, 'message', [{ type: 'answer', id: 'shed' }]);
    service.receive(kitchen, 'message', [{ type: 'hangup', id: 'garden' }]);
    expect([shed.told, garden.told]).toEqual([[], ['hangup']]);
    service.receive(kitchen, 'message', [{ type: 'hangup', id: 'shed' }]);
    expect(shed.told).toEqual(['answer', 'hangup']);
    service.receive(kitchen, 'message', [{ type: 'answer', id: 'shed' }]);
    service.receive(kitchen, 'message', [{ type: 'answer', id: 'garden' }]);
    expect(shed.told).toEqual(['answer', 'hangup', 'answer']);
  });

  test('is forgotten with its sender, and with whom it was for', () => {
    const { client, pass, service } = onFakeTime();
    const shed = client('shed');
    const garden = client('garden');
    const kitchen = client('kitchen');
    service.receive(kitchen, 'message', [{ type: 'answer', id: 'shed' }]);
    service.gone(kitchen);
    service.receive(garden, 'message', [{ type: 'answer', id: 'shed' }]);
    service.gone(shed);
    pass(10_000);
    expect(shed.told).toEqual([]);
  });
});

test('beyond a hundred a client is in no list, and nobody hears it', () => {
  const { client, service } = onFakeTime();
  const [first] = Array.from({ length: 100 }, (_, number) => client(`shed-${number}`));
  const late = client('late');
  service.receive(late, 'message', [{ type: 'offer', id: 'shed-0' }]);
  service.receive(late, 'message', [{ type: 'answer', id: 'shed-0' }]);
  service.gone(late);
  expect(first?.told).toEqual([]);
});
