import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { compareAttempts, parsePeerSignal } from '../../src/protocol/signals.ts';
import * as arbitrary from './arbitraries.ts';
import { HOSTILE_KEYS, HOSTILE_TEXTS, withKey } from './hostile-texts.ts';

describe('a signal from another peer', () => {
  test('is either understood or refused with one safe line, whatever the text', () => {
    fc.assert(
      fc.property(fc.oneof(arbitrary.anyText, arbitrary.anyJson), (text) => {
        const parsed = parsePeerSignal(text);
        if (!parsed.ok) expect(parsed.problem).not.toMatch(/[\p{C}\p{Zl}\p{Zp}]/u);
      }),
    );
  });

  test('comes out as it went in', () => {
    fc.assert(
      fc.property(arbitrary.peerSignal, (signal) => {
        expect(parsePeerSignal(JSON.stringify(signal))).toEqual({ ok: true, signal });
      }),
    );
  });

  test.each(HOSTILE_TEXTS)('is not %s', (_what, text) => {
    expect(parsePeerSignal(text).ok).toBe(false);
  });

  test.each(HOSTILE_KEYS)('may carry the key %s, which has no effect', (_what, key) => {
    const json = '{"type":"stale","attempt":{"n":1,"by":"_sigkx2h-cRGtmw2"}}';
    expect(parsePeerSignal(withKey(json, key))).toEqual(parsePeerSignal(json));
    expect({}).not.toHaveProperty('polluted');
  });

  test('is refused when it is longer than any real one', () => {
    const attempt = { n: 1, by: '_sigkx2h-cRGtmw2' };
    const description = { type: 'description', attempt, kind: 'offer', sdp: 'x'.repeat(60_001) };
    const candidate = { type: 'candidate', attempt, candidate: 'x'.repeat(2_049) };
    for (const signal of [description, candidate]) expect(parsePeerSignal(JSON.stringify(signal)).ok).toBe(false);
  });
});

describe('the order of attempts', () => {
  const close = fc.record({ n: fc.integer({ min: 1, max: 3 }), by: fc.constantFrom('a', 'b', 'B', '-', '_') });
  const any = fc.oneof(close, arbitrary.attemptId);

  test('is the same for both sides', () => {
    fc.assert(
      fc.property(any, any, (a, b) => {
        expect(Math.sign(compareAttempts(a, b)) + Math.sign(compareAttempts(b, a))).toBe(0);
      }),
    );
  });

  test('calls only one and the same attempt equal', () => {
    fc.assert(
      fc.property(any, any, (a, b) => {
        expect(compareAttempts(a, b) === 0).toBe(a.n === b.n && a.by === b.by);
      }),
    );
  });

  test('has no circles', () => {
    fc.assert(
      fc.property(any, any, any, (a, b, c) => {
        const [low, middle, high] = [a, b, c].toSorted(compareAttempts);
        if (low && middle && high) {
          expect(compareAttempts(low, middle)).toBeLessThanOrEqual(0);
          expect(compareAttempts(middle, high)).toBeLessThanOrEqual(0);
          expect(compareAttempts(low, high)).toBeLessThanOrEqual(0);
        }
      }),
    );
  });

  test('puts a later number above any peer id', () => {
    fc.assert(
      fc.property(any, any, (a, b) => {
        expect(compareAttempts(a, { n: a.n + 1, by: b.by })).toBeLessThan(0);
      }),
    );
  });
});
