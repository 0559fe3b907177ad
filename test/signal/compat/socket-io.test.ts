import { EventEmitter, once } from 'node:events';
import { get } from 'node:http';
import { describe, expect, test } from 'vitest';
import { WebSocket } from 'ws';
import { serve, type Daemon, type ServeOptions } from '../../../src/index.ts';
import type { Dialect } from '../../../src/signal/compat/dialect.ts';
import { loadDialects, type LoadedDialect, type WantedDialect } from '../../../src/signal/compat/names.ts';
import { DAEMON_LIMITS } from '../../../src/signal/daemon-limits.ts';
import { SocketIoTestClient, TRANSPORTS, VERSIONS } from './socket-io-client.ts';

const ALLOWED = 'https://allowed.example';
const BOTH: WantedDialect[] = [{ name: 'snap-photo' }, { name: 'users-list' }];

async function start(options: Partial<ServeOptions> = {}, wanted = BOTH): Promise<Daemon> {
  return serve({ port: 0, dialects: await loadDialects(wanted), origins: [ALLOWED], ...options });
}

const VARIANTS = VERSIONS.flatMap((version) => TRANSPORTS.map((options) => ({ version, ...options })));

/** The list that has so many, and the client’s own id among them. */
async function hearListOf(client: SocketIoTestClient, count: number): Promise<string[]> {
  const [list] = await client.hearWhat(([event, list]) => event === 'usersList' && (list as string[]).length === count);
  return list as string[];
}

/** A session of Engine.IO 4 as a program would open it that has no client. */
async function openRaw(daemon: Daemon, query = 'EIO=4'): Promise<WebSocket> {
  const url = new URL(`/socket.io/?${query}&transport=websocket`, daemon.url.replace(/^http/, 'ws'));
  const ws = new WebSocket(url);
  await once(ws, 'open');
  return ws;
}

describe('two systems on one port', () => {
  test.each(VARIANTS)(
    'are told apart by what their clients say, version $version over $transports',
    async (variant) => {
      await using daemon = await start();
      const open = (): Promise<SocketIoTestClient> => SocketIoTestClient.open(daemon.url, variant.version, variant);
      await using user = await open();
      await hearListOf(user, 1);
      await using snapper = await open();
      expect(await hearListOf(user, 2)).toContain(snapper.id);
      snapper.say('create or join', 'garden');
      await snapper.hear('created');
      expect(await hearListOf(user, 1)).toEqual([user.id]);
      await using other = await open();
      await hearListOf(user, 2);
      // Who has not said anything yet can be called, and calls.
      user.say('message', { type: 'offer', id: other.id });
      expect(await other.hear('message')).toMatchObject([{ type: 'offer', contact: user.id }]);
      other.say('message', { type: 'accept', id: user.id });
      expect(await user.hear('message')).toMatchObject([{ type: 'accept', contact: other.id }]);
      // What it is then, it remains; and neither system is reached from the other.
      other.say('create or join', 'garden');
      other.say('message', { type: 'offer', id: snapper.id });
      snapper.say('message', { type: 'offer', id: user.id });
      snapper.say('create or join', 'shed');
      await snapper.hear('created');
      other.say('message', { type: 'hangup', id: user.id });
      expect(await user.hear('message')).toMatchObject([{ type: 'hangup' }]);
      expect([...user.told, ...snapper.told, ...other.told].filter(([event]) => event !== 'usersList')).toEqual([]);
    },
  );

  test('may have two ports of their own, and then nobody is undecided', async () => {
    await using daemon = await start({}, [{ name: 'snap-photo', port: 0 }, { name: 'users-list' }]);
    const [snapUrl = '', listUrl = ''] = daemon.dialectUrls;
    await using user = await SocketIoTestClient.open(listUrl);
    await hearListOf(user, 1);
    await using snapper = await SocketIoTestClient.open(snapUrl);
    snapper.say('create or join', 'garden');
    await snapper.hear('created');
    expect(snapper.told).toEqual([]);
    expect(user.told).toEqual([]);
  });
});

