import { once } from 'node:events';
import { describe, expect, test } from 'vitest';
import { WebSocket } from 'ws';
import { serve } from '../../src/signal/serve.ts';
import { ask, joinSse, openSse, openStream } from './sse-client.ts';
import { Bystanders, join, rawSocket, readToEnd, refusal, wsUrl, until } from './ws-client.ts';

const options = { port: 0, version: '1' };
const STREAM = 'events?protocol=snap-share.v1';
const PING = '{"type":"ping"}';

describe('a stream of events', () => {
  test('begins with what proxies need, and with its own token', async () => {
    await using daemon = await serve(options);
    await using first = await openSse(daemon);
    await using second = await openSse(daemon);
    const { headers } = first.stream.response;
    expect(headers['content-type']).toBe('text/event-stream; charset=utf-8');
    expect(headers['cache-control']).toBe('no-store, no-transform');
    expect(headers['x-accel-buffering']).toBe('no');
    expect(first.stream.comments).toBe(1);
    expect(first.token).toMatch(/^[\w-]{22}$/);
    expect(first.token).not.toBe(second.token);
  });

  test('carries a comment now and then, also when nothing happens', async () => {
    await using daemon = await serve({ ...options, limits: { commentMs: 10, sweepMs: 5 } });
    await using client = await openSse(daemon);
    await client.stream.until(() => client.stream.comments > 3);
    expect(client.stream.comments).toBeGreaterThan(3);
  });

  test('meets WebSockets in one room, and texts arrive as they were sent', async () => {
    await using daemon = await serve(options);
    await using socket = await join(daemon, 'garden');
    await using client = await joinSse(daemon, 'garden');
    await socket.expect('peer-joined');
    const payload = 'zwei\r\n\n🌸 data: \rid: 7\u2028\u0000"\\';
    await client.signal(socket.welcome.peer, payload);
    expect(await socket.expect('signal')).toMatchObject({ from: client.welcome.peer, payload });
    socket.signal(client.welcome.peer, payload);
    expect(await client.stream.expect('signal')).toMatchObject({ from: socket.welcome.peer, payload });
  });

  test('gives its seat up with leave, and is told so', async () => {
    await using daemon = await serve(options);
    await using witness = await join(daemon, 'garden');
    await using client = await joinSse(daemon, 'garden');
    await witness.expect('peer-joined');
    await client.send({ type: 'leave' });
    expect(await client.stream.next()).toMatchObject({ event: 'close', data: { code: 1000, reason: 'left' } });
    await client.stream.ended();
    expect(await witness.expect('peer-left')).toMatchObject({ reason: 'left' });
    expect((await client.post([PING])).status).toBe(410);
    expect(daemon.stats().connections).toBe(1);
  });

  test('is closed for the same reasons as a WebSocket', async () => {
    await using daemon = await serve({ ...options, capacity: 1 });
    await using seated = await joinSse(daemon, 'garden');
    await using late = await openSse(daemon);
    await late.send({ type: 'join', room: 'garden', name: 'shed', kind: 'terminal' });
    expect((await late.stream.next()).data).toEqual({ code: 4423, reason: 'room-full' });
    await using hasty = await openSse(daemon);
    await hasty.signal(seated.welcome.peer, 'before join');
    expect((await hasty.stream.next()).data).toEqual({ code: 4401, reason: 'join-first' });
  });
});

