import { once } from 'node:events';
import { describe, expect, test } from 'vitest';
import { WebSocket } from 'ws';
import type { DaemonEvent } from '../../src/signal/events.ts';
import { serve } from '../../src/signal/serve.ts';
import { Bystanders, join, open, rawSocket, readToEnd, refusal, wsUrl, until } from './ws-client.ts';

const options = { port: 0, version: '1' };

describe('time', () => {
  test('pinging is no way to stay without joining', async () => {
    await using daemon = await serve({ ...options, limits: { joinMs: 30, sweepMs: 5 } });
    await using client = await open(daemon);
    const pinging = setInterval(() => client.send({ type: 'ping' }), 2);
    expect(await client.closed).toEqual({ code: 4408, reason: 'join-timeout' });
    clearInterval(pinging);
  });

  test('a silent client is pinged, and lives on by answering', async () => {
    await using daemon = await serve({ ...options, limits: { pingMs: 20, silentMs: 10_000, sweepMs: 5 } });
    await using client = await join(daemon, 'garden');
    for (let count = 0; count < 5; count += 1) await once(client.ws, 'ping');
    client.send({ type: 'ping' });
    await client.expect('pong');
  });

  test('a client that never answers its close frame is dropped', async () => {
    await using daemon = await serve({ ...options, limits: { closeMs: 20, sweepMs: 5 } });
    await using deaf = await join(daemon, 'garden');
    deaf.ws.pause();
    await using newer = await join(daemon, 'garden', deaf.welcome);
    await until(() => daemon.stats().connections === 1);
    newer.send({ type: 'ping' });
    await newer.expect('pong');
  });
});

describe('slow clients', () => {
  test('one that does not read is cut, before it can fill the memory, and its room is told', async () => {
    const events: DaemonEvent[] = [];
    const limits = { queuedBytes: 262_144, closeMs: 50, sweepMs: 5 };
    await using daemon = await serve({ ...options, limits, onEvent: (event) => events.push(event) });
    await using bystanders = await Bystanders.enter(daemon);
    await using sender = await join(daemon, 'garden');
    await using slow = await join(daemon, 'garden');
    await sender.expect('peer-joined');
    slow.ws.pause();
    const payload = 'x'.repeat(60_000);
    while (sender.unread.length === 0) {
      for (let count = 0; count < 10; count += 1) sender.signal(slow.welcome.peer, payload);
      await bystanders.exchange();
    }
    expect((await sender.expect('peer-away')).peer).toBe(slow.welcome.peer);
    const { peer } = slow.welcome;
    expect(events).toContainEqual({ type: 'cut', reason: 'slow-consumer', room: 'garden', peer });
    await until(() => daemon.stats().connections === 3);
  });

  test('one that sends its request byte by byte is cut', async () => {
    await using daemon = await serve({ ...options, limits: { requestMs: 100, sweepMs: 10 } });
    await using bystanders = await Bystanders.enter(daemon);
    const socket = await rawSocket(daemon);
    socket.write('GET /ws HTTP/1.1\r\nHost: x\r\n');
    const dripping = setInterval(() => socket.write('X-More: 1\r\n'), 5);
    expect(await readToEnd(socket)).toMatch(/^HTTP\/1\.1 408 /);
    clearInterval(dripping);
    await bystanders.exchange();
  });

  test('one that is refused and does not hang up is cut', async () => {
    await using daemon = await serve({ ...options, limits: { closeMs: 20 } });
    const socket = await rawSocket(daemon, { allowHalfOpen: true });
    socket.write('GET /nowhere HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n');
    // Only who still writes learns that nobody is there any more.
    const writing = setInterval(() => socket.write('x'), 5);
    expect(await readToEnd(socket)).toMatch(/^HTTP\/1\.1 404 /);
    clearInterval(writing);
  });
});

test('with every connection taken a daemon says so, and serves those it has', async () => {
  await using daemon = await serve({ ...options, limits: { connections: 2 } });
  await using bystanders = await Bystanders.enter(daemon);
  expect(await refusal(new WebSocket(wsUrl(daemon), 'snap-share.v1'))).toMatchObject({
    status: 503,
    code: 'too-many-connections',
  });
  await bystanders.exchange();
});
