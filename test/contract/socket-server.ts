import { createHash } from 'node:crypto';
import type { IncomingMessage, Server } from 'node:http';
import type { Duplex } from 'node:stream';
import { WebSocketServer, type WebSocket } from 'ws';
import { Ends } from './ends.ts';

/**
 * Answers WebSockets at this server as daemons and worse do, by the first part of the path: `/echo/<key>`, `/closed/<key>`
 * (tells how the echo of the same key ended), `/noise` (what is no text message), `/full`, `/mute` (opens and never says a
 * word), `/refused`, `/streams/…` (blocked, as some networks do). Other paths are left alone.
 */
export function serveSockets(server: Server): void {
  const sockets = new WebSocketServer({ noServer: true });
  const ends = new Ends();

  server.on('upgrade', (request: IncomingMessage, stream: Duplex, head: Buffer) => {
    const [, kind = '', key = ''] = (request.url ?? '').split('/');
    const accept = (then: (socket: WebSocket) => void): void => sockets.handleUpgrade(request, stream, head, then);
    switch (kind) {
      case 'echo':
        accept((socket) => {
          socket.send(socket.protocol);
          socket.on('message', (data: Buffer) => socket.send(data.toString('utf8')));
          socket.on('close', (code, reason) => ends.tell(key, `${code} ${reason.toString()}`));
        });
        return;
      case 'closed':
        accept((socket) => void ends.of(key).then((end) => socket.send(end)));
        return;
      case 'noise':
        accept((socket) => socket.send(new Uint8Array([1, 2, 3])));
        return;
      case 'full':
        accept((socket) => socket.close(4423, 'room-full'));
        return;
      case 'refused':
        stream.end('HTTP/1.1 503 Service Unavailable\r\nconnection: close\r\ncontent-length: 0\r\n\r\n');
        return;
      case 'streams':
        stream.end('HTTP/1.1 403 Forbidden\r\nconnection: close\r\ncontent-length: 0\r\n\r\n');
        return;
      case 'mute':
        stream.on('error', () => {});
        stream.write(
          [
            'HTTP/1.1 101 Switching Protocols',
            'upgrade: websocket',
            'connection: upgrade',
            'sec-websocket-protocol: snap-share.v1',
            `sec-websocket-accept: ${acceptKey(request.headers['sec-websocket-key'])}`,
            '\r\n',
          ].join('\r\n'),
        );
        return;
    }
  });
}

/** RFC 6455 section 4.2.2. */
function acceptKey(key = ''): string {
  return createHash('sha1').update(`${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest('base64');
}
