// Keeps a relay of event streams busy: stream-load.mjs <snap-share|bare> <url> <warm-up messages> <messages>
// As relay-load.mjs: pairs of clients with a bounded number of messages on their way. Every message is a request of its
// own, as candidates are; the bytes are made beforehand and only counted when they arrive.
import { once } from 'node:events';
import { connect } from 'node:net';
import { openStream, post } from './stream.mjs';

const PAIRS = 8;
const WINDOW = 8;
const SDP_BYTES = 2_000;

const candidate = 'a=candidate:3013953624 1 udp 2130706431 192.168.178.23 49152 typ host generation 0\r\n';
const payload = JSON.stringify({ type: 'offer', sdp: candidate.repeat(SDP_BYTES / candidate.length) });
const MARK = Buffer.from(
  'candidate:3013953624 1 udp 2130706431 192.168.178.23 49152 typ host generation 0\\\\r\\\\n\\"',
);

/** `path` is that of the request with the nth message, `body` what it carries, `receiver` the stream that gets it. */
const dialects = {
  async 'snap-share'(url, pair) {
    const join = async (name) => {
      const stream = await openStream(new URL('events?protocol=snap-share.v1', url));
      const token = /"stream":"([\w-]+)"/.exec(await stream.until('"stream"'))[1];
      const message = JSON.stringify({ type: 'join', room: `pair-${pair}`, name, kind: 'terminal' });
      await post(new URL(`events/${token}?from=1`, url), JSON.stringify(message));
      const peer = /\\"peer\\":\\"([\w-]{16})\\"/.exec(await stream.until('welcome'))[1];
      return { stream, token, peer };
    };
    const [sender, receiver] = [await join('sender'), await join('receiver')];
    const body = JSON.stringify(`${JSON.stringify({ type: 'signal', to: receiver.peer })}\n${payload}`);
    return { path: (n) => `/events/${sender.token}?from=${n + 2}`, body, receiver: receiver.stream };
  },
  async bare(url, pair) {
    const receiver = await openStream(new URL(`pair-${pair}`, url));
    await receiver.until('open');
    return { path: () => `/pair-${pair}`, body: JSON.stringify(payload), receiver };
  },
};

const [name, url, warmUp, measured] = process.argv.slice(2);
const pairs = [];
for (let pair = 0; pair < PAIRS; pair += 1) {
  const { path, body, receiver } = await dialects[name](url, pair);
  const { host, hostname, port } = new URL(url);
  // One connection, and on it one request after the other without waiting for answers: they are taken in this order.
  const socket = connect(Number(port), hostname);
  socket.resume();
  await once(socket, 'connect');
  const head = `Host: ${host}\r\nContent-Type: text/plain\r\nContent-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`;
  let sent = 0;
  const send = () => {
    if (socket.writableCorked === 0) {
      socket.cork();
      process.nextTick(() => socket.uncork());
    }
    socket.write(`POST ${path(sent)} HTTP/1.1\r\n${head}`);
    sent += 1;
  };
  pairs.push({ receiver, send });
}

let unsent = 0;
let missing = 0;
let onDone = () => {};
for (const { send, receiver } of pairs)
  receiver.count(MARK, () => {
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
