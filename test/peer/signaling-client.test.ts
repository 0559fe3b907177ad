import { describe, expect, test } from 'vitest';
import { CLOSES, type CloseReason } from '../../src/protocol/closes.ts';
import type { ErrorCode, SnapError } from '../../src/protocol/errors.ts';
import { UPGRADE_REFUSALS } from '../../src/protocol/endpoint.ts';
import { LIMITS } from '../../src/protocol/limits.ts';
import { FIRST_CONTACT_MS, SignalingClient, type Welcome } from '../../src/peer/signaling-client.ts';
import { FakeClock } from './fake-clock.ts';
import { FakeDaemon } from './fake-daemon.ts';

function start(prepare: (daemon: FakeDaemon) => void = () => {}, chance = 0.5) {
  const clock = new FakeClock();
  clock.chance = chance;
  const daemon = new FakeDaemon(clock);
  const told: string[] = [];
  const welcomes: Welcome[] = [];
  const errors: SnapError[] = [];
  const timers = clock.share();
  prepare(daemon);
  const client = new SignalingClient(
    {
      server: 'http://127.0.0.1:8787',
      room: 'garden',
      name: 'shed',
      kind: 'terminal',
      access: 'a key of the garden',
      openSocket: daemon.socketsOf('shed'),
      clock: timers,
    },
    {
      onWelcome: (welcome) => {
        welcomes.push(welcome);
        told.push('welcome');
      },
      onMessage: ({ type }, payload) => told.push(`${type}${payload === '' ? '' : `: ${payload}`}`),
      onLost: (error) => {
        errors.push(error);
        told.push(`lost: ${error.code}`);
      },
      onRefused: (error) => {
        errors.push(error);
        told.push(`refused: ${error.code}`);
      },
    },
  );
  client.start();
  return { clock, daemon, told, welcomes, errors, client, timers };
}

async function admitted(...args: Parameters<typeof start>) {
  const started = start(...args);
  await started.clock.until(() => started.client.connected);
  return started;
}

