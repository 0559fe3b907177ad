// Keeps a relay of event streams busy: stream-load.mjs <snap-share|web-connections|bare|numbers> <url> <warm-up messages> <messages>
// Every message is a request of its own, as candidates are.
import { once } from 'node:events';
import { connect } from 'node:net';
import { keepBusy, PAIRS, sdp } from './busy.mjs';
import { openStream, post } from './stream.mjs';

const WINDOW = 8;

const payload = JSON.stringify({ type: 'offer', sdp });
/** What each message has once, at its end: in JSON within JSON unless it is plain. */
const END = 'generation 0\\\\r\\\\n\\"';
const PLAIN_END = 'generation 0\\r\\n"';

/**
 * `path` is that of the request with the nth message, `body` what it carries, `receiver` the stream that gets it and `end`
 * what it knows a message by.
 */
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
    return { path: (n) => `/events/${sender.token}?from=${n + 2}`, body, receiver: receiver.stream, end: END };
  },
  async bare(url, pair) {
    const receiver = await openStream(new URL(`pair-${pair}`, url));
    await receiver.until('open');
    return { path: () => `/pair-${pair}`, body: JSON.stringify(payload), receiver, end: END };
  },
  /** The bare server as well, with the messages and answers of web-connections. */
  async numbers(url, pair) {
    const path = `/numbers/pair-${pair}`;
    const receiver = await openStream(new URL(path, url));
    await receiver.until('open');
    const body = JSON.stringify({ from: `sender-${pair}`, to: `receiver-${pair}`, type: 'offer', data: { sdp } });
    return { path: () => path, body, receiver, end: PLAIN_END };
  },
  async 'web-connections'(url, pair) {
    const [from, to] = [`sender-${pair}`, `receiver-${pair}`];
    const sender = await openStream(new URL(`messages/${from}`, url));
    const receiver = await openStream(new URL(`messages/${to}`, url));
    await Promise.all([sender.until('listing'), receiver.until('listing')]);
    const body = JSON.stringify({ from, to, type: 'offer', data: { sdp } });
    return { path: () => '/message', body, receiver, end: PLAIN_END, headers: `Cookie: ${sender.cookie}\r\n` };
  },
};

const [name, url, warmUp, measured] = process.argv.slice(2);
const pairs = [];
for (let pair = 0; pair < PAIRS; pair += 1) {
  const { path, body, receiver, end, headers = '' } = await dialects[name](url, pair);
  const { host, hostname, port } = new URL(url);
  // One connection, and on it one request after the other without waiting for answers: they are taken in this order.
  const socket = connect(Number(port), hostname);
  socket.resume();
  await once(socket, 'connect');
  const head = `Host: ${host}\r\n${headers}Content-Type: text/plain\r\nContent-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`;
  let sent = 0;
  const send = () => {
    if (socket.writableCorked === 0) {
      socket.cork();
      process.nextTick(() => socket.uncork());
    }
    socket.write(`POST ${path(sent)} HTTP/1.1\r\n${head}`);
    sent += 1;
  };
  pairs.push({ send, onArrival: (count) => receiver.count(Buffer.from(end), count) });
}
await keepBusy(pairs, WINDOW, Number(warmUp), Number(measured));
