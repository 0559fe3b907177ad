import { once } from 'node:events';
import { get, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { describe, expect, test } from 'vitest';
import { serve, type Daemon } from '../../../src/index.ts';
import type { DialectContext } from '../../../src/signal/compat/dialect.ts';
import { MessageStreams } from '../../../src/signal/compat/message-streams.ts';
import { loadDialect } from '../../../src/signal/compat/names.ts';
import { openWebConnections } from '../../../src/signal/compat/web-connections.ts';
import { DAEMON_LIMITS, type DaemonLimits } from '../../../src/signal/daemon-limits.ts';
import { createHttpServer } from '../../../src/signal/http.ts';
import type { RequestHandler } from '../../../src/signal/requests.ts';
import { VERSION } from '../../../src/version.ts';
import { EventStreamClient, post } from './event-stream-client.ts';

const SHED = '11111111-1111-4111-8111-111111111111';
const KITCHEN = '22222222-2222-4222-8222-222222222222';
const NOT_THE_CLIENT = 'expected the id of a stream of this client as from, and the cookie that came with it\n';

async function start(limits: Partial<DaemonLimits> = {}): Promise<Daemon> {
  return serve({ port: 0, limits, dialects: [{ open: await loadDialect('web-connections') }] });
}

/** A client that has been told who is there. */
async function open(daemon: Daemon, id: string): Promise<EventStreamClient> {
  const client = await EventStreamClient.open(daemon.url, id);
  await client.next();
  return client;
}

describe('a client of the system `web-connections` with a stream of events', () => {
  test('is told first who else is there, and gets what such a stream needs on its way', async () => {
    await using daemon = await start();
    await using _shed = await open(daemon, SHED);
    await using _short = await open(daemon, 'short');
    await using kitchen = await EventStreamClient.open(daemon.url, KITCHEN);
    const { data = '', ...listing } = await kitchen.next();
    expect(listing).toEqual({ event: 'listing', id: '0' });
    expect(JSON.parse(data)).toEqual({
      from: KITCHEN,
      to: KITCHEN,
      type: 'listing',
      data: { ip: '127.0.0.1', version: VERSION, peers: [SHED] },
    });
    expect(kitchen.headers).toMatchObject({
      'content-type': 'text/event-stream',
      'cache-control': 'no-cache',
      'x-accel-buffering': 'no',
    });
    expect(kitchen.headers['set-cookie']).toEqual([
      expect.stringMatching(/^web-connections-2{8}-[\w-]+=[\w-]{32}; Path=\/; HttpOnly; SameSite=Strict$/),
    ]);
  });

  test('reaches itself and others, in order, by type, and its answer has the number of the event', async () => {
    await using daemon = await start();
    await using shed = await open(daemon, SHED);
    await using kitchen = await open(daemon, 'constructor');
    const toSelf = { from: SHED, to: SHED, type: 'offer', data: { sdp: 'o' } };
    expect(await shed.post(toSelf)).toEqual({ status: 200, body: '{"id":1}' });
    expect(await shed.next()).toEqual({ event: 'offer', data: JSON.stringify(toSelf), id: '1' });
    for (const [index, type] of ['offer', 'icecandidate', undefined, 'close'].entries()) {
      const message = { from: SHED, to: 'constructor', type, data: index };
      expect(await shed.post(message)).toEqual({ status: 200, body: `{"id":${index + 1}}` });
      expect(await kitchen.next()).toEqual({
        ...(type === undefined ? {} : { event: type }),
        data: JSON.stringify(message),
        id: String(index + 1),
      });
    }
  });

  test('gets a message of several lines as one event', async () => {
    await using daemon = await start();
    await using shed = await open(daemon, SHED);
    const body = `{\r\n"from":"${SHED}",\r"to":"${SHED}",\n"data":"id: 7"}`;
    expect((await post(daemon.url, body, { cookie: shed.cookie })).status).toBe(200);
    expect(await shed.next()).toEqual({ data: body.replace(/\r\n?/g, '\n'), id: '1' });
  });

  test('asks again who is there, whatever it says of that itself', async () => {
    await using daemon = await start();
    await using shed = await open(daemon, SHED);
    await using _kitchen = await open(daemon, KITCHEN);
    await shed.post({ from: SHED, to: SHED, type: 'listing', data: { peers: ['forged'] } });
    const { data = '' } = await shed.next();
    expect(JSON.parse(data)).toMatchObject({ from: SHED, data: { ip: '127.0.0.1', peers: [KITCHEN] } });
  });

  test('posts from no id but its own', async () => {
    await using daemon = await start();
    await using shed = await open(daemon, SHED);
    await using kitchen = await open(daemon, KITCHEN);
    const forged = { from: KITCHEN, to: KITCHEN, type: 'offer' };
    const refused = { status: 403, body: NOT_THE_CLIENT };
    expect(await shed.post(forged)).toEqual(refused);
    expect(await shed.post(forged, { cookie: shed.cookie.replace(SHED, KITCHEN) })).toEqual(refused);
    expect(await shed.post(forged, { cookie: '' })).toEqual(refused);
    expect(await shed.post({ ...forged, from: 'attic' })).toEqual(refused);
    expect(await shed.post({ to: KITCHEN })).toEqual(refused);
    // One browser may have several ids.
    const cookie = `other=1; ${shed.cookie}; ${kitchen.cookie}`;
    expect(await shed.post(forged, { cookie })).toEqual({ status: 200, body: '{"id":1}' });
  });

  test.each([
    ['what is no UTF-8', new Uint8Array([0x22, 0xff, 0x22]), 400],
    ['64 KiB', JSON.stringify({ from: SHED, to: SHED }).padEnd(65_536), 200],
  ])('posts %s, which costs it nothing but that answer', async (_, body, status) => {
    await using daemon = await start();
    await using shed = await open(daemon, SHED);
    expect((await post(daemon.url, body, { cookie: shed.cookie })).status).toBe(status);
    expect((await shed.post({ from: SHED, to: SHED })).status).toBe(200);
  });

  test('answers a ping for nobody but itself, which nobody hears', async () => {
    await using daemon = await start();
    await using shed = await open(daemon, SHED);
    await using kitchen = await open(daemon, KITCHEN);
    expect(await shed.post({ from: SHED, to: SHED, type: 'pong' })).toEqual({ status: 200, body: '{"id":0}' });
    expect((await shed.post({ from: SHED, to: KITCHEN, type: 'pong' })).status).toBe(403);
    await shed.post({ from: SHED, to: KITCHEN, type: 'offer' });
    expect(await kitchen.next()).toMatchObject({ event: 'offer', id: '1' });
  });

  test('is forgotten when it goes', async () => {
    await using daemon = await start();
    await using shed = await open(daemon, SHED);
    const kitchen = await open(daemon, KITCHEN);
    await kitchen[Symbol.asyncDispose]();
    await expect.poll(async () => (await shed.post({ from: SHED, to: KITCHEN })).status).toBe(404);
    expect(daemon.stats().connections).toBe(1);
  });

  test('is told when to come back before the daemon stops', async () => {
    await using daemon = await start();
    await using shed = await open(daemon, SHED);
    const closed = daemon.close();
    expect(await shed.next()).toEqual({ retry: '30000' });
    await expect(shed.next()).rejects.toThrow('ended');
    await closed;
  });

  test('gets no stream beyond the connections that the daemon can serve', async () => {
    await using daemon = await start({ connections: 1 });
    await using _shed = await open(daemon, SHED);
    expect((await fetch(`${daemon.url}messages/${KITCHEN}`)).status).toBe(503);
  });

  test('is a page of this daemon, or no page', async () => {
    await using daemon = await start();
    await using shed = await open(daemon, SHED);
    const origin = 'https://elsewhere.example';
    expect((await shed.post({ from: SHED, to: SHED }, { origin })).status).toBe(403);
    for (const headers of [{ origin }, { 'sec-fetch-site': 'cross-site' }]) {
      const [response] = (await once(
        get(`${daemon.url}messages/${KITCHEN}`, { agent: false, headers }),
        'response',
      )) as [IncomingMessage];
      expect(response.statusCode).toBe(403);
      response.resume();
      await once(response, 'end');
    }
  });

  test.each([
    ['message', 'GET', 405],
    ['messages/shed', 'DELETE', 405],
    ['messages/', 'GET', 404],
    ['messages/a.b', 'GET', 404],
    ['messages/a/b', 'GET', 404],
    ['messages/%2e%2e', 'GET', 404],
  ])('has nothing at /%s for %s', async (path, method, status) => {
    await using daemon = await start();
    expect((await fetch(`${daemon.url}${path}`, { method })).status).toBe(status);
  });

  test('is rid of the cookies of old streams once they are many', async () => {
    await using daemon = await start();
    const cookie = Array.from({ length: 17 }, (_, index) => `web-connections-old-${index}=x`).join('; ');
    const [response] = (await once(
      get(`${daemon.url}messages/${SHED}`, { agent: false, headers: { cookie } }),
      'response',
    )) as [IncomingMessage];
    const [own, ...ended] = response.headers['set-cookie'] ?? [];
    expect(own).toMatch(/^web-connections-1{8}-/);
    expect(ended).toHaveLength(17);
    expect(ended[16]).toMatch(/^web-connections-old-16=; Max-Age=0;/);
    response.destroy();
  });
});

const CONTEXT: DialectContext = {
  limits: DAEMON_LIMITS,
  version: '0.0.0',
  refuseOrigin: () => undefined,
  addressOf: () => '127.0.0.1',
  now: () => 0,
  onEvent: () => {},
  hasRoom: () => true,
};

async function listen(handle: RequestHandler): Promise<AsyncDisposable & { readonly url: string }> {
  const { server, cut } = createHttpServer({ limits: DAEMON_LIMITS, isReady: () => true, handlers: [handle] });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    async [Symbol.asyncDispose]() {
      const closed = once(server, 'close');
      server.close();
      cut();
      await closed;
    },
  };
}

