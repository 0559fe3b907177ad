import { describe, expect, test } from 'vitest';
import { makeSeatClaim, peerOf } from '../../src/signal/tokens.ts';

describe('seat claims', () => {
  test('a claim has the shape that the wire asks for', () => {
    const { peer, token } = makeSeatClaim();
    expect(peer).toMatch(/^[A-Za-z0-9_-]{16}$/);
    expect(token).toMatch(/^[A-Za-z0-9_-]{32}$/);
  });

  test('the id follows from the token alone, so every daemon agrees on it', () => {
    const { peer, token } = makeSeatClaim();
    expect(peerOf(token)).toBe(peer);
    // Computed with: printf 'snap-share seat v1%032d' 0 | openssl dgst -sha256 -binary | base64
    expect(peerOf('0'.repeat(32))).toBe('LJZzEQoKZo9w7jeP');
  });

  test('no two claims are alike', () => {
    const claims = Array.from({ length: 1_000 }, makeSeatClaim);
    expect(new Set(claims.map((claim) => claim.peer)).size).toBe(1_000);
    expect(new Set(claims.map((claim) => claim.token)).size).toBe(1_000);
  });
});
