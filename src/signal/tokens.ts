import { createHash, randomBytes } from 'node:crypto';

/** What proves that a seat is somebody's own. The id is public, the token is known to its peer only. */
export interface SeatClaim {
  readonly peer: string;
  readonly token: string;
}

/** Seconds since the epoch, in four bytes until 2106. */
const STAMP_BYTES = 4;
/** With the stamp 24 bytes, which are 32 characters of base64url without padding; 160 random bits are beyond guessing. */
const RANDOM_BYTES = 20;
const PEER_LENGTH = 16;
/** A token may be this much younger than now: somebody has set the clock back a little. */
const SKEW_MS = 60_000;

/** `now` is milliseconds since the epoch. */
export function makeSeatClaim(now = Date.now()): SeatClaim {
  const stamp = Buffer.alloc(STAMP_BYTES);
  stamp.writeUInt32BE(Math.floor(now / 1_000));
  const token = Buffer.concat([stamp, randomBytes(RANDOM_BYTES)]).toString('base64url');
  return { peer: peerOf(token), token };
}

/**
 * The peer id that belongs to a token: the first 16 characters of base64url(SHA-256("snap-share seat v1" ‖ token)). An id
 * can be claimed only by who holds its token, so no daemon needs to remember tokens, and one that was restarted gives
 * everybody the seat they had. The stamp is hashed with the rest: who changes it is another peer.
 */
export function peerOf(token: string): string {
  return createHash('sha256').update('snap-share seat v1').update(token).digest('base64url').slice(0, PEER_LENGTH);
}

/**
 * How much longer a token is good, ms; 0 or less when it is not. As it says only in which second it was made, it is good for
 * `ttlMs` from the end of that second. One that no clock of ours can have stamped is not good at all.
 */
export function sessionLeftMs(token: string, ttlMs: number, now: number): number {
  const madeAt = Buffer.from(token, 'base64url').readUInt32BE() * 1_000;
  return madeAt > now + SKEW_MS ? 0 : madeAt + 1_000 + ttlMs - now;
}
