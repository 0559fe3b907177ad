import { createHmac } from 'node:crypto';
import type { IceServer } from '../protocol/signaling.ts';

/** How long credentials are good, s. A session that lasts longer goes on: TURN asks only when something is allocated. */
const TTL_S = 12 * 3_600;

/**
 * A TURN server that shares a secret with this daemon (coturn's `static-auth-secret`; "A REST API For Access To TURN
 * Services", draft-uberti-behave-turn-rest-00): each peer gets credentials of its own that expire, and nobody gets the
 * secret.
 */
export function turnServer(urls: readonly string[], secret: string, peer: string, nowMs: number): IceServer {
  const username = `${Math.floor(nowMs / 1_000) + TTL_S}:${peer}`;
  const credential = createHmac('sha1', secret).update(username).digest('base64');
  return { urls: [...urls], username, credential };
}
