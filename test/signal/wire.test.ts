import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { WebSocket } from 'ws';
import type { DaemonEvent } from '../../src/signal/events.ts';
import { serve, type Daemon } from '../../src/signal/serve.ts';
import { Bystanders, join, open, rawSocket, readToEnd, upgradeRequest, wsUrl } from './ws-client.ts';

let daemon: Daemon;
let bystanders: Bystanders;
const failures: DaemonEvent[] = [];

beforeAll(async () => {
  daemon = await serve({
    port: 0,
    version: '1.2.3',
    onEvent: (event) => {
      if (event.type === 'failed') failures.push(event);
    },
  });
  bystanders = await Bystanders.enter(daemon);
});

afterAll(async () => {
  await bystanders[Symbol.asyncDispose]();
  await daemon.close();
  expect(failures).toEqual([]);
});

/** Bystanders exchange signals before, while and after something happens, and see nothing of it. */
async function undisturbed(happening: () => Promise<void>): Promise<void> {
  await bystanders.exchange();
  await Promise.all([happening(), bystanders.exchange()]);
  await bystanders.exchange();
}

const upgrade = upgradeRequest('/ws', 'snap-share.v1');
const goodJoin = { type: 'join', room: 'garden', name: 'shed', kind: 'camera' };

test('a joined peer is cut after sixteen bad messages were forgiven', () =>
  undisturbed(async () => {
    await using client = await join(daemon, 'faulty');
    for (let count = 0; count < 17; count += 1) client.ws.send('null');
    for (let count = 0; count < 17; count += 1) expect((await client.expect('error')).code).toBe('bad-message');
    expect(await client.closed).toEqual({ code: 4400, reason: 'bad-message' });
  }));

test('keys that this version does not know are ignored', () =>
  undisturbed(async () => {
    await using client = await open(daemon);
    client.ws.send(JSON.stringify({ ...goodJoin, room: 'future', later: { more: [1] } }));
    expect((await client.expect('welcome')).number).toBe(1);
  }));

test.each(['__proto__', 'constructor', 'toString'])('a room may be called %s', (room) =>
  undisturbed(async () => {
    await using first = await join(daemon, room);
    await using second = await join(daemon, room);
    expect(first.welcome).toMatchObject({ room, number: 1, peers: [] });
    expect(second.welcome).toMatchObject({ room, number: 2, peers: [{ peer: first.welcome.peer }] });
    expect((await first.expect('peer-joined')).peer).toBe(second.welcome.peer);
    for (const peer of [first, second]) peer.send({ type: 'leave' });
  }),
);

describe('size', () => {
  test('a message of 64 KiB is relayed whole', () =>
    undisturbed(async () => {
      await using sender = await join(daemon, 'big');
      await using receiver = await join(daemon, 'big');
      const header = JSON.stringify({ type: 'signal', to: receiver.welcome.peer });
      const payload = 'é'.repeat((65_536 - header.length - 1) / 2);
      expect(Buffer.byteLength(payload) + header.length + 1).toBe(65_536);
      sender.ws.send(`${header}\n${payload}`);
      expect((await receiver.expect('signal')).payload).toBe(payload);
    }));

  test('a message in a thousand and one pieces ends that connection', () =>
    undisturbed(async () => {
      await using client = await join(daemon, 'pieces');
      for (let count = 0; count <= 1_024; count += 1) client.ws.send('x', { fin: false });
      expect((await client.closed).code).toBe(1008);
    }));
});

describe('frames', () => {
  test('a binary frame ends that connection, before and after join', () =>
    undisturbed(async () => {
      await using stranger = await open(daemon);
      stranger.ws.send(Buffer.from(JSON.stringify(goodJoin)), { binary: true });
      expect(await stranger.closed).toEqual({ code: 1003, reason: 'binary-message' });
      await using peer = await join(daemon, 'binary');
      peer.ws.send(Buffer.from('{"type":"ping"}'), { binary: true });
      expect(await peer.closed).toEqual({ code: 1003, reason: 'binary-message' });
    }));

  test('text that is not UTF-8 ends that connection and reaches nobody', () =>
    undisturbed(async () => {
      await using receiver = await join(daemon, 'utf8');
      await using sender = await join(daemon, 'utf8');
      const header = JSON.stringify({ type: 'signal', to: receiver.welcome.peer });
      sender.ws.send(Buffer.concat([Buffer.from(`${header}\n`), Buffer.from([0xc3, 0x28])]), { binary: false });
      expect((await sender.closed).code).toBe(1007);
      await receiver.expect('peer-joined');
      await receiver.expect('peer-away');
      expect(receiver.unread).toEqual([]);
    }));

  test('bytes that are no WebSocket frame end that connection', () =>
    undisturbed(async () => {
      await using client = await join(daemon, 'no-frame');
      const socket = await rawUpgrade();
      socket.write(Buffer.from([0xff, 0xff, 0xff, 0xff]));
      await readToEnd(socket);
      client.send({ type: 'ping' });
      await client.expect('pong');
    }));

  test('an unmasked frame ends that connection', () =>
    undisturbed(async () => {
      const socket = await rawUpgrade();
      socket.write(Buffer.from([0x81, 0x02, 0x7b, 0x7d]));
      await readToEnd(socket);
    }));
});

