import { createHash } from 'node:crypto';
import type { IncomingMessage, Server } from 'node:http';
import type { Duplex } from 'node:stream';
import { WebSocketServer, type WebSocket } from 'ws';

/**
 * Answers WebSockets at this server as daemons and worse do, by path: `/echo`, `/closed` (tells how the echo of the same
 * query ended), `/binary`, `/full`, `/mute` (opens and never says a word), `/refused`. Other paths are left alone.
 */
export function serveSockets(server: Server): void {
  const sockets = new WebSocketServer({ noServer: true });
  const ends = new Map<string, { readonly end: Promise<string>; readonly tell: (end: string) => void }>();
  const endOf = (key: string): { end: Promise<string>; tell: (end: string) => void } => {
    let tell: (end: string) => void = () => {};
    const made = { end: new Promise<string>((resolve) => (tell = resolve)), tell: (end: string) => tell(end) };
    const known = ends.get(key) ?? made;
    ends.set(key, known);
    return known;
  };

  server.on('upgrade', (request: IncomingMessage, stream: Duplex, head: Buffer) => {
    const [path = '', key = ''] = (request.url ?? '').split('?');
    const accept = (then: (socket: WebSocket) => void): void => sockets.handleUpgrade(request, stream, head, then);
    switch (path) {
      case '/echo':
        accept((socket) => {
          socket.send(socket.protocol);
          socket.on('message', (data: Buffer) => socket.send(data.toString('utf8')));
          socket.on('close', (code, reason) => endOf(key).tell(`${code} ${reason.toString()}`));
        });
        return;
      case '/closed':
        accept((socket) => void endOf(key).end.then((end) => socket.send(end)));
        return;
      case '/binary':
        accept((socket) => socket.send(new Uint8Array([1, 2, 3])));
        return;
      case '/full':
        accept((socket) => socket.close(4423, 'room-full'));
        return;
      case '/refused':
        stream.end('HTTP/1.1 503 Service Unavailable\r\nconnection: close\r\ncontent-length: 0\r\n\r\n');
        return;
      case '/mute':
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
