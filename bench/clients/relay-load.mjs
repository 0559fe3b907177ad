// Keeps a relay busy over WebSockets: relay-load.mjs <dialect> <url> <warm-up messages> <messages>
// What is sent in one turn leaves in one write.
import { once } from 'node:events';
import { connect } from 'node:net';
import { WebSocket } from 'ws';
import { firstMessage } from './first-message.mjs';
import { keepBusy, PAIRS, sdp } from './busy.mjs';
import { connectSocketIo, eventStart, packet, SOCKET_IO_PATH } from './socket-io.mjs';

const WINDOW = 32;

const payload = { type: 'offer', sdp: `v=0\r\no=- 4611731400430051336 2 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\n${sdp}` };

/** How each server is spoken to: `join` resolves with the socket and the id that others send to. */
const dialects = {
  'snap-share': {
    async join(url, id, pair) {
      const socket = open(new URL('ws', url), ['snap-share.v1']);
      await once(socket, 'open');
      socket.send(JSON.stringify({ type: 'join', room: `pair-${pair}`, name: id, kind: 'terminal' }));
      const [welcome] = await once(socket, 'message');
      return { socket, id: JSON.parse(welcome.toString()).peer };
    },
    message: (to) => `${JSON.stringify({ type: 'signal', to })}\n${JSON.stringify(payload)}`,
  },
  json: {
    async join(url, id) {
      const socket = open(`${url}?id=${id}`);
      await once(socket, 'open');
      return { socket, id };
    },
    message: (to) => JSON.stringify({ type: 'signal', to, payload }),
  },
  peerjs: {
    async join(url, id) {
      const socket = open(`${url}peerjs?key=peerjs&token=bench&id=${id}`);
      // The greeting.
      await once(socket, 'message');
      return { socket, id };
    },
    message: (to) => JSON.stringify({ type: 'OFFER', dst: to, payload }),
  },
  forward: {
    async join(url) {
      const socket = open(url);
      const before = await peersOf(socket);
      // Nobody is told its own id: the next one is.
      const scout = open(url);
      const id = (await peersOf(scout)).find((peer) => !before.includes(peer));
      scout.close();
      await once(scout, 'close');
      return { socket, id };
    },
    message: (to) => JSON.stringify({ action: 'forward-offer', offer: payload, toPeerId: to }),
  },
  login: {
    async join(url, id) {
      const socket = open(url);
      await once(socket, 'open');
      socket.send(JSON.stringify({ type: 'login', login: id }));
      await once(socket, 'message');
      return { socket, id };
    },
    message: (to) => JSON.stringify({ type: 'offer', offer: payload, to }),
  },
  'web-connections': {
    async join(url, id) {
      const socket = open(new URL(id, url));
      await once(socket, 'open');
      return { socket, id };
    },
    message: (to, from) => JSON.stringify({ from, to, type: 'offer', data: payload }),
  },
  'snap-photo': {
    async join(url, _id, pair) {
      const socket = open(new URL(SOCKET_IO_PATH, url));
      const id = await connectSocketIo(socket);
      socket.send(packet('create or join', `pair-${pair}`));
      await once(socket, 'message');
      return { socket, id };
    },
    message: () => packet('message', payload),
    start: eventStart('message'),
  },
  // Also the bare server over Socket.IO.
  'users-list': {
    async join(url) {
      const socket = open(new URL(SOCKET_IO_PATH, url));
      return { socket, id: await connectSocketIo(socket) };
    },
    message: (to) => packet('message', { id: to, ...payload }),
    start: eventStart('message'),
  },
};

/** The TCP connections of the sockets. */
const streams = new Map();
const [name, url, warmUp, measured] = process.argv.slice(2);
const dialect = dialects[name];

const pairs = [];
for (let pair = 0; pair < PAIRS; pair += 1) {
  const sender = await dialect.join(url, `sender-${pair}`, pair);
  const receiver = await dialect.join(url, `receiver-${pair}`, pair);
  const message = Buffer.from(dialect.message(receiver.id, sender.id));
  pairs.push({
    send: () => send(sender.socket, message),
    onArrival(count) {
      const { start = '' } = dialect;
      receiver.socket.on('message', (data) => {
        if (start === '' || data.toString('latin1', 0, start.length) === start) count();
      });
    },
  });
}
await keepBusy(pairs, WINDOW, Number(warmUp), Number(measured));

/** The ids that a newcomer of `forward` is told. */
async function peersOf(socket) {
  return JSON.parse(await firstMessage(socket, (text) => text.startsWith('{"type":"peers"'))).peerIds;
}

function open(address, protocols) {
  let stream;
  const createConnection = (options) => {
    stream = connect(options);
    return stream;
  };
  const socket = new WebSocket(address, protocols, {
    createConnection,
    perMessageDeflate: false,
    skipUTF8Validation: true,
  });
  streams.set(socket, stream);
  return socket;
}

function send(socket, text) {
  const stream = streams.get(socket);
  if (stream.writableCorked === 0) {
    stream.cork();
    process.nextTick(() => stream.uncork());
  }
  socket.send(text, { binary: false });
}
