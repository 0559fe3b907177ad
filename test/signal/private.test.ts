import { once } from 'node:events';
import { describe, expect, test } from 'vitest';
import { WebSocket } from 'ws';
import type { ClientMessage } from '../../src/protocol/signaling.ts';
import { AccessKeys } from '../../src/signal/access.ts';
import { loadDialect } from '../../src/signal/compat/names.ts';
import type { DaemonEvent } from '../../src/signal/events.ts';
import { serve, type Daemon, type ServeOptions } from '../../src/signal/serve.ts';
import { ask, openSse } from './sse-client.ts';
import { open, refusal, wsUrl } from './ws-client.ts';

const KEY = 'k'.repeat(32);
const WRONG = 'w'.repeat(32);
const keys = new AccessKeys([KEY]);
const FAILED_JOINS = 10;
const LIMITED = { code: 4430, reason: 'too-many-attempts' };
const DENIED = { code: 4407, reason: 'access-denied' };

type Outcome = { readonly end: { readonly code: number; readonly reason: string }; readonly said: unknown[] };

/** One client of either transport, which has a line and has said nothing yet. */
interface Client extends AsyncDisposable {
  send(...messages: ClientMessage[]): Promise<void>;
  /** The type of the next message; rejects at the end. */
  next(): Promise<{ readonly type: string; readonly code?: string; readonly message?: string }>;
  /** How the daemon has ended it, after what it said first. */
  ending(): Promise<Outcome>;
}

const TRANSPORTS: Readonly<Record<string, (daemon: Daemon) => Promise<Client>>> = {
  async WebSocket(daemon) {
    const client = await open(daemon);
    return {
      send: async (...messages) => messages.forEach((message) => client.send(message)),
      next: async () => (await client.next()).message,
      ending: async () => ({ end: await client.closed, said: [...client.unread] }),
      [Symbol.asyncDispose]: () => client[Symbol.asyncDispose](),
    };
  },
  async 'stream of events'(daemon) {
    const client = await openSse(daemon);
    return {
      send: async (...messages) => void (await client.post(messages.map((message) => JSON.stringify(message)))),
      next: async () => JSON.parse(String((await client.stream.next()).data)) as { type: string },
      async ending() {
        const said: unknown[] = [];
        for (;;) {
          const { event, data } = await client.stream.next();
          if (event === 'close') return { end: data as Outcome['end'], said };
          said.push(JSON.parse(String(data)));
        }
      },
      [Symbol.asyncDispose]: () => client[Symbol.asyncDispose](),
    };
  },
};

function join(access?: string, room = 'garden'): ClientMessage {
  return { type: 'join', room, name: 'somebody', kind: 'terminal', ...(access === undefined ? {} : { access }) };
}

function start(options: Partial<ServeOptions> = {}): Promise<Daemon> {
  return serve({ port: 0, version: '1', accessKeys: [KEY], ...options });
}

