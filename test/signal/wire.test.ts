import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { WebSocket } from 'ws';
import type { DaemonEvent } from '../../src/signal/events.ts';
import { serve, type Daemon } from '../../src/signal/serve.ts';
import { Bystanders, join, open, rawSocket, readToEnd, wsUrl } from './ws-client.ts';

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

const someId = 'AAAAAAAAAAAAAAAA';
const goodJoin = { type: 'join', room: 'garden', name: 'shed', kind: 'camera' };

/** Text frames that are no message of a client. */
const nonsense: Record<string, string> = {
  'an empty text': '',
  'a line feed': '\n',
  null: 'null',
  true: 'true',
  'a number': '1e999',
  'a string': '"join"',
  'an array': '[]',
  'an array of messages': JSON.stringify([goodJoin]),
  'an empty object': '{}',
  'half a message': '{"type":"jo',
  'two messages': `${JSON.stringify(goodJoin)}${JSON.stringify(goodJoin)}`,
  'a prototype as type': '{"type":"__proto__"}',
  'a constructor as type': '{"type":"constructor"}',
  'a message in a prototype': `{"__proto__":${JSON.stringify(goodJoin)}}`,
  'a constructor in place of a message': '{"constructor":{"prototype":{"type":"leave"}}}',
  'an unknown type': '{"type":"promote"}',
  'a type of the other direction': '{"type":"pong"}',
  'no type': '{"room":"garden"}',
  'an array as type': '{"type":["join"]}',
  '10,000 nested arrays': `${'['.repeat(10_000)}${']'.repeat(10_000)}`,
  '10,000 nested objects': `${'{"type":'.repeat(7_000)}1${'}'.repeat(7_000)}`,
  '60,000 open brackets': '['.repeat(60_000),
  'a deep value in a message': `{"type":"join","name":"n","kind":"camera","room":${'['.repeat(10_000)}${']'.repeat(10_000)}}`,
  'a byte order mark': `\ufeff${JSON.stringify({ type: 'ping' })}`,
  'a room with a slash': JSON.stringify({ ...goodJoin, room: '../etc' }),
  'an empty room': JSON.stringify({ ...goodJoin, room: '' }),
  'a room of 65 letters': JSON.stringify({ ...goodJoin, room: 'r'.repeat(65) }),
  'a room that is no text': JSON.stringify({ ...goodJoin, room: { toString: 'garden' } }),
  'a name that is no text': JSON.stringify({ ...goodJoin, name: 7 }),
  'an endless name': JSON.stringify({ ...goodJoin, name: 'n'.repeat(60_000) }),
  'an unknown kind': JSON.stringify({ ...goodJoin, kind: 'toaster' }),
  'half a seat': JSON.stringify({ ...goodJoin, seat: { peer: someId } }),
  'a seat that is null': JSON.stringify({ ...goodJoin, seat: null }),
  'a signal to nobody': '{"type":"signal"}',
  'a signal to a prototype': '{"type":"signal","to":"__proto__"}',
  'a signal to an object': '{"type":"signal","to":{}}',
  'a list of nothing': '{"type":"list"}',
  'a list of a room with a space': '{"type":"list","room":"our garden"}',
  'a list of many rooms': '{"type":"list","room":["garden"]}',
  'a list with a payload': '{"type":"list","room":"garden"}\nmore',
  'a payload where none belongs': `{"type":"ping"}\nmore`,
};

