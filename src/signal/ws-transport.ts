import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { WebSocket, WebSocketServer } from 'ws';
import { CLOSES, type CloseReason } from '../protocol/closes.ts';
import { toSnapError } from '../protocol/errors.ts';
import type { Text } from './client-frame.ts';
import type { DaemonLimits } from './daemon-limits.ts';
import type { DaemonEvent } from './events.ts';
import type { Line, LineHandler } from './switchboard.ts';
import { refusalResponse, refuseForNow, webSocketExpected, type UpgradeRefusal } from './upgrade.ts';

/** Pieces in which one message may come; 64 KiB in the smallest TCP segments are 123. Each piece costs its own memory. */
const MAX_PIECES = 1_024;

/** What kind of WebSockets these are, and who understands what comes over them. */
export interface WsService {
  readonly handler: LineHandler;
  /** Why a request gets no WebSocket, as far as it says so itself. */
  readonly refuse: (request: IncomingMessage) => UpgradeRefusal | undefined;
  readonly subprotocol?: string;
}

/** What every transport of a daemon is given. */
export interface TransportOptions {
  readonly limits: DaemonLimits;
  /** Milliseconds that only grow. */
  readonly now: () => number;
  readonly onEvent: (event: DaemonEvent) => void;
  /** Whether the daemon takes one more connection, of whatever transport. */
  readonly hasRoom: () => boolean;
}

/** WebSockets as lines of a handler. Nothing a client does reaches another one's socket or the process. */
export class WsTransport {
  readonly #handler: LineHandler;
  readonly #refuseRequest: WsService['refuse'];
  readonly #limits: DaemonLimits;
  readonly #now: () => number;
  readonly #onEvent: (event: DaemonEvent) => void;
  readonly #hasRoom: () => boolean;
  readonly #sockets: WebSocketServer;
  readonly #lines = new Set<WsLine>();
  #stopping = false;

