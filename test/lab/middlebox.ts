import { once } from 'node:events';
import { createServer, request, type IncomingMessage, type ServerResponse } from 'node:http';
import { connect, type AddressInfo, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { Transform } from 'node:stream';

/** What a middlebox does to WebSockets. Plain HTTP gets through all of them. */
export type Habit =
  /** Passes them on. */
  | 'passes'
  /** Answers 403. */
  | 'refuses'
  /** Passes them on, and cuts each after 2 s. */
  | 'cuts'
  /** Takes the request and never answers. */
  | 'holds'
  /** Answers as the daemon would, and lets nothing through afterwards. */
  | 'swallows'
  /** Answers 403, and keeps the first 2 KiB of every other answer until there are more. */
  | 'buffers';

const CUT_MS = 2_000;
const BUFFER_BYTES = 2_048;

/** Something between a peer and its daemon that knows HTTP. */
export interface Middlebox extends AsyncDisposable {
  readonly url: string;
  /** Requests that were passed on so far, as `GET /events`. */
  readonly passed: readonly string[];
  /** Breaks every connection there is. */
  cut(): void;
}

export async function openMiddlebox(daemon: { url: string }, habit: Habit): Promise<Middlebox> {
  const passed: string[] = [];
  const sockets = new Set<Duplex>();
  const keep = (socket: Duplex): void => {
    sockets.add(socket);
    socket.on('error', () => {});
    socket.once('close', () => sockets.delete(socket));
  };
  const server = createServer((incoming, response) => {
    passed.push(`${incoming.method} ${incoming.url?.split('?', 1)[0]}`);
    pass(incoming, response, daemon.url, habit === 'buffers');
  });
  server.on('connection', keep);
  server.on('upgrade', (incoming: IncomingMessage, socket: Socket, head: Buffer) => {
    switch (habit) {
      case 'passes':
      case 'cuts':
      case 'swallows':
        passed.push(`WebSocket ${incoming.url}`);
        keep(tunnel(incoming, socket, head, daemon.url, habit));
        return;
      case 'refuses':
      case 'buffers':
        socket.end('HTTP/1.1 403 Forbidden\r\nConnection: close\r\nContent-Length: 0\r\n\r\n');
        return;
      case 'holds':
        return;
    }
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const cut = (): void => {
    for (const socket of sockets) socket.destroy();
  };
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    passed,
    cut,
    async [Symbol.asyncDispose]() {
      server.close();
      cut();
      if (server.listening) await once(server, 'close');
    },
  };
}

function pass(incoming: IncomingMessage, response: ServerResponse, to: string, isBuffered: boolean): void {
  const { method, headers, url = '/' } = incoming;
  const outgoing = request(new URL(url, to), { method, headers, agent: false });
  outgoing.on('error', () => response.destroy());
  response.once('close', () => outgoing.destroy());
  outgoing.once('response', (answer) => {
    response.writeHead(answer.statusCode ?? 502, answer.headers);
    answer.on('error', () => response.destroy());
    if (isBuffered) answer.pipe(holdBack(BUFFER_BYTES)).pipe(response);
    else answer.pipe(response);
  });
  incoming.on('error', () => outgoing.destroy());
  incoming.pipe(outgoing);
}

/** Keeps the first bytes until there are more than this. */
function holdBack(bytes: number): Transform {
  let held: Buffer | undefined = Buffer.alloc(0);
  return new Transform({
    transform(chunk: Buffer, _encoding, done) {
      if (held === undefined) {
        done(undefined, chunk);
        return;
      }
      held = Buffer.concat([held, chunk]);
      if (held.length <= bytes) {
        done();
        return;
      }
      done(undefined, held);
      held = undefined;
    },
    flush(done) {
      done(undefined, held);
    },
  });
}

/** The WebSocket's bytes, both ways. */
function tunnel(
  incoming: IncomingMessage,
  socket: Socket,
  head: Buffer,
  to: string,
  habit: 'passes' | 'cuts' | 'swallows',
): Socket {
  const daemon = connect(Number(new URL(to).port), '127.0.0.1');
  daemon.on('error', () => {});
  const lines = incoming.rawHeaders.flatMap((name, at, all) => (at % 2 === 0 ? [`${name}: ${all[at + 1]}`] : []));
  daemon.write([`${incoming.method} ${incoming.url} HTTP/1.1`, ...lines, '\r\n'].join('\r\n'));
  daemon.write(head);
  if (habit === 'swallows') {
    daemon.once('data', (answer: Buffer) => socket.write(answer));
    daemon.resume();
    socket.resume();
  } else {
    socket.pipe(daemon).pipe(socket);
  }
  const timer = habit === 'cuts' ? setTimeout(() => socket.destroy(), CUT_MS) : undefined;
  socket.once('close', () => {
    clearTimeout(timer);
    daemon.destroy();
  });
  daemon.once('close', () => socket.destroy());
  return daemon;
}