test('a system that is served at two ports is one: its clients meet, whatever else is served there', async () => {
  const wanted = [{ name: 'snap-photo' }, { name: 'users-list' }, { name: 'snap-photo', port: 0 }] as const;
  await using daemon = await start({}, [...wanted]);
  const [shared = '', alone = ''] = daemon.dialectUrls;
  await using shed = await SocketIoTestClient.open(shared);
  await using kitchen = await SocketIoTestClient.open(alone, 2);
  shed.say('create or join', 'garden');
  expect(await shed.hear('created')).toEqual(['garden', shed.id]);
  kitchen.say('create or join', 'garden');
  expect(await kitchen.hear('joined')).toEqual(['garden', kitchen.id]);
  await shed.hear('ready');
  kitchen.say('message', 'an offer');
  expect(await shed.hear('message')).toEqual(['an offer']);
  await kitchen[Symbol.asyncDispose]();
  await shed.hear('exit');
});

describe('beside Socket.IO', () => {
  test('the daemon’s own WebSocket, its health and its pages are what they were', async () => {
    await using daemon = await start({
      page: (request, response) => {
        if (request.url !== '/') return false;
        response.end('the page');
        return true;
      },
    });
    await using user = await SocketIoTestClient.open(daemon.url);
    await hearListOf(user, 1);
    expect(await (await fetch(daemon.url)).text()).toBe('the page');
    expect(await (await fetch(new URL('/healthz', daemon.url))).text()).toBe('ok\n');
    for (const path of ['/socket.io', '/socket.iox/', '/x/socket.io/'])
      expect((await fetch(new URL(path, daemon.url))).status).toBe(404);
    const own = new WebSocket(new URL('/ws', daemon.url.replace(/^http/, 'ws')), 'snap-share.v1');
    await once(own, 'open');
    own.send(JSON.stringify({ type: 'ping' }));
    expect(String((await once(own, 'message'))[0])).toBe('{"type":"pong"}');
    own.terminate();
    const elsewhere = new WebSocket(new URL('/elsewhere', daemon.url.replace(/^http/, 'ws')));
    expect(String(await once(elsewhere, 'error').then(([error]) => error as unknown))).toContain('404');
  });

  test.each(['socket.io.js', 'socket.io.min.js', 'socket.io.esm.min.js', 'socket.io.msgpack.min.js.map'])(
    'the script of its client is served as %s, to the pages of any origin',
    async (name) => {
      await using daemon = await start();
      for (const headers of [{}, { 'sec-fetch-site': 'cross-site' }, { origin: 'https://elsewhere.example' }]) {
        const response = await fetch(new URL(`/socket.io/${name}`, daemon.url), { headers });
        expect(response.status).toBe(200);
        expect(response.headers.get('content-type')).toMatch(/^application\/(?:javascript|json);/);
        expect(response.headers.get('cross-origin-resource-policy')).toBe('cross-origin');
        expect(await response.text()).toContain('socket');
      }
    },
  );

  test.each(['', 'socket.io.msgpack.js', 'socket.iojs', 'socket.io.js/', 'x/socket.io.js', 'package.json'])(
    'a page of another origin gets no session at the path /socket.io/%s',
    async (path) => {
      await using daemon = await start();
      const url = new URL(`/socket.io/${path}?EIO=4&transport=polling`, daemon.url);
      expect((await fetch(url, { headers: { origin: 'https://elsewhere.example' } })).status).toBe(403);
      expect(await (await fetch(url)).text()).toMatch(/^0\{"sid"/);
    },
  );

  test('nor does it where the script is', async () => {
    await using daemon = await start();
    const script = new URL('/socket.io/socket.io.js?EIO=4&transport=polling', daemon.url);
    expect(await (await fetch(script)).text()).toContain('Socket.IO v4');
    const headers = { origin: 'https://elsewhere.example' };
    expect((await fetch(script, { method: 'POST', headers })).status).toBe(403);
  });

  test('nothing else of its package is served', async () => {
    await using daemon = await start();
    expect((await fetch(new URL('/socket.io/../package.json', daemon.url))).status).toBe(404);
    expect((await fetch(new URL('/socket.io/package.json', daemon.url))).status).toBe(400);
  });
});

describe('the daemon’s rules', () => {
  test.each(VARIANTS)('refuse a page of another origin, version $version over $transports', async (variant) => {
    await using daemon = await start();
    const open = (origin: string): Promise<SocketIoTestClient> =>
      SocketIoTestClient.open(daemon.url, variant.version, { ...variant, extraHeaders: { origin } });
    await expect(open('https://elsewhere.example')).rejects.toThrow();
    await using user = await open(ALLOWED);
    await hearListOf(user, 1);
    expect(daemon.stats().connections).toBe(1);
  });

  test('let a page of an allowed origin read the answers, with credentials, and no other page', async () => {
    await using daemon = await start();
    const url = new URL('/socket.io/?EIO=3&transport=polling', daemon.url);
    for (const method of ['GET', 'OPTIONS']) {
      const { headers, ok } = await fetch(url, { method, headers: { origin: ALLOWED } });
      expect(ok).toBe(true);
      expect(headers.get('access-control-allow-origin')).toBe(ALLOWED);
      expect(headers.get('access-control-allow-credentials')).toBe('true');
      const refused = await fetch(url, { method, headers: { origin: 'https://elsewhere.example' } });
      expect(refused.status).toBe(403);
      expect(refused.headers.get('access-control-allow-origin')).toBeNull();
    }
  });

  test('count connections, and refuse one too many', async () => {
    await using daemon = await start({ limits: { connections: 1 } });
    await using user = await SocketIoTestClient.open(daemon.url);
    await expect(SocketIoTestClient.open(daemon.url)).rejects.toThrow();
    await expect(openRaw(daemon)).rejects.toThrow('503');
    await user[Symbol.asyncDispose]();
    await expect.poll(() => daemon.stats().connections).toBe(0);
    await using next = await SocketIoTestClient.open(daemon.url);
    await hearListOf(next, 1);
  });

  test('end the connection of a client that is there no more', async () => {
    await using daemon = await start();
    const raw = await openRaw(daemon);
    await expect.poll(() => daemon.stats().connections).toBe(1);
    raw.send('40');
    // Only in the system’s namespace can it be left: before, this would be no message at all.
    await new Promise<void>((resolve) => {
      raw.on('message', (data: Buffer) => data.toString().startsWith('42["usersList"') && resolve());
    });
    raw.send('41');
    await once(raw, 'close');
    expect(daemon.stats().connections).toBe(0);
  });
});

describe('the end of the daemon', () => {
  test.each(VARIANTS)('leaves no session behind, version $version over $transports', async (variant) => {
    // Nobody is cut: whoever would have to be makes this test last for ever.
    const daemon = await start({ limits: { ...DAEMON_LIMITS, stopMs: 1_000_000 } });
    const open = (): Promise<SocketIoTestClient> => SocketIoTestClient.open(daemon.url, variant.version, variant);
    const clients = [await open(), await open()];
    for (const client of clients) await hearListOf(client, 2);
    await daemon.close();
    await Promise.all(clients.map(({ closed }) => closed));
    expect(daemon.stats().connections).toBe(0);
    expect(clients.map(({ told }) => told.filter(([event]) => event === 'exit'))).toEqual([[], []]);
  });

  test('is no news of the others in a room, who may well stay together', async () => {
    const daemon = await start();
    const clients = [await SocketIoTestClient.open(daemon.url), await SocketIoTestClient.open(daemon.url)];
    for (const client of clients) {
      client.say('create or join', 'garden');
      await client.hearWhat(([event]) => event === 'created' || event === 'joined');
    }
    await daemon.close();
    await Promise.all(clients.map(({ closed }) => closed));
    expect(clients.flatMap(({ told }) => told).filter(([event]) => event === 'exit')).toEqual([]);
  });

  test('answers who waits, and then ends the connection on which it waited', async () => {
    const asked = new EventEmitter();
    const [{ open }] = (await loadDialects([{ name: 'snap-photo' }])) as [LoadedDialect];
    const daemon = await serve({
      port: 0,
      dialects: [
        {
          open(context) {
            const dialect = open(context);
            const { handle } = dialect;
            const observed = (...request: Parameters<NonNullable<Dialect['handle']>>): boolean => {
              const isTaken = handle?.(...request) ?? false;
              asked.emit(`${request[0].method}`);
              return isTaken;
            };
            return Object.defineProperty(dialect, 'handle', { value: observed });
          },
        },
      ],
    });
    const url = new URL('/socket.io/?EIO=4&transport=polling', daemon.url);
    const { sid } = JSON.parse((await (await fetch(url)).text()).slice(1)) as { sid: string };
    const waits = once(asked, 'GET');
    const answer = fetch(`${url.href}&sid=${sid}`);
    await waits;
    await daemon.close();
    const response = await answer;
    expect([await response.text(), response.headers.get('connection')]).toEqual(['1', 'close']);
  });

  test('waits for no client that does not read, poll or close', async () => {
    const daemon = await start({ limits: { stopMs: 1 } });
    const raw = await openRaw(daemon);
    raw.pause();
    const url = new URL('/socket.io/?EIO=4&transport=polling', daemon.url);
    expect((await fetch(url)).status).toBe(200);
    await daemon.close();
    expect(daemon.stats().connections).toBe(0);
    raw.terminate();
  });
});

describe('the id of a client of version 2, which others are told', () => {
  test('does not let them take over its WebSocket', async () => {
    await using daemon = await start({}, [{ name: 'users-list' }]);
    await using shed = await SocketIoTestClient.open(daemon.url, 2, { transports: ['websocket'] });
    await expect(openRaw(daemon, `EIO=3&sid=nobody&sid=${shed.id}`)).rejects.toThrow('400');
    const polling = new URL(`/socket.io/?EIO=3&transport=polling&sid=${shed.id}`, daemon.url);
    expect((await fetch(polling, { method: 'POST', body: '1:1' })).status).toBe(400);
    await using kitchen = await SocketIoTestClient.open(daemon.url);
    await hearListOf(kitchen, 2);
    expect(shed.socket.connected).toBe(true);
  });

  test('does not let another machine go on in its name while it polls', async () => {
    await using daemon = await start({}, [{ name: 'users-list' }]);
    await using shed = await SocketIoTestClient.open(daemon.url, 2, { transports: ['polling'] });
    const path = `/socket.io/?EIO=3&transport=polling&sid=${shed.id}`;
    const [response] = (await once(
      get({ host: '127.0.0.1', port: daemon.port, path, localAddress: '127.0.0.2' }),
      'response',
    )) as [{ statusCode: number; resume(): void }];
    response.resume();
    expect(response.statusCode).toBe(400);
    await using kitchen = await SocketIoTestClient.open(daemon.url);
    await hearListOf(kitchen, 2);
    expect(shed.socket.connected).toBe(true);
  });
});

test.each(['451-["message",{"_placeholder":true,"num":7}]', '40/admin,{}', '2', '5', '9', ''])(
  'the packet %j costs nobody else anything',
  async (text) => {
    const failures: unknown[] = [];
    await using daemon = await start({ onEvent: (event) => void (event.type === 'failed' && failures.push(event)) });
    await using shed = await SocketIoTestClient.open(daemon.url);
    await using kitchen = await SocketIoTestClient.open(daemon.url, 2);
    await hearListOf(shed, 2);
    const raw = await openRaw(daemon);
    raw.send('40');
    await hearListOf(shed, 3);
    raw.send(text);
    raw.send(Buffer.from([4, 1, 2]));
    raw.send('42["message",{}]');
    raw.close();
    await hearListOf(shed, 2);
    shed.say('message', { type: 'offer', id: kitchen.id });
    expect(await kitchen.hear('message')).toMatchObject([{ contact: shed.id }]);
    expect(failures).toEqual([]);
  },
);
