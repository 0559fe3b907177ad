// Keeps a relay busy: relay-load.mjs <dialect> <url> <warm-up messages> <messages>
// Pairs of clients, one sending to the other, with a bounded number of messages on their way. Frames are made beforehand,
// leave in one write per turn, and are only counted when they arrive: the server shall be what is measured.
import { once } from 'node:events';
import { connect } from 'node:net';
import { WebSocket } from 'ws';

const PAIRS = 8;
const WINDOW = 32;
const SDP_BYTES = 2_000;

const candidate = 'a=candidate:3013953624 1 udp 2130706431 192.168.178.23 49152 typ host generation 0\r\n';
const sdp = `v=0\r\no=- 4611731400430051336 2 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\n${candidate.repeat(SDP_BYTES / candidate.length)}`;
const payload = { type: 'offer', sdp };

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
};

/** The TCP connections of the sockets. */
const streams = new Map();
const [name, url, warmUp, measured] = process.argv.slice(2);
const dialect = dialects[name];

const pairs = [];
for (let pair = 0; pair < PAIRS; pair += 1) {
  const sender = await dialect.join(url, `sender-${pair}`, pair);
  const receiver = await dialect.join(url, `receiver-${pair}`, pair);
  const message = Buffer.from(dialect.message(receiver.id));
  pairs.push({ send: () => send(sender.socket, message), receiver: receiver.socket });
}

let unsent = 0;
let missing = 0;
let onDone = () => {};
for (const { send, receiver } of pairs)
  receiver.on('message', () => {
    missing -= 1;
    if (unsent > 0) {
      unsent -= 1;
      send();
    } else if (missing === 0) onDone();
  });

await relay(Number(warmUp));
console.log(JSON.stringify({ event: 'warm' }));
await once(process.stdin, 'data');
const startedAt = performance.now();
await relay(Number(measured));
console.log(JSON.stringify({ event: 'relayed', ms: performance.now() - startedAt }));

function relay(count) {
  missing = count;
  unsent = count - PAIRS * WINDOW;
  return new Promise((resolve) => {
    onDone = resolve;
    for (const { send } of pairs) for (let n = 0; n < WINDOW; n += 1) send();
  });
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