  constructor(service: WsService, options: TransportOptions) {
    const { subprotocol = false } = service;
    this.#handler = service.handler;
    this.#refuseRequest = service.refuse;
    this.#limits = options.limits;
    this.#now = options.now;
    this.#onEvent = options.onEvent;
    this.#hasRoom = options.hasRoom;
    this.#sockets = new WebSocketServer({
      noServer: true,
      clientTracking: false,
      perMessageDeflate: false,
      maxPayload: this.#limits.messageBytes,
      maxFragments: MAX_PIECES,
      maxBufferedChunks: MAX_PIECES,
      handleProtocols: () => subprotocol,
    });
    this.#sockets.on('wsClientError', (error, socket) => {
      this.#refuse(socket, { ...webSocketExpected, status: 400, line: `${webSocketExpected.line}: ${error.message}` });
    });
  }

  /** Answers a request for a WebSocket. */
  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    try {
      const refusal =
        this.#refuseRequest(request) ??
        refuseForNow(this.#stopping, this.#hasRoom()) ??
        this.#handler.refuse?.(request);
      if (refusal !== undefined) this.#refuse(socket, refusal);
      else this.#sockets.handleUpgrade(request, socket, head, (ws) => this.#open(ws, socket, request));
    } catch (error) {
      socket.destroy();
      this.#onEvent({ type: 'failed', error: toSnapError(error) });
    }
  }

  /** Enforces the deadlines of open sockets. */
  sweep(): void {
    const now = this.#now();
    const { closeMs, pingMs, queuedBytes, silentMs } = this.#limits;
    for (const line of this.#lines) {
      if (line.isClosing) {
        // Some clients never answer a close frame, or never close after one of their own.
        if (line.closingAt === undefined) this.#gone(line);
        line.closingAt ??= now;
        if (now - line.closingAt >= closeMs) line.terminate();
      } else if (line.queuedBytes > queuedBytes) this.#handler.cut(line, 'slow-consumer');
      else if (now - line.heardAt >= silentMs) line.terminate();
      else if (now - Math.max(line.heardAt, line.pingedAt) >= pingMs) line.ping(now);
    }
  }

  /** Refuses whoever still comes and tells the others to go. */
  stop(reason: CloseReason): void {
    this.#stopping = true;
    for (const line of this.#lines) line.close(reason);
  }

  terminate(): void {
    for (const line of this.#lines) line.terminate();
  }

  get connections(): number {
    return this.#lines.size;
  }

  #refuse(socket: Duplex, refusal: UpgradeRefusal): void {
    // The HTTP server has let go of this socket: its errors and its end are ours to look after.
    socket.on('error', () => socket.destroy());
    socket.resume();
    socket.end(refusalResponse(refusal));
    const timer = setTimeout(() => socket.destroy(), this.#limits.closeMs);
    socket.once('close', () => clearTimeout(timer));
    this.#onEvent({ type: 'refused', reason: refusal.code });
  }

  #open(ws: WebSocket, socket: Duplex, request: IncomingMessage): void {
    const line = new WsLine(ws, socket, this.#now());
    this.#lines.add(line);
    this.#handler.open(line, request);
    const heard = (): void => {
      line.heardAt = this.#now();
    };
    ws.on('message', (data, isBinary) => {
      if (line.isClosing) return;
      heard();
      if (isBinary) this.#handler.cut(line, 'binary-message');
      else if (Buffer.isBuffer(data)) this.#handler.receive(line, data);
    });
    ws.on('ping', heard);
    ws.on('pong', heard);
    ws.on('error', (error) => {
      // The connection broke, or ws has answered a broken frame with a close frame of its own; the line is over anyway.
      const reason = reasonOf(error);
      if (reason === undefined) this.#gone(line);
      else this.#handler.cut(line, reason);
    });
    ws.on('close', () => {
      this.#lines.delete(line);
      this.#gone(line);
    });
  }

  #gone(line: WsLine): void {
    // When all are sent away there is nobody left to tell.
    if (!this.#stopping) this.#handler.gone(line);
  }
}

class WsLine implements Line {
  readonly transport = 'ws';
  readonly #ws: WebSocket;
  readonly #socket: Duplex;
  heardAt: number;
  pingedAt: number;
  /** When the sweep first saw the line closing. */
  closingAt: number | undefined;

  constructor(ws: WebSocket, socket: Duplex, now: number) {
    this.#ws = ws;
    this.#socket = socket;
    this.heardAt = now;
    this.pingedAt = now;
  }

  get isClosing(): boolean {
    return this.#ws.readyState !== WebSocket.OPEN;
  }

  get queuedBytes(): number {
    return this.#ws.bufferedAmount;
  }

  send(frame: Text): void {
    if (this.isClosing) return;
    // What one read brings for this client goes out in one write: system calls are most of what a relay costs.
    if (this.#socket.writableCorked === 0) {
      this.#socket.cork();
      process.nextTick(uncork, this.#socket);
    }
    this.#ws.send(frame, AS_TEXT);
  }

  ping(now: number): void {
    this.pingedAt = now;
    this.#ws.ping();
  }

  close(reason: CloseReason): void {
    if (!this.isClosing) this.#ws.close(CLOSES[reason].code, reason);
  }

  terminate(): void {
    this.#ws.terminate();
  }
}

function uncork(socket: Duplex): void {
  socket.uncork();
}

/** A Buffer would become a binary frame otherwise. */
const AS_TEXT = { binary: false };

function reasonOf(error: Error & { code?: string }): CloseReason | undefined {
  if (error.code === 'WS_ERR_UNSUPPORTED_MESSAGE_LENGTH') return 'message-too-big';
  if (error.code === 'WS_ERR_UNSUPPORTED_DATA_PAYLOAD_LENGTH') return 'message-too-big';
  return error.code === 'WS_ERR_INVALID_UTF8' ? 'not-utf8' : undefined;
}