describe('a client', () => {
  test('joins, and proves its connection alive while nobody talks', async () => {
    const { clock, daemon, told, client } = await admitted();
    await clock.advance(600_000);
    expect(told).toEqual(['welcome']);
    expect(client.connected).toBe(true);
    expect(daemon.texts.filter((text) => text.includes('"ping"')).length).toBeGreaterThan(25);
    expect(daemon.sockets).toHaveLength(1);
  });

  test('comes back with its seat after a loss, told once', async () => {
    const { clock, daemon, told, welcomes } = await admitted();
    daemon.drop('shed');
    await clock.until(() => welcomes.length === 2);
    expect(told).toEqual(['welcome', 'lost: daemon-unreachable', 'welcome']);
    expect([welcomes[1]?.peer, welcomes[1]?.number]).toEqual([welcomes[0]?.peer, 1]);
  });

  test('comes back with its seat to a daemon that was restarted after a long time', async () => {
    const { clock, daemon, told, welcomes } = await admitted();
    daemon.kill();
    await clock.advance(3_600_000);
    expect(told).toEqual(['welcome', 'lost: daemon-unreachable']);
    daemon.start();
    await clock.until(() => welcomes.length === 2);
    expect(welcomes[1]?.peer).toBe(welcomes[0]?.peer);
  });

  test('tries again in pauses that grow, and that chance spreads', async () => {
    const timeOf = async (attempts: number, chance: number): Promise<number> => {
      const { clock, daemon } = await admitted(undefined, chance);
      daemon.kill();
      const since = clock.now();
      await clock.until(() => daemon.sockets.length === 1 + attempts);
      return clock.now() - since;
    };
    // 250 + 500 + 1,000 + 2,000 + 4,000 + 8,000 + 8,000 ms, each half as long or half as long again.
    expect(await timeOf(1, 0)).toBeLessThan(150);
    expect(await timeOf(7, 0)).toBeGreaterThan(11_875);
    expect(await timeOf(7, 0)).toBeLessThan(12_000);
    expect(await timeOf(7, 0.999)).toBeGreaterThan(35_000);
    expect(await timeOf(7, 0.999)).toBeLessThan(36_000);
  });

  test('hurries when it is told to, and never has two connections', async () => {
    const { clock, daemon, client } = await admitted();
    daemon.kill();
    await clock.advance(60_000);
    daemon.start();
    const made = daemon.sockets.length;
    client.hurry();
    client.hurry();
    await clock.advance(10);
    expect(client.connected).toBe(true);
    client.hurry();
    await clock.advance(60_000);
    expect(daemon.sockets).toHaveLength(made + 1);
  });

  test('gives up a connection that does not answer, soon after it is told to hurry, and keeps one that does', async () => {
    const { clock, daemon, told, client } = await admitted();
    client.hurry();
    await clock.advance(60_000);
    expect(daemon.sockets).toHaveLength(1);
    // The network has changed: what is said here arrives nowhere.
    daemon.onClientText = () => undefined;
    client.hurry();
    await clock.advance(3_100);
    daemon.onClientText = (text) => text;
    await clock.until(() => told.length === 3);
    expect(told).toEqual(['welcome', 'lost: daemon-unreachable', 'welcome']);
    expect(daemon.sockets).toHaveLength(2);
  });

  test('passes messages on with their payload', async () => {
    const { clock, daemon, told } = await admitted();
    const from = 'A'.repeat(16);
    daemon.socketOf('shed').tell(`{"type":"signal","from":"${from}"}\n{"any":\n"thing"}`);
    daemon.socketOf('shed').tell(`{"type":"peer-left","peer":"${from}","reason":"left"}`);
    await clock.advance(10);
    expect(told.slice(1)).toEqual(['signal: {"any":\n"thing"}', 'peer-left']);
  });

  test('whose session is over joins at once as another peer, and keeps that seat', async () => {
    const { clock, daemon, told, welcomes } = await admitted();
    daemon.socketOf('shed').end('session-expired');
    const since = clock.now();
    await clock.until(() => welcomes.length === 2);
    expect(clock.now() - since).toBeLessThan(500);
    expect(told).toEqual(['welcome', 'lost: session-expired', 'welcome']);
    expect(welcomes[1]?.peer).not.toBe(welcomes[0]?.peer);
    daemon.drop('shed');
    await clock.until(() => welcomes.length === 3);
    expect(welcomes[2]?.peer).toBe(welcomes[1]?.peer);
  });

  test('whose session is over when its daemon is back joins at once, however long it has tried', async () => {
    const { clock, daemon, welcomes } = await admitted();
    daemon.kill();
    await clock.advance(60_000);
    daemon.start();
    daemon.onClientText = (text, socket) => {
      if (!text.includes('"seat"')) return text;
      socket.end('session-expired');
      return undefined;
    };
    await clock.until(() => daemon.texts.at(-1)?.includes('"seat"') === true);
    const since = clock.now();
    await clock.until(() => welcomes.length === 2);
    expect(clock.now() - since).toBeLessThan(500);
    expect(welcomes[1]?.peer).not.toBe(welcomes[0]?.peer);
  });

  test('that is sent away for its session although it has none does not hammer at the daemon', async () => {
    const { clock, daemon } = await admitted();
    daemon.onClientText = (_text, socket) => {
      socket.end('session-expired');
      return undefined;
    };
    daemon.socketOf('shed').end('session-expired');
    await clock.advance(60_000);
    expect(daemon.sockets.length).toBeLessThan(15);
  });

  test('whose session is over and finds its room full goes on trying', async () => {
    const { clock, daemon, told, client } = await admitted();
    daemon.socketOf('shed').end('session-expired');
    await clock.until(() => daemon.sockets.length === 2);
    daemon.onClientText = (_text, socket) => {
      socket.end('room-full');
      return undefined;
    };
    await clock.advance(30_000);
    expect(told).toEqual(['welcome', 'lost: session-expired']);
    daemon.onClientText = (text) => text;
    await clock.until(() => client.connected);
  });

  test('says whether a message could be sent', async () => {
    const { clock, daemon, client } = await admitted();
    expect(client.send({ type: 'signal', to: 'A'.repeat(16) }, 'x')).toBe(true);
    daemon.drop('shed');
    await clock.until(() => !client.connected);
    expect(client.send({ type: 'signal', to: 'A'.repeat(16) }, 'x')).toBe(false);
  });

  test('gives its seat up when it leaves, and nothing follows', async () => {
    const { clock, daemon, client, told, timers } = await admitted();
    client.leave();
    client.leave();
    client.hurry();
    await clock.advance(60_000);
    expect(daemon.texts.filter((text) => text.includes('"leave"'))).toHaveLength(1);
    expect(told).toEqual(['welcome']);
    expect(daemon.sockets).toHaveLength(1);
    expect(timers.pending).toBe(0);
  });

  test.each([0, 2, 4, 8])('can leave %i ms after the start', async (ms) => {
    const { clock, daemon, client, told, timers } = start();
    await clock.advance(ms);
    client.leave();
    await clock.advance(60_000);
    expect(told.filter((what) => what !== 'welcome')).toEqual([]);
    expect(daemon.sockets.every(({ isOpen }) => !isOpen)).toBe(true);
    expect(timers.pending).toBe(0);
  });
});

