import type { CloseReason } from '../protocol/closes.ts';
import type { DaemonMessage, PeersMessage, Transport } from '../protocol/signaling.ts';
import type { RoomEvent } from './events.ts';

/** What the rooms want done. Connections and payloads are whatever the caller has given. */
export type Effect<Connection, Payload> = Notice<Connection> | Relay<Connection, Payload>;

/** A `signal` message from the peer `from`, with the payload as it came. */
export interface Relay<Connection, Payload> {
  readonly kind: 'relay';
  readonly to: Connection;
  readonly from: string;
  readonly payload: Payload;
}

export type Notice<Connection> =
  | { readonly kind: 'send'; readonly to: Connection; readonly message: Notification }
  /** The connection has no seat any more; nothing that still comes from it counts. */
  | { readonly kind: 'close'; readonly connection: Connection; readonly reason: CloseReason }
  | { readonly kind: 'note'; readonly event: RoomEvent };

/** What the daemon says of its own accord. */
export type Notification = Exclude<DaemonMessage, { type: 'signal' }> | PeersMessage;

/** How and when a message came. */
export interface Arrival {
  /** Milliseconds that only grow. */
  readonly now: number;
  readonly transport: Transport;
}
