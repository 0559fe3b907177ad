import { LIMITS } from '../protocol/limits.ts';

/** The bounds a daemon works within; each of the protocol's own has its reason in protocol/limits.ts. */
export const DAEMON_LIMITS = {
  messageBytes: LIMITS.messageBytes,
  joinMs: LIMITS.joinMs,
  pingMs: LIMITS.pingMs,
  silentMs: LIMITS.silentMs,
  seatHoldMs: LIMITS.seatHoldMs,
  queuedBytes: LIMITS.queuedBytes,
  badMessages: LIMITS.badMessages,
  connections: LIMITS.connections,
  /** Seats kept for peers that are away: as many as there can be sockets, so that coming and going fills no memory. */
  heldSeats: LIMITS.connections,
  /** TCP connections beyond those of seated peers: requests for pages and health, clients on their way in. */
  requests: 1_024,
  /** How long a client may take to answer a close frame; one that does not read never will. */
  closeMs: 2_000,
  /** How long a broken stream of events may be taken up where it ended; after that its seat is held as for any transport. */
  resumeMs: 10_000,
  /** Frames kept for a client that takes its stream up again; one that missed more joins again with its seat. */
  replayBytes: 262_144,
  /** How often a stream of events carries a comment: more often than proxies cut what is silent. */
  commentMs: 15_000,
  /** How long an HTTP request may take to arrive; ours have few headers and bodies of a few messages. */
  requestMs: 10_000,
  /** Joins of a private daemon that may fail from one address within `failedJoinMs` of the first; then it is not listened to. */
  failedJoins: 10,
  failedJoinMs: 60_000,
  /** Addresses whose failed joins are remembered: about 2 MB. */
  failedJoinAddresses: 10_000,
  /** How long clients have to go when the daemon stops: leaves 2 s of the 5 s promised. */
  stopMs: 3_000,
  /** How often deadlines are looked at. One timer for all connections: a timer for each would cost more than its peer. */
  sweepMs: 500,
} as const satisfies Record<string, number>;

export type DaemonLimits = { readonly [Name in keyof typeof DAEMON_LIMITS]: number };
