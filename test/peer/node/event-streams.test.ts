import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { expect, test } from 'vitest';
import { nodeEventStreams } from '../../../src/peer/node/event-streams.ts';
import type { SignalSocketClose } from '../../../src/peer/signal-socket.ts';

const HEAD = 'HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n';
const EVENTS = 'event: open\ndata: {"stream":"t"}\n\nevent: close\ndata: {"code":4423,"reason":"room-full"}\n\n'.padEnd(
  200,
  '\n',
);

/** How a client ends whose server answers with this and hangs up. */
async function endingOf(answer: string): Promise<SignalSocketClose> {
  const server = createServer((socket) => {
    socket.on('error', () => {});
    socket.once('data', () => socket.end(answer));
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const { port } = server.address() as AddressInfo;
  const close = await new Promise<SignalSocketClose>((onClose) =>
    nodeEventStreams()(`http://127.0.0.1:${port}/`, {
      onOpen: () => {},
      onMessage: () => {},
      onAlive: () => {},
      onClose,
    }),
  );
  await once(server.close(), 'close');
  return close;
}

test.each([
  ['with the connection, as from an older proxy', `${HEAD}Connection: close\r\n\r\n${EVENTS}`],
  ['with a length', `${HEAD}Content-Length: ${EVENTS.length}\r\n\r\n${EVENTS}`],
  ['in chunks', `${HEAD}Transfer-Encoding: chunked\r\n\r\n${EVENTS.length.toString(16)}\r\n${EVENTS}\r\n0\r\n\r\n`],
])('a stream that is over in one piece %s ends as it says, and nothing else happens', async (_how, answer) => {
  expect(await endingOf(answer)).toEqual({ code: 4423, reason: 'room-full' });
});

test.each([
  ['SSH-2.0-x\r\n', 'it answered something that is no HTTP'],
  ['HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 0\r\n\r\n', 'it answered with something'],
])('a server that is no daemon is told apart from one that is away: %j', async (answer, problem) => {
  const close = await endingOf(answer);
  expect(close.refusal).toBe('not-a-daemon');
  expect(close.problem).toContain(problem);
});