describe('a stream that broke', () => {
  test('goes on with the next event, and nobody in the room notices', async () => {
    await using daemon = await serve(options);
    await using witness = await join(daemon, 'garden');
    await using client = await joinSse(daemon, 'garden');
    await witness.expect('peer-joined');
    await client.stream.break();
    for (const payload of ['one', 'two', 'three']) witness.signal(client.welcome.peer, payload);
    witness.send({ type: 'ping' });
    await witness.expect('pong');
    await client.resume(2);
    for (const payload of ['two', 'three']) expect((await client.stream.expect('signal')).payload).toBe(payload);
    await client.signal(witness.welcome.peer, 'still here');
    expect((await witness.expect('signal')).payload).toBe('still here');
    expect(witness.unread).toEqual([]);
  });

  test('goes on before the daemon has noticed, and the old connection is ended', async () => {
    await using daemon = await serve(options);
    await using client = await joinSse(daemon, 'garden');
    const before = client.stream;
    await client.resume(1);
    await before.ended();
    await client.send({ type: 'ping' });
    await client.stream.expect('pong');
    expect(daemon.stats().connections).toBe(1);
  });

  test('is over when more was missed than the daemon keeps', async () => {
    await using daemon = await serve({ ...options, limits: { replayBytes: 5_000 } });
    await using witness = await join(daemon, 'garden');
    await using client = await joinSse(daemon, 'garden');
    await witness.expect('peer-joined');
    await client.stream.break();
    for (let count = 0; count < 4; count += 1) witness.signal(client.welcome.peer, 'x'.repeat(2_000));
    witness.send({ type: 'ping' });
    await witness.expect('pong');
    const again = (number: number) => ask(daemon, 'GET', STREAM, { 'last-event-id': `${client.token}.${number}` });
    expect((await again(2)).status).toBe(410);
    // Of the future.
    expect((await again(6)).status).toBe(410);
    await client.resume(3);
    await client.stream.expect('signal');
    await client.stream.expect('signal');
  });

  test('is over when nobody comes back in time, and the others are told', async () => {
    await using daemon = await serve({ ...options, limits: { resumeMs: 30, sweepMs: 5 } });
    await using witness = await join(daemon, 'garden');
    await using client = await joinSse(daemon, 'garden');
    await witness.expect('peer-joined');
    await client.stream.break();
    expect((await witness.expect('peer-away')).peer).toBe(client.welcome.peer);
    expect((await ask(daemon, 'GET', STREAM, { 'last-event-id': `${client.token}.1` })).status).toBe(410);
  });

  test.each(['', '.', `${'A'.repeat(22)}.1`, 'A'.repeat(22), '1', '__proto__.1'])(
    'cannot be guessed: %j is over',
    async (id) => {
      await using daemon = await serve(options);
      await using client = await joinSse(daemon, 'garden');
      expect((await ask(daemon, 'GET', STREAM, { 'last-event-id': id })).status).toBe(410);
      for (const token of ['', 'A'.repeat(22), `${client.token}/`, client.token.slice(1)])
        expect((await ask(daemon, 'POST', `events/${token}?from=1`, {}, JSON.stringify(PING))).status).toBe(410);
    },
  );
});

