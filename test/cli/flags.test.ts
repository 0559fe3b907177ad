import { InvalidArgumentError } from 'commander';
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { parseByteCount, parseDuration, parseInteger, parseServer } from '../../src/cli/flags.ts';

test.each([
  ['10s', 10_000],
  ['500ms', 500],
  ['2m', 120_000],
  ['1h', 3_600_000],
  ['7d', 604_800_000],
  ['1.5s', 1_500],
  ['30', 30_000],
])('the duration %s is %i ms', (text, ms) => {
  expect(parseDuration(text)).toBe(ms);
});

test.each([
  ['300000', 300_000],
  ['300kB', 300_000],
  ['2MB', 2_000_000],
  ['1MiB', 1_048_576],
])('the size %s is %i bytes', (text, bytes) => {
  expect(parseByteCount(text)).toBe(bytes);
});

test('an address gets the slash that paths are put behind', () => {
  expect(parseServer('http://127.0.0.1:8787')).toBe('http://127.0.0.1:8787/');
  expect(parseServer('https://example.org/snaps')).toBe('https://example.org/snaps/');
});

test('any other text is refused with a word on what was expected', () => {
  const parsers = [parseDuration, parseByteCount, parseServer, parseInteger('a number', 1, 9)];
  for (const text of ['', ' ', '-1', '0', '1e3', 'NaN', 'ftp://x', '99999999999h', '__proto__', '1s2s'])
    for (const parse of parsers) expect(() => parse(text)).toThrow(InvalidArgumentError);
});

test('no text makes a parser return anything but a number within bounds', () => {
  fc.assert(
    fc.property(fc.string(), (text) => {
      for (const parse of [parseDuration, parseByteCount, parseInteger('a number', 1, 9)]) {
        try {
          expect(parse(text)).toBeGreaterThan(0);
        } catch (error) {
          expect(error).toBeInstanceOf(InvalidArgumentError);
        }
      }
    }),
  );
});
