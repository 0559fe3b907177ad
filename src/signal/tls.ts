import type { Server } from 'node:https';
import type { Socket } from 'node:net';

/** TLS 1.2 is the least that any browser still speaks. */
export const TLS_MIN_VERSION = 'TLSv1.2';

/** What a browser shows to whoever typed `http://`. Where it should have gone instead stood in what TLS has discarded. */
const PLAIN_HTTP_ANSWER = plainAnswer(
  'expected https, got plain http: put https:// before the address in place of http://',
);

/**
 * Looks after connections of a TLS server until their handshake is over: no HTTP server knows them before. A handshake
 * that never ends is cut by the server's `handshakeTimeout`, or by the returned function, at once.
 */
export function watchHandshakes(server: Server): () => void {
  /** TCP connections by the address at their other end: the TLS socket on top of one has no reference to it. */
  const shaking = new Map<string, Socket>();
  server.on('connection', (socket: Socket) => {
    const client = clientOf(socket);
    shaking.set(client, socket);
    socket.once('close', () => {
      if (shaking.get(client) === socket) shaking.delete(client);
    });
  });
  server.on('secureConnection', (socket) => shaking.delete(clientOf(socket)));
  // Before the server's own listener, which destroys the connection.
  server.prependListener('tlsClientError', (error: NodeJS.ErrnoException, socket) => {
    if (error.code !== 'ERR_SSL_HTTP_REQUEST') return;
    const plain = shaking.get(clientOf(socket));
    // From a client that does not wait for the answer; an error that nobody hears would end the process.
    plain?.on('error', () => plain.destroy());
    plain?.end(PLAIN_HTTP_ANSWER);
  });
  return () => {
    for (const socket of shaking.values()) socket.destroy();
  };
}

function clientOf({ remoteAddress = '', remotePort = 0 }: Socket): string {
  return `${remoteAddress} ${remotePort}`;
}

function plainAnswer(line: string): string {
  const body = `${line}\n`;
  return [
    'HTTP/1.1 400 Bad Request',
    'Connection: close',
    'Content-Type: text/plain; charset=utf-8',
    `Content-Length: ${Buffer.byteLength(body)}`,
    'X-Content-Type-Options: nosniff',
    '',
    body,
  ].join('\r\n');
}