describe('posted messages', () => {
  test('are taken once, however often they come', async () => {
    await using daemon = await serve(options);
    await using witness = await join(daemon, 'garden');
    await using client = await joinSse(daemon, 'garden');
    await witness.expect('peer-joined');
    const signal = (payload: string) => `{"type":"signal","to":"${witness.welcome.peer}"}\n${payload}`;
    expect((await client.post([signal('one'), signal('two')])).status).toBe(204);
    expect((await client.post([signal('one'), signal('two')], 2)).status).toBe(204);
    expect((await client.post([signal('two'), signal('three')], 3)).status).toBe(204);
    for (const payload of ['one', 'two', 'three']) expect((await witness.expect('signal')).payload).toBe(payload);
    witness.send({ type: 'ping' });
    await witness.expect('pong');
  });

  test('are not taken when one before them is missing', async () => {
    await using daemon = await serve(options);
    await using client = await joinSse(daemon, 'garden');
    expect(await client.post([PING], 3)).toMatchObject({
      status: 409,
      body: 'expected message 2 first, got 3\n',
      headers: { 'x-content-type-options': 'nosniff', 'cross-origin-resource-policy': 'same-origin' },
    });
    expect((await client.post([PING, PING], 2)).status).toBe(204);
    await client.stream.expect('pong');
    await client.stream.expect('pong');
  });

  test('that come in two requests at once are taken once and in order', async () => {
    await using daemon = await serve(options);
    await using client = await joinSse(daemon, 'garden');
    const answers = await Promise.all([client.post([PING, PING], 2), client.post([PING, PING], 2)]);
    expect(answers.map(({ status }) => status)).toEqual([204, 204]);
    await client.stream.expect('pong');
    await client.stream.expect('pong');
    await client.send({ type: 'leave' });
    expect((await client.stream.next()).event).toBe('close');
  });

  test('may be as long as on a WebSocket, whatever JSON makes of them', async () => {
    await using daemon = await serve(options);
    await using witness = await join(daemon, 'garden');
    await using client = await joinSse(daemon, 'garden');
    await witness.expect('peer-joined');
    const header = `{"type":"signal","to":"${witness.welcome.peer}"}\n`;
    const payload = '\u0001'.repeat(65_536 - header.length);
    expect((await client.post([header + payload])).status).toBe(204);
    expect((await witness.expect('signal')).payload).toBe(payload);
    expect((await client.post([`${header + payload}x`])).status).toBe(204);
    expect((await client.stream.next()).data).toEqual({ code: 1009, reason: 'message-too-big' });
    await witness.expect('peer-away');
  });

  test('in a body without an end are not kept', async () => {
    await using daemon = await serve({ ...options, limits: { messageBytes: 1_024 } });
    await using bystanders = await Bystanders.enter(daemon);
    await using client = await openSse(daemon);
    expect((await client.postBody('x'.repeat(1_000_000), 1)).status).toBe(413);
    expect((await client.stream.next()).data).toEqual({ code: 1009, reason: 'message-too-big' });
    await bystanders.exchange();
  });

  test.each([
    ['no UTF-8', Buffer.from([0x22, 0xff, 0x22]), { code: 1007, reason: 'not-utf8' }],
    ['no JSON', 'ping', { code: 4400, reason: 'bad-message' }],
    ['no string', PING, { code: 4400, reason: 'bad-message' }],
    ['an empty line', `\n${JSON.stringify(PING)}`, { code: 4400, reason: 'bad-message' }],
  ])('that are %s cost their sender the stream and nobody else anything', async (_what, body, close) => {
    await using daemon = await serve(options);
    await using bystanders = await Bystanders.enter(daemon);
    await using client = await openSse(daemon);
    expect((await client.postBody(body, 1)).status).toBe(204);
    let event = await client.stream.next();
    // What cannot be understood is answered before.
    if (event.event === undefined) event = await client.stream.next();
    expect(event).toMatchObject({ event: 'close', data: close });
    await bystanders.exchange();
  });

  test.each(['', '0', '-1', '1.5', 'x', '1e3', '9'.repeat(16)])('numbered %j are refused', async (from) => {
    await using daemon = await serve(options);
    await using client = await openSse(daemon);
    expect((await client.postBody(JSON.stringify(PING), from)).status).toBe(400);
    await client.send({ type: 'ping' });
    await client.stream.expect('pong');
  });

  test('that never come to an end are cut, and only so many of them are waited for', async () => {
    await using daemon = await serve({ ...options, limits: { requestMs: 300, sweepMs: 10 } });
    await using client = await joinSse(daemon, 'garden');
    const halves = await Promise.all(Array.from({ length: 8 }, () => rawSocket(daemon)));
    for (const half of halves) {
      half.write(`POST /events/${client.token}?from=2 HTTP/1.1\r\nHost: x\r\nContent-Length: 99\r\n`);
      half.write('Expect: 100-continue\r\n\r\n"');
      // The daemon says "continue" when it begins to read.
      await once(half, 'data');
    }
    expect((await client.post([PING])).status).toBe(503);
    await Promise.all(halves.map((half) => readToEnd(half)));
    expect((await client.post([PING], 2)).status).toBe(204);
    await client.stream.expect('pong');
  });
});