describe('a daemon', () => {
  test('that is not there yet is waited for', async () => {
    const { clock, daemon, client } = start((one) => one.kill());
    await clock.advance(FIRST_CONTACT_MS - 1_500);
    daemon.start();
    await clock.until(() => client.connected);
  });

  test('that is not there at all is given up soon after that', async () => {
    const { clock, told, errors, timers } = start((one) => one.kill());
    const at = clock.now();
    await clock.until(() => told.length > 0);
    expect(told).toEqual(['refused: daemon-unreachable']);
    expect(errors[0]?.message).toMatch(/no snap-share daemon reached at http:.*ECONNREFUSED.*snap-share serve/);
    expect(clock.now() - at).toBeGreaterThanOrEqual(FIRST_CONTACT_MS);
    expect(clock.now() - at).toBeLessThan(FIRST_CONTACT_MS + 3_000);
    await clock.advance(60_000);
    expect(told).toHaveLength(1);
    expect(timers.pending).toBe(0);
  });

  test('that accepts a connection and says nothing is given up', async () => {
    const { clock, told, errors } = start((one) => {
      one.onClientText = () => undefined;
    });
    await clock.until(() => told.length > 0);
    expect(told).toEqual(['refused: daemon-unreachable']);
    expect(errors[0]?.message).toMatch(/no welcome within 10 s/);
  });

  test('that went silent is left for a new connection, and the old one cannot disturb it', async () => {
    const { clock, daemon, told, client } = await admitted();
    const old = daemon.socketOf('shed');
    daemon.onClientText = (text, socket) => (socket === old ? undefined : text);
    const since = clock.now();
    await clock.until(() => told.length === 3);
    expect(told).toEqual(['welcome', 'lost: daemon-unreachable', 'welcome']);
    expect(clock.now() - since).toBeLessThan(LIMITS.silentMs + 2 * LIMITS.pingMs);
    // The end of the old one comes when the new one has long been there.
    expect(old.closedByClient).toBe(true);
    old.tell('{"type":"pong"}');
    await clock.advance(600_000);
    expect(told).toHaveLength(3);
    expect(client.connected).toBe(true);
    expect(daemon.sockets).toHaveLength(2);
  });

  test('whose old connection ends late is not joined twice', async () => {
    const { clock, daemon, told } = await admitted();
    const old = daemon.socketOf('shed');
    daemon.onClientText = (text, socket) => (socket === old ? undefined : text);
    // As ws does it: the close event of a dead peer comes a second after it was asked for.
    const close = old.close.bind(old);
    old.close = () => {
      old.closedByClient = true;
      clock.after(1_000, () => close({ code: 1006, reason: '' }));
    };
    await clock.until(() => told.length === 3);
    await clock.advance(60_000);
    expect(told).toEqual(['welcome', 'lost: daemon-unreachable', 'welcome']);
    expect(daemon.sockets).toHaveLength(2);
  });

  test('that shows any sign of life is not left', async () => {
    const { clock, daemon, told } = await admitted();
    daemon.onClientText = () => undefined;
    for (let second = 0; second < 300; second += 10) {
      daemon.socketOf('shed').alive();
      await clock.advance(10_000);
    }
    expect(told).toEqual(['welcome']);
  });

  test.each(['hello', '{"type":"hello"}', '[]', 'null', '{"type":"welcome"}', '['.repeat(10_000)])(
    'that is none (it says %j) is refused at once',
    async (text) => {
      const { clock, daemon, told, timers } = start((one) => {
        one.onClientText = () => undefined;
      });
      await clock.until(() => daemon.sockets.some(({ isOpen }) => isOpen));
      daemon.socketOf('shed').tell(text);
      await clock.advance(10);
      expect(told).toEqual(['refused: not-a-daemon']);
      expect(timers.pending).toBe(0);
      await clock.advance(60_000);
      expect(told).toHaveLength(1);
    },
  );

  test('that is none (it answers with a web page) is refused at once', async () => {
    const { clock, daemon, told, errors } = start();
    const problem = 'it answered with HTTP status 404';
    daemon.sockets[0]?.close({ code: 1006, reason: '', refusal: 'not-a-daemon', problem });
    await clock.advance(10);
    expect(told).toEqual(['refused: not-a-daemon']);
    expect(errors[0]?.message).toMatch(/expected a snap-share daemon at .* HTTP status 404/);
  });

  test('that is private is shown the key, and a refusal is told in its words and never with a cursor moved by them', async () => {
    const { clock, daemon, told, errors } = start((one) => {
      one.onClientText = () => undefined;
    });
    await clock.until(() => daemon.texts.length > 0);
    expect(daemon.texts[0]).toContain('"access":"a key of the garden"');
    const message = `expected a key\u001b[2J${'x'.repeat(1_000)}`;
    daemon.socketOf('shed').tell(JSON.stringify({ type: 'error', code: 'access-denied', message }));
    daemon.socketOf('shed').end('access-denied');
    await clock.until(() => told.length === 2);
    expect(told).toEqual(['error', 'refused: access-denied']);
    expect(errors[0]?.message).toMatch(/^the daemon at http:\S+ is private: expected a key \[2Jx{182}…$/);
  });

  test('that wants to be asked later is asked then', async () => {
    const { clock, daemon, told } = await admitted();
    daemon.drop('shed');
    await clock.until(() => daemon.sockets.length === 2);
    const at = clock.now();
    daemon.sockets[1]?.close({ code: 1006, reason: '', refusal: 'too-many-attempts', retryAfterMs: 42_000 });
    await clock.until(() => told.at(-1) === 'welcome' && told.length > 1);
    expect(clock.now() - at).toBeGreaterThanOrEqual(42_000);
    expect(clock.now() - at).toBeLessThan(43_000);
  });

  test.each(UPGRADE_REFUSALS)('that gives no connection (%s) is told by that name, at once', async (refusal) => {
    const { clock, daemon, told, timers } = start();
    daemon.sockets[0]?.close({ code: 1006, reason: '', refusal });
    await clock.advance(10);
    expect(told).toEqual([`refused: ${refusal}`]);
    expect(timers.pending).toBe(0);
  });

  test.each(UPGRADE_REFUSALS)(
    'that gives no connection (%s) is tried again only where that may help',
    async (refusal) => {
      const { clock, daemon, told, client } = await admitted();
      daemon.drop('shed');
      await clock.until(() => daemon.sockets.length === 2);
      daemon.sockets[1]?.close({ code: 1006, reason: '', refusal });
      await clock.advance(20_000);
      const retryable = ['too-many-connections', 'too-many-attempts', 'shutting-down'].includes(refusal);
      expect(client.connected).toBe(retryable);
      expect(told.at(-1)).toBe(retryable ? 'welcome' : `refused: ${refusal}`);
    },
  );

  test('behind a proxy that ends the connection politely is come back to', async () => {
    const { clock, daemon, client } = await admitted();
    daemon.socketOf('shed').close({ code: 1000, reason: '' });
    await clock.until(() => !client.connected);
    await clock.until(() => client.connected);
  });
});

describe('a close of the daemon', () => {
  const cases: [CloseReason, ErrorCode][] = [
    ['room-full', 'room-full'],
    ['wrong-token', 'wrong-token'],
    ['bad-message', 'bad-message'],
    ['binary-message', 'bad-message'],
    ['not-utf8', 'bad-message'],
    ['message-too-big', 'bad-message'],
    ['join-first', 'join-first'],
    ['join-timeout', 'join-timeout'],
    ['superseded', 'superseded'],
    ['session-expired', 'session-expired'],
    ['slow-consumer', 'slow-consumer'],
    ['internal-error', 'daemon-unreachable'],
  ];
  test.each(cases)('for %s before we had a seat is told as %s, at once', async (reason, code) => {
    const { clock, daemon, told } = start((one) => {
      one.onClientText = () => undefined;
    });
    await clock.until(() => daemon.sockets.some(({ isOpen }) => isOpen));
    daemon.socketOf('shed').end(reason);
    await clock.advance(10);
    expect(told).toEqual([`refused: ${code}`]);
  });

  test.each(cases)('for %s when we had one makes us come back only where that may help', async (reason, code) => {
    const { clock, daemon, told, client } = await admitted();
    daemon.socketOf('shed').end(reason);
    await clock.advance(5_000);
    expect(client.connected).toBe(CLOSES[reason].retry);
    expect(told.slice(1)).toEqual(CLOSES[reason].retry ? [`lost: ${code}`, 'welcome'] : [`refused: ${code}`]);
  });

  test('for a full room says which, and what to do', async () => {
    const clock = new FakeClock();
    const daemon = new FakeDaemon(clock, 1);
    const clients = ['one', 'two'].map((name) => {
      const told: SnapError[] = [];
      const client = new SignalingClient(
        { server: 'http://h/', room: 'garden', name, kind: 'terminal', openSocket: daemon.socketsOf(name), clock },
        { onWelcome: () => {}, onMessage: () => {}, onLost: () => {}, onRefused: (error) => told.push(error) },
      );
      client.start();
      return told;
    });
    await clock.until(() => clients.some((told) => told.length > 0));
    expect(clients[1]?.[0]).toMatchObject({
      code: 'room-full',
      message: 'every seat of the room "garden" is taken: try again later or use another room',
    });
  });
});
