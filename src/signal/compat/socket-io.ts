import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import { Server, type Socket } from 'socket.io';
import type { CloseReason } from '../../protocol/closes.ts';
import { toSnapError } from '../../protocol/errors.ts';
import { pathOf, refusalResponse, refuseForNow, type UpgradeRefusal } from '../upgrade.ts';
import type { Dialect, DialectContext } from './dialect.ts';
import { SocketIoClient, type OpenSocketIoService, type SocketIoLine, type SocketIoPort } from './socket-io-service.ts';

const PATH = '/socket.io/';
/** The client's script in its forms, exactly: Socket.IO takes any other path for a request to speak to it. */
const SCRIPT_PATH = /^\/socket\.io\/socket\.io(?:(?:\.(?:esm|msgpack))?\.min)?\.js(?:\.map)?$/;
/** What is kept of a packet beside its text; many small ones are no way around the bound. */
const PACKET_BYTES = 256;

type Session = Socket['conn'];

interface Opened {
  readonly session: Session;
  /** Where it was opened from. */
  readonly address: string;
}

/** Dialects over Socket.IO that share a port: one server for all of them, within the daemon's limits and its rules for origins. */
export function openSocketIo(services: readonly OpenSocketIoService[], context: DialectContext): Dialect {
  return new SocketIoDialect(services, context);
}

class SocketIoDialect implements Dialect {
  readonly #context: DialectContext;
  /** Never listens: what Socket.IO attaches itself to hears only what the daemon passes on. */
  readonly #front = createServer();
  readonly #io: Server;
  /** By session id, which is a secret except for clients of version 2: they have no other id. */
  readonly #sessions = new Map<string, Opened>();
  /** What those sessions began with. */
  readonly #begun = new Set<IncomingMessage>();
  readonly #upgraded = new Set<Upgraded>();
  /** Requests that are not answered yet; most of them wait for something to be said to their client. */
  readonly #waiting = new Set<ServerResponse>();
  #stopping = false;

