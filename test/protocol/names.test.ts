import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { LIMITS } from '../../src/protocol/limits.ts';
import { displayText } from '../../src/protocol/names.ts';
import { anyText } from './arbitraries.ts';

/** Letters beside what makes text dangerous or hard to normalise: joiners, accents, Hangul parts, bidi, ends of lines. */
const tricky = fc.string({
  unit: fc.constantFrom(
    ...Array.from('eA \t\u0301\u030a\u1100\u1161\u200d\u200b\u00ad\u202e\u2066'),
    ...Array.from('\u0000\u001b\u009b\u0085\u2028\u2029\ufeff\u00a0\u3000\u2000'),
    ...Array.from('😀\ue000\u{e0041}\u0344\u212b\ufb1d\u0f73\u{1d15e}'),
    '\ud83d',
    '\ude00',
  ),
  maxLength: 200,
});
const raw = fc.oneof({ arbitrary: tricky, weight: 3 }, { arbitrary: anyText, weight: 1 });

describe('text for display', () => {
  test('has no character that moves a cursor, reverses the reading direction or hides', () => {
    fc.assert(
      fc.property(raw, (text) => {
        expect(displayText(text)).not.toMatch(/[\p{C}\p{Zl}\p{Zp}]/u);
      }),
      { numRuns: 1_000 },
    );
  });

  test('fits its line', () => {
    fc.assert(
      fc.property(raw, (text) => {
        expect(Array.from(displayText(text)).length).toBeLessThanOrEqual(LIMITS.displayNameLength);
      }),
    );
  });

  test('stays as it is when it is cleaned again, so that daemon and peers show the same', () => {
    fc.assert(
      fc.property(raw, (text) => {
        expect(displayText(displayText(text))).toBe(displayText(text));
      }),
      { numRuns: 5_000 },
    );
  });

  test('is in Unicode NFC', () => {
    fc.assert(
      fc.property(raw, (text) => {
        expect(displayText(text)).toBe(displayText(text).normalize('NFC'));
      }),
      { numRuns: 1_000 },
    );
  });

  test('has single spaces, and none at its ends', () => {
    fc.assert(
      fc.property(raw, (text) => {
        expect(displayText(text)).not.toMatch(/^\s|\s$|\s\s|[^\S ]/u);
      }),
    );
  });

  test.each([
    ['Ada Lovelace', 'Ada Lovelace'],
    ['  shed \n\t camera ', 'shed camera'],
    ['\u001b[2J\u001b]0;title\u0007x', '[2J ]0;title x'],
    ['abc\u202egpj.exe', 'abcgpj.exe'],
    ['e\u200d\u0301', 'é'],
    ['Grüße 😀', 'Grüße 😀'],
    ['../../etc/passwd', '../../etc/passwd'],
    ['\u200b\u200b', ''],
  ])('of %j is %j', (text, shown) => {
    expect(displayText(text)).toBe(shown);
  });
});