describe.each(Object.entries(nonsense))('%s', (_, text) => {
  test('as a first message is explained and ends that connection', () =>
    undisturbed(async () => {
      await using client = await open(daemon);
      client.ws.send(text);
      const error = await client.expect('error');
      expect(error.code).toBe('bad-message');
      expect(error.message).toMatch(/^.{5,300}$/su);
      expect(await client.closed).toEqual({ code: 4400, reason: 'bad-message' });
    }));

  test('from a joined peer is an error, and the peer goes on', () =>
    undisturbed(async () => {
      await using client = await join(daemon, 'garden');
      client.ws.send(text);
      expect((await client.expect('error')).code).toBe('bad-message');
      client.send({ type: 'ping' });
      await client.expect('pong');
      client.send({ type: 'leave' });
      expect(await client.closed).toEqual({ code: 1000, reason: 'left' });
    }));
});

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

  test('one byte more ends that connection, before and after join', () =>
    undisturbed(async () => {
      await using stranger = await open(daemon);
      stranger.ws.send(' '.repeat(65_537));
      expect((await stranger.closed).code).toBe(1009);
      await using other = await join(daemon, 'too-big');
      await using sender = await join(daemon, 'too-big');
      sender.signal(other.welcome.peer, 'x'.repeat(65_536));
      expect((await sender.closed).code).toBe(1009);
      expect((await other.expect('peer-joined')).peer).toBe(sender.welcome.peer);
      expect((await other.expect('peer-away')).peer).toBe(sender.welcome.peer);
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
  test.each([
    ['a signal', { type: 'signal', to: someId }],
    ['leave', { type: 'leave' }],
  ] as const)('%s before join ends that connection', (_, message) =>
    undisturbed(async () => {
      await using client = await open(daemon);
      client.send(message);
      expect(await client.closed).toEqual({ code: 4401, reason: 'join-first' });
    }),
  );

  test('a ping may come first', () =>
    undisturbed(async () => {
      await using client = await open(daemon);
      client.send({ type: 'ping' });
      await client.expect('pong');
    }));

  test('a second join is an error', () =>
    undisturbed(async () => {
      await using client = await join(daemon, 'once');
      client.send({ type: 'join', room: 'twice', name: 'n', kind: 'browser' });
      expect((await client.expect('error')).code).toBe('already-joined');
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

describe('a signal to who is not there', () => {
  test('another room, a peer that left, one that never was, oneself: each is an error that names the peer', () =>
    undisturbed(async () => {
      await using elsewhere = await join(daemon, 'elsewhere');
      await using gone = await join(daemon, 'here');
      await using sender = await join(daemon, 'here');
      gone.send({ type: 'leave' });
      await sender.expect('peer-left');
      for (const to of [elsewhere.welcome.peer, gone.welcome.peer, someId, sender.welcome.peer]) {
        sender.signal(to, 'hello?');
        expect(await sender.expect('error')).toMatchObject({ code: 'unknown-peer', peer: to });
      }
      expect(elsewhere.unread).toEqual([]);
    }));
});

describe('broken connections', () => {
  test('a connection reset in the middle of the handshake, or right after it, concerns nobody', () =>
    undisturbed(async () => {
      for (const text of ['', 'GET /ws HT', upgradeRequest.slice(0, -4), upgradeRequest]) {
        for (let count = 0; count < 10; count += 1) {
          const socket = await rawSocket(daemon);
          socket.write(text);
          socket.resetAndDestroy();
        }
      }
      // A refused one as well: the daemon answers into a connection that is gone.
      for (let count = 0; count < 10; count += 1) {
        const socket = await rawSocket(daemon);
        socket.write(upgradeRequest.replace('/ws', '/elsewhere'));
        socket.resetAndDestroy();
      }
    }));

  test('a handshake that is none is answered with one plain line', () =>
    undisturbed(async () => {
      const socket = await rawSocket(daemon);
      socket.write(upgradeRequest.replace(/Sec-WebSocket-Key: .*\r\n/, ''));
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

const upgradeRequest = [
  'GET /ws HTTP/1.1',
  'Host: 127.0.0.1',
  'Connection: Upgrade',
  'Upgrade: websocket',
  'Sec-WebSocket-Version: 13',
  'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==',
  'Sec-WebSocket-Protocol: snap-share.v1',
  '',
  '',
].join('\r\n');

async function rawUpgrade() {
  const socket = await rawSocket(daemon);
  socket.write(upgradeRequest);
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