describe('who may have a stream', () => {
  const evil = { origin: 'https://evil.example' };

  test('of another version is told what was expected', async () => {
    await using daemon = await serve(options);
    for (const [path, got] of [
      ['events', 'none'],
      ['events?protocol=snap-share.v9', '"snap-share.v9"'],
    ] as const) {
      const { status, headers, body } = await ask(daemon, 'GET', path);
      expect({ status, refusal: headers['snap-share-refusal'], body }).toEqual({
        status: 400,
        refusal: 'version-mismatch',
        body: `expected ?protocol=snap-share.v1, got ${got}\n`,
      });
    }
  });

  test('is no page of another site, neither to read nor to write', async () => {
    await using daemon = await serve({ ...options, origins: ['https://friend.example'] });
    await using client = await joinSse(daemon, 'garden');
    for (const headers of [evil, { 'sec-fetch-site': 'cross-site' }, { 'sec-fetch-site': 'same-site' }]) {
      for (const again of [{}, { 'last-event-id': `${client.token}.1` }]) {
        const answer = await ask(daemon, 'GET', STREAM, { ...headers, ...again });
        expect(answer).toMatchObject({ status: 403, headers: { 'snap-share-refusal': 'origin-refused' } });
        expect(answer.headers['access-control-allow-origin']).toBeUndefined();
      }
      const path = `events/${client.token}?from=2`;
      expect((await ask(daemon, 'POST', path, headers, JSON.stringify(PING))).status).toBe(403);
      expect((await ask(daemon, 'OPTIONS', path, headers)).status).toBe(403);
    }
    await client.send({ type: 'ping' });
    await client.stream.expect('pong');
  });

  test("is a page of the daemon's own, and a person", async () => {
    await using daemon = await serve(options);
    for (const headers of [
      { origin: daemon.url.slice(0, -1), 'sec-fetch-site': 'same-origin' },
      { 'sec-fetch-site': 'same-origin' },
      { 'sec-fetch-site': 'none' },
    ]) {
      await using stream = await openStream(daemon, headers);
      expect((await stream.next()).event).toBe('open');
    }
  });

  test('is a page of a site on the list, which may read the answers', async () => {
    await using daemon = await serve({ ...options, origins: ['https://friend.example'] });
    const friend = { origin: 'https://friend.example', 'sec-fetch-site': 'cross-site' };
    await using stream = await openStream(daemon, friend);
    const { headers } = stream.response;
    expect(headers['access-control-allow-origin']).toBe('https://friend.example');
    expect(headers['cross-origin-resource-policy']).toBe('cross-origin');
    const preflight = await ask(daemon, 'OPTIONS', STREAM, friend);
    expect(preflight.status).toBe(204);
    expect(preflight.headers['access-control-allow-headers']).toContain('Last-Event-ID');
    const refused = await ask(daemon, 'GET', 'events', friend);
    expect(refused.headers['access-control-expose-headers']).toBe('snap-share-refusal, Retry-After');
    expect(refused.headers['access-control-allow-origin']).toBe('https://friend.example');
  });

  test.each([
    ['POST', 'events', 'GET'],
    ['DELETE', 'events', 'GET'],
    ['GET', `events/${'A'.repeat(22)}`, 'POST'],
    ['OPTIONS', `events/${'A'.repeat(22)}`, 'POST'],
  ])('does not ask with %s /%s', async (method, path, allow) => {
    await using daemon = await serve(options);
    expect(await ask(daemon, method, path)).toMatchObject({ status: 405, headers: { allow } });
  });

  test('is nobody while every connection is taken, of either kind', async () => {
    await using daemon = await serve({ ...options, limits: { connections: 2 } });
    await using socket = await join(daemon, 'garden');
    const client = await joinSse(daemon, 'garden');
    expect(await ask(daemon, 'GET', STREAM)).toMatchObject({
      status: 503,
      headers: { 'snap-share-refusal': 'too-many-connections' },
    });
    expect(await refusal(new WebSocket(wsUrl(daemon), 'snap-share.v1'))).toMatchObject({
      status: 503,
      code: 'too-many-connections',
    });
    await client.send({ type: 'leave' });
    await client.stream.next();
    await client.stream.ended();
    expect((await socket.expect('peer-joined')).peer).toBe(client.welcome.peer);
    await using again = await openStream(daemon);
    expect((await again.next()).event).toBe('open');
  });
});

describe('a daemon that is stopped', () => {
  test('tells every client of either kind', async () => {
    const daemon = await serve(options);
    await using socket = await join(daemon, 'garden');
    await using client = await joinSse(daemon, 'garden');
    await using waiting = await openSse(daemon);
    await daemon.close();
    expect((await socket.closed).reason).toBe('shutting-down');
    for (const { stream } of [client, waiting]) {
      const event = await stream.next();
      expect(event).toMatchObject({ event: 'close', data: { code: 1001, reason: 'shutting-down' } });
      await stream.ended();
    }
    await until(() => daemon.stats().connections === 0);
  });

  test('does not wait longer than promised for one that does not read', async () => {
    const daemon = await serve({ ...options, limits: { stopMs: 50 } });
    await using sender = await join(daemon, 'garden');
    await using deaf = await joinSse(daemon, 'garden');
    deaf.stream.response.pause();
    for (let count = 0; count < 100; count += 1) sender.signal(deaf.welcome.peer, 'x'.repeat(8_000));
    await daemon.close();
    await until(() => daemon.stats().connections === 0);
  });
});