describe.each(Object.entries(TRANSPORTS))('a private daemon over a %s', (_, connect) => {
  async function outcome(daemon: Daemon, message: ClientMessage): Promise<Outcome> {
    await using client = await connect(daemon);
    await client.send(message);
    return await client.ending();
  }

  async function failOften(daemon: Daemon): Promise<void> {
    for (let count = 0; count < FAILED_JOINS; count += 1)
      expect((await outcome(daemon, join(WRONG))).end).toEqual(DENIED);
  }

  test('lets in who shows a key or a token for the room', async () => {
    await using daemon = await start();
    await using one = await connect(daemon);
    await one.send(join(KEY));
    expect((await one.next()).type).toBe('welcome');
    await using two = await connect(daemon);
    await two.send(join(await keys.mint('garden', Date.now(), Date.now() + 60_000)));
    expect((await two.next()).type).toBe('welcome');
    expect((await one.next()).type).toBe('peer-joined');
  });

  test('tells who is in a room to those whom it would let in, and to nobody else', async () => {
    await using daemon = await start();
    await using seated = await connect(daemon);
    await seated.send(join(KEY));
    expect((await seated.next()).type).toBe('welcome');
    const token = await keys.mint('garden', Date.now(), Date.now() + 60_000);
    for (const access of [KEY, token]) {
      const { said } = await outcome(daemon, { type: 'list', room: 'garden', access });
      expect(said).toMatchObject([{ type: 'peers', peers: [{ name: 'somebody' }] }]);
    }
    for (const message of [
      { type: 'list', room: 'garden' },
      { type: 'list', room: 'garden', access: WRONG },
      { type: 'list', room: 'attic', access: token },
    ] as const) {
      const { said, end } = await outcome(daemon, message);
      expect(said).toMatchObject([{ type: 'error', code: 'access-denied' }]);
      expect(end).toEqual(DENIED);
    }
  });

  test('tells who does not what was wrong, and nothing of its keys', async () => {
    const events: DaemonEvent[] = [];
    await using daemon = await start({ onEvent: (event) => events.push(event) });
    const now = Date.now();
    for (const [shown, message, problem] of [
      [undefined, 'expected a key or a token, got none', 'missing'],
      [WRONG, 'expected one of its keys or a token signed with one, got neither', 'wrong'],
      [
        await keys.mint('garden', now, now - 1_000),
        'expected a token that is still good, got one that has expired',
        'expired',
      ],
      [
        await keys.mint('attic', now, now + 60_000),
        'expected a token for this room, got one for another',
        'other-room',
      ],
    ] as const) {
      const { end, said } = await outcome(daemon, join(shown));
      expect(said).toEqual([{ type: 'error', code: 'access-denied', message }]);
      expect(end).toEqual(DENIED);
      const refused = { type: 'refused', reason: 'access-denied', room: 'garden', problem };
      expect(events.filter(({ type }) => type === 'refused').at(-1)).toEqual(refused);
    }
    expect(JSON.stringify(events)).not.toContain(WRONG);
    expect(daemon.stats()).toMatchObject({ rooms: 0, peers: 0 });
  });

  test('answers what comes behind a join only after it, and in order', async () => {
    await using daemon = await start();
    await using client = await connect(daemon);
    const token = await keys.mint('garden', Date.now(), Date.now() + 60_000);
    await client.send(join(token), { type: 'ping' }, join(token), { type: 'leave' });
    const { end, said } = await client.ending();
    expect(said).toMatchObject([{ type: 'welcome' }, { type: 'pong' }, { type: 'error', code: 'already-joined' }]);
    expect(end).toEqual({ code: 1000, reason: 'left' });
  });

  test('takes nothing that comes behind a join that is refused', async () => {
    await using daemon = await start();
    await using client = await connect(daemon);
    await client.send(join(WRONG), { type: 'ping' }, join(KEY));
    expect(await client.ending()).toMatchObject({ end: DENIED, said: [{ type: 'error' }] });
  });

  test('does not keep any number of messages behind a join', async () => {
    await using daemon = await start();
    await using client = await connect(daemon);
    const pings = Array.from({ length: 17 }, () => ({ type: 'ping' }) as const);
    await client.send(join(await keys.mint('garden', Date.now(), Date.now() + 60_000)), ...pings);
    expect(await client.ending()).toEqual({ end: { code: 4400, reason: 'bad-message' }, said: [] });
  });

  test('asks for access also when a seat is claimed', async () => {
    await using daemon = await start();
    await using client = await connect(daemon);
    await client.send(join(KEY));
    const welcome = (await client.next()) as unknown as { peer: string; token: string };
    const seat = { peer: welcome.peer, token: welcome.token };
    const claim = { ...join(), seat } as ClientMessage;
    expect((await outcome(daemon, claim)).end).toEqual(DENIED);
    expect(daemon.stats().peers).toBe(1);
    await using again = await connect(daemon);
    await again.send({ ...join(KEY), seat } as ClientMessage);
    expect(await again.next()).toMatchObject({ type: 'welcome', peer: welcome.peer });
  });

  test('looks at no further join from an address from which too many have failed', async () => {
    await using daemon = await start();
    await using before = await connect(daemon);
    await using seated = await connect(daemon);
    await seated.send(join(KEY));
    expect((await seated.next()).type).toBe('welcome');
    await failOften(daemon);
    // Also when its connection is older, and whatever it shows.
    await before.send(join(KEY));
    expect(await before.ending()).toEqual({ end: LIMITED, said: [] });
    await seated.send({ type: 'ping' }, join(KEY));
    expect((await seated.next()).type).toBe('pong');
    expect(await seated.next()).toMatchObject({ type: 'error', code: 'already-joined' });

    const answer = await refusal(new WebSocket(wsUrl(daemon), 'snap-share.v1'));
    expect(answer).toMatchObject({ status: 429, code: 'too-many-attempts' });
    const { status, headers } = await ask(daemon, 'GET', 'events?protocol=snap-share.v1');
    expect({ status, refusal: headers['snap-share-refusal'] }).toEqual({ status: 429, refusal: 'too-many-attempts' });
    expect(Number(headers['retry-after'])).toBeGreaterThan(0);
    expect(Number(headers['retry-after'])).toBeLessThanOrEqual(60);
  });

  test('does not look at more joins than that when they come all at once', async () => {
    await using daemon = await start();
    const clients = await Promise.all(Array.from({ length: 25 }, () => connect(daemon)));
    const guess = await new AccessKeys([WRONG]).mint('garden', Date.now(), Date.now() + 60_000);
    await Promise.all(clients.map((client) => client.send(join(guess))));
    const ends = await Promise.all(clients.map(async (client) => (await client.ending()).end.reason));
    expect(ends.filter((reason) => reason === 'access-denied')).toHaveLength(FAILED_JOINS);
    expect(ends.filter((reason) => reason === 'too-many-attempts')).toHaveLength(15);
  });

  test('counts no guess where nothing was shown', async () => {
    await using daemon = await start();
    for (let count = 0; count < 2 * FAILED_JOINS; count += 1)
      expect((await outcome(daemon, join())).end).toEqual(DENIED);
  });

  test('counts by what a trusted proxy says, and by nobody else’s word', async () => {
    await using daemon = await start({ trustedProxies: ['loopback'] });
    await failOften(daemon);
    const headers = { 'x-forwarded-for': '198.51.100.7' };
    const elsewhere = new WebSocket(wsUrl(daemon), 'snap-share.v1', { headers });
    await once(elsewhere, 'open');
    elsewhere.terminate();
    expect((await ask(daemon, 'GET', 'events?protocol=snap-share.v1')).status).toBe(429);
    await using blind = await start();
    await failOften(blind);
    expect(await refusal(new WebSocket(wsUrl(blind), 'snap-share.v1', { headers }))).toMatchObject({ status: 429 });
  });
});

test('a public daemon does not care about keys', async () => {
  await using daemon = await serve({ port: 0, version: '1' });
  await using client = await open(daemon);
  client.send(join(WRONG));
  expect((await client.next()).message.type).toBe('welcome');
});

test('other systems are not served by a private daemon, whose clients could show nothing', async () => {
  const open = await loadDialect('forward');
  await expect(start({ dialects: [{ open }] })).rejects.toMatchObject({
    code: 'usage',
    message: expect.stringContaining('--compat'),
  });
  await expect(start({ accessKeys: [] })).rejects.toMatchObject({ code: 'usage' });
});
