import type { PeerEvent } from '../peer/events.ts';
import type { Transport } from '../peer/signal-socket.ts';
import type { LeaveReason, PeerInfo } from '../protocol/signaling.ts';
import type { Failure } from './exit-codes.ts';

/**
 * What a command reports: with `--json` one line each on standard output (README, "Events"), otherwise as text for a
 * person. `peer` and `photo` are ids, `ms` durations; names are text for display.
 */
export type CliEvent = CliEventFields & {
  /** Which of several peers of one process it happened to. */
  readonly as?: string;
};

type CliEventFields =
  | { event: 'hello'; version: string; command: string }
  | {
      event: 'ready';
      url: string;
      fingerprint?: string;
      compat?: readonly { name: string; url: string }[];
      private?: true;
    }
  | {
      event: 'room';
      room: string;
      you: string;
      number: number;
      capacity: number;
      peers: readonly PeerInfo[];
      link?: string;
      again?: true;
      daemonVersion: string;
      transport: Transport;
    }
  | { event: 'peer-joined'; peer: string; name: string; kind: PeerInfo['kind']; number: number; room?: string }
  | {
      event: 'peer-connected';
      peer: string;
      name: string;
      route: string;
      verified: boolean;
      words?: string;
      ms: number;
    }
  | { event: 'peer-reconnecting'; peer: string; name: string; code: string; message: string }
  | { event: 'peer-left'; peer: string; name?: string; reason: LeaveReason; room?: string }
  | {
      event: 'photo-captured';
      photo: string;
      bytes: number;
      width: number;
      height: number;
      type: string;
      sha256: string;
      source: string;
      /** Of the picture as it was taken or read. */
      inputBytes: number;
    }
  | { event: 'photo-progress'; direction: 'in' | 'out'; photo: string; peer: string; bytes: number; total: number }
  | {
      event: 'photo-delivered';
      photo: string;
      peer: string;
      sha256: string;
      bytes: number;
      stored: boolean;
      ms: number;
    }
  | {
      event: 'photo-received';
      photo: string;
      peer: string;
      /** The sender's name. */
      from: string;
      name?: string;
      path?: string;
      bytes: number;
      width: number;
      height: number;
      type: string;
      sha256: string;
      stored: boolean;
    }
  | { event: 'photo-failed'; direction: 'in' | 'out'; photo: string; peer: string; code: string; message: string }
  | { event: 'daemon-lost'; code: string; message: string }
  | { event: 'warning'; code: string; message: string; peer?: string }
  | { event: 'refused'; reason: string; room?: string; problem?: string }
  | { event: 'listing'; room: string; capacity: number; peers: number }
  | {
      event: 'peer';
      peer: string;
      name: string;
      kind: PeerInfo['kind'];
      number: number;
      /** ISO 8601, by the clock of this machine. */
      since: string;
      ageMs: number;
      transport: Transport;
      away?: boolean;
    }
  /** `expires` is a date as ISO 8601 has it. */
  | { event: 'token'; room: string; token: string; expires: string; link?: string }
  | {
      event: 'summary';
      peers: number;
      receipts: number;
      connectMs: { median: number; max: number };
      deliveryMs: { median: number; max: number };
      saved?: string;
    }
  | { event: 'done'; ok: boolean; exit: number; error?: Pick<Failure, 'code' | 'message' | 'retryable'> };

/** The event that a command reports for what happened in a room. */
export function fromPeerEvent(event: PeerEvent, link?: string): CliEvent | undefined {
  switch (event.type) {
    case 'room': {
      const { type: _, again, ...rest } = event;
      return { event: 'room', ...rest, ...(link === undefined ? {} : { link }), ...(again ? { again } : {}) };
    }
    case 'peer-connected': {
      const { type: _, words, ms, ...rest } = event;
      const spoken = words === undefined ? {} : { words: words.join(' ') };
      return { event: 'peer-connected', ...rest, ...spoken, ms: Math.round(ms) };
    }
    case 'peer-joined':
    case 'peer-left':
    case 'photo-progress': {
      const { type, ...rest } = event;
      return { event: type, ...rest } as CliEvent;
    }
    case 'photo-delivered': {
      const { type, ms, ...rest } = event;
      return { event: type, ...rest, ms: Math.round(ms) };
    }
    case 'photo-received': {
      const { type, mediaType, ...rest } = event;
      return { event: type, ...rest, type: mediaType };
    }
    case 'photo-failed': {
      const { type, error, ...rest } = event;
      return { event: type, ...rest, code: error.code, message: error.message };
    }
    case 'peer-reconnecting': {
      const { peer, name, error } = event;
      return { event: 'peer-reconnecting', peer, name, code: error.code, message: error.message };
    }
    case 'peer-unreachable':
    case 'peer-refused': {
      const { peer, error, name } = event;
      return { event: 'warning', code: error.code, message: `${JSON.stringify(name)}: ${error.message}`, peer };
    }
    case 'daemon-lost':
      return { event: 'daemon-lost', code: event.error.code, message: event.error.message };
    case 'ended':
      // The end of the command tells it.
      return undefined;
  }
}