test('a client for which there is no seat is refused, one that takes over an id has it', async () => {
  const streams = new MessageStreams('garden', 1, CONTEXT);
  await using daemon = await listen((request, response) => streams.handle(request, response));
  await using shed = await EventStreamClient.open(daemon.url, SHED);
  await shed.next();
  expect((await fetch(`${daemon.url}messages/${KITCHEN}`)).status).toBe(503);
  await using again = await EventStreamClient.open(daemon.url, SHED);
  expect(await again.next()).toMatchObject({ event: 'listing' });
});

describe('in the course of time', () => {
  test('a client is pinged every 10 s; one that has answered before and does not any more is cut', async () => {
    let now = 0;
    const dialect = openWebConnections({ ...CONTEXT, now: () => now });
    await using daemon = await listen((request, response) => dialect.handle?.(request, response) === true);
    const { url } = daemon;
    await using shed = await EventStreamClient.open(url, SHED);
    await using kitchen = await EventStreamClient.open(url, KITCHEN);
    await Promise.all([shed.next(), kitchen.next()]);
    now = 9_999;
    dialect.sweep();
    now = 10_000;
    dialect.sweep();
    const ping = JSON.stringify({ type: 'ping', to: SHED, from: SHED, data: 10_000 });
    expect(await shed.next()).toEqual({ event: 'ping', data: ping, id: '1' });
    await shed.post({ from: SHED, to: SHED, type: 'pong' });
    now += DAEMON_LIMITS.silentMs - 1;
    dialect.sweep();
    expect(await shed.next()).toMatchObject({ event: 'ping', id: '2' });
    now += 1;
    dialect.sweep();
    await shed.closed;
    // This one has never answered: there are clients that do not.
    expect([(await kitchen.next()).id, (await kitchen.next()).id]).toEqual(['1', '2']);
    dialect.stop('shutting-down');
    expect(await kitchen.next()).toEqual({ retry: '30000' });
    // Who comes only now is told the same.
    const [response] = (await once(get(`${url}messages/${SHED}`, { agent: false }), 'response')) as [IncomingMessage];
    expect([response.statusCode, await text(response)]).toEqual([200, 'retry: 30000\n\n']);
  });
});
