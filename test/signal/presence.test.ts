import { describe, expect, test } from 'vitest';
import { serve } from '../../src/signal/serve.ts';
import { joinSse, openSse } from './sse-client.ts';
import { Bystanders, join, open } from './ws-client.ts';

const options = { port: 0, version: '1' };
const LIST = { type: 'list', room: 'garden' } as const;

describe('who asks for a list', () => {
  test('over a WebSocket sees peers of either transport, and nobody sees who asks', async () => {
    await using daemon = await serve(options);
    await using socket = await join(daemon, 'garden');
    await using stream = await joinSse(daemon, 'garden');
    await socket.expect('peer-joined');
    await using stranger = await open(daemon);
    stranger.send(LIST);
    const { peers, room, capacity } = await stranger.expect('peers');
    expect([room, capacity]).toEqual(['garden', 3]);
    const common = { name: 'somebody', kind: 'terminal', ageMs: expect.any(Number) as number };
    expect(peers).toEqual([
      { peer: socket.welcome.peer, number: 1, transport: 'ws', ...common },
      { peer: stream.welcome.peer, number: 2, transport: 'sse', ...common },
    ]);
    expect(await stranger.closed).toEqual({ code: 1000, reason: 'left' });
    socket.send({ type: 'ping' });
    await socket.expect('pong');
    expect(socket.unread).toEqual([]);
  });

  test('over a stream of events gets the same', async () => {
    await using daemon = await serve(options);
    await using seated = await join(daemon, 'garden');
    await using stranger = await openSse(daemon);
    await stranger.send(LIST);
    const { peers } = await stranger.stream.expect('peers');
    expect(peers).toMatchObject([{ peer: seated.welcome.peer, transport: 'ws' }]);
    expect(await stranger.stream.next()).toMatchObject({ event: 'close', data: { code: 1000, reason: 'left' } });
    await stranger.stream.ended();
    expect((await stranger.post(['{"type":"ping"}'])).status).toBe(410);
  });

  test('about a room that nobody is in gets an empty list, and leaves nothing behind', async () => {
    await using daemon = await serve(options);
    await using stranger = await open(daemon);
    stranger.send(LIST);
    expect((await stranger.expect('peers')).peers).toEqual([]);
    await stranger.closed;
    expect(daemon.stats()).toMatchObject({ rooms: 0, peers: 0 });
  });

  test('sees that a peer is away, and how long ago it came', async () => {
    await using daemon = await serve(options);
    await using witness = await join(daemon, 'garden');
    const lost = await join(daemon, 'garden');
    await witness.expect('peer-joined');
    await lost.break();
    await witness.expect('peer-away');
    await using stranger = await open(daemon);
    stranger.send(LIST);
    const { peers } = await stranger.expect('peers');
    expect(peers.map(({ away }) => away)).toEqual([undefined, true]);
    const [first, second] = peers.map(({ ageMs }) => ageMs);
    expect(first).toBeGreaterThanOrEqual(second ?? Infinity);
  });

  test('gets no second answer on a connection, however much it asks', async () => {
    await using daemon = await serve({ ...options, capacity: 64 });
    await using bystanders = await Bystanders.enter(daemon);
    await using seated = await join(daemon, 'garden');
    await using stranger = await open(daemon);
    for (let count = 0; count < 2_000; count += 1) stranger.send(LIST);
    await stranger.expect('peers');
    expect(await stranger.closed).toEqual({ code: 1000, reason: 'left' });
    expect(stranger.unread).toEqual([]);
    await using streaming = await openSse(daemon);
    await streaming.post(Array.from({ length: 2_000 }, () => JSON.stringify(LIST)));
    await streaming.stream.expect('peers');
    expect(await streaming.stream.next()).toMatchObject({ event: 'close' });
    await streaming.stream.ended();
    await bystanders.exchange();
    expect(seated.unread).toEqual([]);
  });

  test('with a seat is told that it has one, and keeps it', async () => {
    await using daemon = await serve(options);
    await using seated = await join(daemon, 'garden');
    seated.send(LIST);
    expect((await seated.expect('error')).code).toBe('already-joined');
    await using streaming = await joinSse(daemon, 'garden');
    await streaming.send(LIST);
    expect((await streaming.stream.expect('error')).code).toBe('already-joined');
    await seated.expect('peer-joined');
    seated.send({ type: 'ping' });
    await seated.expect('pong');
  });

  test('has to ask in time, as others have to join', async () => {
    await using daemon = await serve({ ...options, limits: { joinMs: 30, sweepMs: 5 } });
    await using late = await open(daemon);
    expect(await late.closed).toEqual({ code: 4408, reason: 'join-timeout' });
  });
});
