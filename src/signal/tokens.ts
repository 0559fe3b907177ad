import { createHash, randomBytes } from 'node:crypto';

/** What proves that a seat is somebody's own. The id is public, the token is known to its peer only. */
export interface SeatClaim {
  readonly peer: string;
  readonly token: string;
}

/** 144 random bits are beyond guessing and are 32 characters of base64url without padding. */
const TOKEN_BYTES = 24;
const PEER_LENGTH = 16;

export function makeSeatClaim(): SeatClaim {
  const token = randomBytes(TOKEN_BYTES).toString('base64url');
  return { peer: peerOf(token), token };
}

/**
 * The peer id that belongs to a token: the first 16 characters of base64url(SHA-256("snap-share seat v1" ‖ token)). An id
 * can be claimed only by who holds its token, so no daemon needs to remember tokens, and one that was restarted gives
 * everybody the seat they had.
 */
export function peerOf(token: string): string {
  return createHash('sha256').update('snap-share seat v1').update(token).digest('base64url').slice(0, PEER_LENGTH);
}
