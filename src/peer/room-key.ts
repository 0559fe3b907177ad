import { hkdf } from '@noble/hashes/hkdf.js';
import { sha256 } from '@noble/hashes/sha2.js';
import { loadPart } from './load-part.ts';

const encoder = new TextEncoder();
const LABEL = 'snap-share room key v1';

/**
 * Does the secret look like one that was made by a random generator (128 bits or more as base64url)? Anything else may be
 * words that a stranger with a dictionary could guess. One random secret in forty has no digit and counts as weak: that
 * costs it a tenth of a second, while words joined by hyphens would cost their user the room.
 */
export function isStrongSecret(secret: string): boolean {
  const kinds = [/[A-Z]/, /[a-z]/, /[0-9]/].every((kind) => kind.test(secret));
  return kinds && /^[A-Za-z0-9_-]{22,}$/.test(secret) && new Set(secret).size >= 10;
}

/**
 * The pre-shared key of a room: 32 bytes, different for the same secret in another room. A secret of full strength goes
 * through HKDF (RFC 5869); any other through scrypt (RFC 7914, N = 2^15, r = 8, p = 1: about 0.1 s and 32 MB a guess),
 * because whoever stands between two peers can try guesses against one recorded handshake.
 * @throws SnapError `daemon-unreachable` when a page cannot load scrypt
 */
export async function deriveRoomKey(room: string, secret: string): Promise<Uint8Array> {
  const salt = encoder.encode(`${LABEL} ${room}`);
  if (isStrongSecret(secret)) return hkdf(sha256, encoder.encode(secret), salt, encoder.encode(LABEL), 32);
  // Loaded only where it is needed: a page seldom meets such a secret.
  const { scryptAsync } = await loadPart(() => import('@noble/hashes/scrypt.js'));
  return scryptAsync(encoder.encode(secret), salt, { N: 2 ** 15, r: 8, p: 1, dkLen: 32 });
}
