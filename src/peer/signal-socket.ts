import type { UpgradeRefusalCode } from '../protocol/endpoint.ts';
import type { Transport } from '../protocol/signaling.ts';

export type { Transport };

/**
 * The port to a signaling transport: an ordered stream of text messages to and from the daemon at this base address,
 * `http://host:port/`. Adapters: ws in Node (node/signal-socket.ts), the browser's WebSocket, events and POST
 * (event-stream-socket.ts), and whichever of two gets through (auto-signal-socket.ts).
 * @throws SnapError `usage` when `server` is no address
 */
export type OpenSignalSocket = (server: string, events: SignalSocketEvents) => SignalSocket;

/** Called never before `OpenSignalSocket` has returned. */
export interface SignalSocketEvents {
  onOpen(): void;
  onMessage(text: string): void;
  /** Anything the other side sent that is no text message also counts as a sign of life. */
  onAlive(): void;
  /** The stream is over; nothing follows. */
  onClose(close: SignalSocketClose): void;
}

export interface SignalSocketClose {
  /** As in a WebSocket close frame, 1006 when there was none. */
  readonly code: number;
  readonly reason: string;
  /** In one line, why a connection could not be opened. */
  readonly problem?: string;
  /** What answered gave no connection, or is no snap-share daemon at all, or could not prove which one it is. */
  readonly refusal?: UpgradeRefusalCode | 'certificate-refused';
  /** When the daemon wants to be asked again, ms from now. */
  readonly retryAfterMs?: number | undefined;
  readonly cause?: unknown;
}

export interface SignalSocket {
  /** What carries it, as soon as it is open. */
  readonly transport: Transport;
  /** Queues a message; after the end it is dropped. */
  send(text: string): void;
  /** Ends the stream politely, or at once when the other side does not answer within a second. */
  close(): void;
}