  constructor(services: readonly OpenSocketIoService[], context: DialectContext) {
    this.#context = context;
    const { joinMs, messageBytes, pingMs, silentMs } = context.limits;
    this.#io = new Server(this.#front, {
      path: PATH,
      allowEIO3: true,
      maxHttpBufferSize: messageBytes,
      pingInterval: pingMs,
      pingTimeout: silentMs - pingMs,
      connectTimeout: joinMs,
      upgradeTimeout: joinMs,
      perMessageDeflate: false,
      httpCompression: false,
      // Only requests of origins that may speak to the daemon come this far, and those for the script.
      cors: { origin: true, credentials: true },
    });
    this.#io.engine.on('connection', (session: Session) => this.#open(session));
    const opened = services.map((open) => open(context));
    // Each client is in a room of Socket.IO that has its id for a name, and in no other.
    const port: SocketIoPort = { sayTo: (ids, event, ...args) => void this.#io.to([...ids]).emit(event, ...args) };
    this.#io.on('connection', (socket) => {
      this.#attempt(socket, () => {
        const client = new SocketIoClient(opened, lineOf(socket, port));
        socket.onAny((event: unknown, ...args: unknown[]) =>
          this.#attempt(socket, () => {
            if (socket.connected) client.receive(event, args);
          }),
        );
        socket.on('disconnect', () => {
          // When all are sent away there is nobody left to tell.
          if (this.#stopping) return;
          this.#attempt(socket, () => client.gone());
          // Without waiting for a poll that may never come: a client that has left knows so.
          socket.conn.close(true);
        });
      });
    });
  }

  takesSocket(path: string): boolean {
    return path.startsWith(PATH);
  }

  readonly handle = (request: IncomingMessage, response: ServerResponse): boolean => {
    const path = pathOf(request.url);
    if (!this.takesSocket(path)) return false;
    const isScript = SCRIPT_PATH.test(path) && (request.method === 'GET' || request.method === 'HEAD');
    // A script element says of its page only that it is of another origin, and the script is no secret.
    const refusal = isScript ? undefined : this.#refuse(request);
    if (refusal !== undefined) {
      this.#context.onEvent({ type: 'refused', reason: refusal.code });
      // Whatever body there is, nobody reads it.
      response.writeHead(refusal.status, { Connection: 'close', 'Content-Type': 'text/plain; charset=utf-8' });
      response.end(`${refusal.line}\n`);
      return true;
    }
    this.#waiting.add(response);
    response.once('close', () => this.#waiting.delete(response));
    if (isScript) {
      response.setHeader('Cross-Origin-Resource-Policy', 'cross-origin');
      // It is not worth compressing anew for everybody who asks.
      delete request.headers['accept-encoding'];
    }
    this.#front.emit('request', request, response);
    return true;
  };

  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    const upgraded: Upgraded = { socket, request, closingAt: undefined };
    this.#upgraded.add(upgraded);
    socket.once('close', () => this.#upgraded.delete(upgraded));
    socket.on('error', () => socket.destroy());
    try {
      const refusal = this.#refuse(request);
      if (refusal === undefined) {
        this.#front.emit('upgrade', request, socket, head);
        return;
      }
      this.#context.onEvent({ type: 'refused', reason: refusal.code });
      socket.resume();
      socket.end(refusalResponse(refusal));
    } catch (error) {
      socket.destroy();
      this.#context.onEvent({ type: 'failed', error: toSnapError(error) });
    }
  }

  /** Socket.IO looks after silent clients itself, but waits for half a minute for one that does not answer a close frame. */
  sweep(): void {
    const now = this.#context.now();
    for (const one of this.#upgraded) {
      const sid = sessionIdOf(one.request);
      if (sid === undefined ? this.#begun.has(one.request) : this.#sessions.has(sid)) continue;
      one.closingAt ??= now;
      if (now - one.closingAt >= this.#context.limits.closeMs) one.socket.destroy();
    }
  }

  stop(_reason: CloseReason): void {
    this.#stopping = true;
    // Otherwise connections on which clients waited would stay for the next request.
    for (const response of this.#waiting) if (!response.headersSent) response.setHeader('Connection', 'close');
    this.#io.close().catch((error: unknown) => this.#context.onEvent({ type: 'failed', error: toSnapError(error) }));
  }

  terminate(): void {
    for (const { socket } of this.#upgraded) socket.destroy();
  }

  get connections(): number {
    return this.#sessions.size;
  }

  #open(session: Session): void {
    const { addressOf, limits } = this.#context;
    const { queuedBytes } = limits;
    const { request, transport } = session;
    const { sid } = transport;
    this.#sessions.set(sid, { session, address: addressOf(request) });
    this.#begun.add(request);
    session.once('close', () => {
      this.#sessions.delete(sid);
      this.#begun.delete(request);
    });
    let queued = 0;
    session.on('packetCreate', ({ data }: { data?: string | Buffer }) => {
      queued += PACKET_BYTES + (data === undefined ? 0 : Buffer.byteLength(data));
      // Not now: whoever is telling many of something must not be disturbed by one of them leaving.
      if (queued > queuedBytes) queueMicrotask(() => session.close(true));
    });
    // All that waited is on its way, and nothing follows it until the client has taken it.
    session.on('flush', () => (queued = 0));
  }

  #refuse(request: IncomingMessage): UpgradeRefusal | undefined {
    const refusal = this.#context.refuseOrigin(request);
    if (refusal !== undefined) return refusal;
    const sid = sessionIdOf(request);
    const opened = sid === undefined ? undefined : this.#sessions.get(sid);
    if (opened !== undefined && !this.#stopping) return refuseStranger(this.#context.addressOf(request), opened);
    return refuseForNow(this.#stopping, this.#context.hasRoom());
  }

  /** What goes wrong costs this client its connection, and nobody else anything. */
  #attempt(socket: Socket, work: () => void): void {
    try {
      work();
    } catch (error) {
      this.#context.onEvent({ type: 'failed', error: toSnapError(error) });
      socket.conn.close(true);
    }
  }
}

/** A connection that is a WebSocket, or asks to become one. */
interface Upgraded {
  readonly socket: Duplex;
  readonly request: IncomingMessage;
  /** When the sweep first saw it without a session. */
  closingAt: number | undefined;
}

function lineOf(socket: Socket, port: SocketIoPort): SocketIoLine {
  return {
    id: socket.id,
    port,
    say: (event, ...args) => void socket.emit(event, ...args),
  };
}

/** Of several the last one counts, as it does for Socket.IO. */
function sessionIdOf(request: IncomingMessage): string | undefined {
  return new URLSearchParams(request.url?.split('?').slice(1).join('?')).getAll('sid').at(-1) || undefined;
}

/**
 * The id that a client of version 2 goes by is its session id: others are told it and could go on in its name. So a session
 * that is a WebSocket is moved to no other connection, and one that still polls stays with the address that opened it.
 */
function refuseStranger(from: string, { session, address }: Opened): UpgradeRefusal | undefined {
  const isMoved = session.transport.name === 'websocket';
  const isElsewhere = session.protocol === 3 && from !== address;
  if (!isMoved && !isElsewhere) return undefined;
  return { status: 400, code: 'origin-refused', line: 'expected the client that opened this session' };
}
