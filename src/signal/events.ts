import type { CloseReason } from '../protocol/closes.ts';
import type { UpgradeRefusalCode } from '../protocol/endpoint.ts';
import type { SnapError } from '../protocol/errors.ts';
import type { LeaveReason, PeerKind } from '../protocol/signaling.ts';
import type { AccessProblem } from './access.ts';

/** What happens in the rooms of a daemon, for its owner's log. Never holds a token or a key. */
export type RoomEvent =
  | {
      readonly type: 'peer-joined';
      readonly room: string;
      readonly peer: string;
      readonly number: number;
      readonly name: string;
      readonly kind: PeerKind;
    }
  | { readonly type: 'peer-away'; readonly room: string; readonly peer: string; readonly number: number }
  | { readonly type: 'peer-back'; readonly room: string; readonly peer: string; readonly number: number }
  | {
      readonly type: 'peer-left';
      readonly room: string;
      readonly peer: string;
      readonly number: number;
      readonly reason: LeaveReason;
    }
  /** A client that never got a seat. */
  | {
      readonly type: 'refused';
      readonly reason: CloseReason | UpgradeRefusalCode;
      readonly room?: string;
      /** What was wrong with the key or token, with `access-denied`. */
      readonly problem?: AccessProblem;
    }
  /** A connection of a seated peer that the daemon ended. */
  | { readonly type: 'cut'; readonly reason: CloseReason; readonly room: string; readonly peer: string };

export type DaemonEvent =
  | RoomEvent
  | { readonly type: 'listening'; readonly url: string; readonly host: string; readonly port: number }
  | { readonly type: 'stopping' }
  | { readonly type: 'stopped' }
  /** Something went wrong in the daemon itself; it was contained and the daemon goes on. */
  | { readonly type: 'failed'; readonly error: SnapError };
