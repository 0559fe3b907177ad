import type { MediaType } from '../protocol/control.ts';
import type { SnapError } from '../protocol/errors.ts';
import type { LeaveReason, PeerInfo } from '../protocol/signaling.ts';
import type { Route } from './rtc.ts';
import type { Transport } from './signal-socket.ts';

/** What happens in a room, in the order in which it happens. `ms` are durations; `peer` and `photo` are ids. */
export type PeerEvent =
  /** Admitted, the first time or again after the daemon was lost; as another peer when our session was over. */
  | {
      type: 'room';
      room: string;
      you: string;
      number: number;
      capacity: number;
      peers: readonly PeerInfo[];
      again: boolean;
      /** Which snap-share the daemon is. */
      daemonVersion: string;
      /** How we speak to it: `sse` where WebSockets do not get through. */
      transport: Transport;
    }
  | { type: 'peer-joined'; peer: string; name: string; kind: PeerInfo['kind']; number: number }
  | {
      type: 'peer-connected';
      peer: string;
      name: string;
      route: Route;
      verified: boolean;
      /** Only when not verified: the same four words at both ends, for two people to compare. */
      words?: readonly string[];
      ms: number;
    }
  /** The connection died; a new one is being made. */
  | { type: 'peer-reconnecting'; peer: string; name: string; error: SnapError }
  /** No connection for a while, with the reason of the last attempt; attempts go on. */
  | { type: 'peer-unreachable'; peer: string; name: string; error: SnapError }
  /** This peer broke the protocol or could not be verified; nothing is exchanged with it. */
  | { type: 'peer-refused'; peer: string; name: string; error: SnapError }
  | { type: 'peer-left'; peer: string; name: string; reason: LeaveReason }
  | { type: 'photo-progress'; direction: 'in' | 'out'; photo: string; peer: string; bytes: number; total: number }
  | { type: 'photo-delivered'; photo: string; peer: string; sha256: string; bytes: number; stored: boolean; ms: number }
  | {
      type: 'photo-received';
      photo: string;
      peer: string;
      /** The sender's name and the photo's: text for display. */
      from: string;
      name?: string;
      bytes: number;
      width: number;
      height: number;
      mediaType: MediaType;
      sha256: string;
      stored: boolean;
      path?: string;
    }
  | { type: 'photo-failed'; direction: 'in' | 'out'; photo: string; peer: string; error: SnapError }
  /**
   * The daemon is out of reach. Links live on, and the seat is taken again as soon as it is back. With `session-expired`
   * the daemon is there: links are made anew, as those of another peer.
   */
  | { type: 'daemon-lost'; error: SnapError }
  /** Nothing follows: the daemon does not want us back. */
  | { type: 'ended'; error: SnapError };