describe('order', () => {
  test('a ping may come first', () =>
    undisturbed(async () => {
      await using client = await open(daemon);
      client.send({ type: 'ping' });
      await client.expect('pong');
    }));

  test('nothing counts that a client sends behind its own end', () =>
    undisturbed(async () => {
      await using witness = await join(daemon, 'after');
      await using client = await join(daemon, 'after');
      await witness.expect('peer-joined');
      client.send({ type: 'leave' });
      client.signal(witness.welcome.peer, 'too late');
      client.ws.send(JSON.stringify({ ...goodJoin, room: 'after' }));
      await client.closed;
      expect(await witness.expect('peer-left')).toMatchObject({ peer: client.welcome.peer, reason: 'left' });
      witness.send({ type: 'ping' });
      await witness.expect('pong');
    }));
});

test('a signal to a peer that left is an error that names it', () =>
  undisturbed(async () => {
    await using gone = await join(daemon, 'here');
    await using sender = await join(daemon, 'here');
    gone.send({ type: 'leave' });
    await sender.expect('peer-left');
    const to = gone.welcome.peer;
    sender.signal(to, 'hello?');
    expect(await sender.expect('error')).toMatchObject({ code: 'unknown-peer', peer: to });
  }));

describe('broken connections', () => {
  test('a connection reset in the middle of the handshake, or right after it, concerns nobody', () =>
    undisturbed(async () => {
      for (const text of ['', 'GET /ws HT', upgrade.slice(0, -4), upgrade]) {
        for (let count = 0; count < 10; count += 1) {
          const socket = await rawSocket(daemon);
          socket.write(text);
          socket.resetAndDestroy();
        }
      }
      // A refused one as well: the daemon answers into a connection that is gone.
      for (let count = 0; count < 10; count += 1) {
        const socket = await rawSocket(daemon);
        socket.write(upgrade.replace('/ws', '/elsewhere'));
        socket.resetAndDestroy();
      }
    }));

  test('a handshake that is none is answered with one plain line', () =>
    undisturbed(async () => {
      const socket = await rawSocket(daemon);
      socket.write(upgrade.replace(/Sec-WebSocket-Key: .*\r\n/, ''));
      const response = await readToEnd(socket);
      expect(response).toMatch(/^HTTP\/1\.1 400 /);
      expect(response).toMatch(/\r\n\r\nexpected a WebSocket .*\n$/);
    }));

  test('what is no HTTP at all is answered and cut', () =>
    undisturbed(async () => {
      const socket = await rawSocket(daemon);
      socket.write('\u0016\u0003\u0001\u0002\u0000 hello\r\n\r\n');
      expect(await readToEnd(socket)).toMatch(/^HTTP\/1\.1 400 /);
    }));
});

async function rawUpgrade() {
  const socket = await rawSocket(daemon);
  socket.write(upgrade);
  await new Promise((resolve) => socket.once('data', resolve));
  return socket;
}

test('text comes as text, never as a binary frame', async () => {
  const ws = new WebSocket(wsUrl(daemon), 'snap-share.v1');
  const received: boolean[] = [];
  ws.on('message', (_data, isBinary) => received.push(isBinary));
  await new Promise((resolve) => ws.once('open', resolve));
  ws.send(JSON.stringify({ ...goodJoin, room: 'text' }));
  await new Promise((resolve) => ws.once('message', resolve));
  expect(received).toEqual([false]);
  expect(ws.protocol).toBe('snap-share.v1');
  ws.terminate();
});
