import { describe, expect, test } from 'vitest';
import { makeSeatClaim, peerOf, sessionLeftMs } from '../../src/signal/tokens.ts';

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

  test('a token begins with the second in which it was made, in four bytes', () => {
    const { token } = makeSeatClaim(Date.UTC(2026, 10, 20, 18, 30, 12, 999));
    // printf '%08x' "$(date -u -d '2026-11-20 18:30:12' +%s)"
    expect(Buffer.from(token, 'base64url').toString('hex')).toMatch(/^6b0091b4[0-9a-f]{40}$/);
    expect(Buffer.from(makeSeatClaim(4_294_967_295_000).token, 'base64url').readUInt32BE()).toBe(4_294_967_295);
  });

  test('who makes a token younger is another peer', () => {
    const { peer, token } = makeSeatClaim(0);
    const bytes = Buffer.from(token, 'base64url');
    bytes.writeUInt32BE(1_000);
    expect(peerOf(bytes.toString('base64url'))).not.toBe(peer);
  });

  test('no two claims are alike', () => {
    const claims = Array.from({ length: 1_000 }, makeSeatClaim);
    expect(new Set(claims.map((claim) => claim.peer)).size).toBe(1_000);
    expect(new Set(claims.map((claim) => claim.token)).size).toBe(1_000);
  });
});

describe('a session', () => {
  const NOW = 1_800_000_000_000;
  const TTL = 3_600_000;
  const leftOf = (madeAt: number) => sessionLeftMs(makeSeatClaim(madeAt).token, TTL, NOW);

  test('lasts as long as it shall, from the end of the second in which it began', () => {
    expect(leftOf(NOW)).toBe(TTL + 1_000);
    expect(leftOf(NOW - 1)).toBe(TTL);
    expect(leftOf(NOW - TTL - 999)).toBe(0);
    expect(leftOf(NOW - 10 * TTL)).toBeLessThan(0);
  });

  test('that will begin is none, but for a clock that was set back a little', () => {
    expect(leftOf(NOW + 60_000)).toBe(TTL + 61_000);
    expect(leftOf(NOW + 61_000)).toBe(0);
    expect(sessionLeftMs('_'.repeat(32), TTL, NOW)).toBe(0);
  });
});
