import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import { holdsOnlyPixels } from '../../src/image/only-pixels.ts';
import { bytesOf, halves, phonePhoto } from './fixtures.ts';

it('a picture made by a codec alone is clean, a phone photo is not', async () => {
  expect(holdsOnlyPixels(await bytesOf(halves(64, 32, 90).jpeg()), 'image/jpeg')).toBe(true);
  expect(holdsOnlyPixels(await bytesOf(halves(64, 32, 90).jpeg({ progressive: true })), 'image/jpeg')).toBe(true);
  expect(holdsOnlyPixels(await bytesOf(halves(64, 32, 90).webp({ lossless: true })), 'image/webp')).toBe(true);
  expect(holdsOnlyPixels(await phonePhoto(), 'image/jpeg')).toBe(false);
});

it('any bytes get an answer', async () => {
  const originals = [
    [await bytesOf(halves(48, 32, 90).jpeg()), 'image/jpeg'],
    [await bytesOf(halves(48, 32, 90).png()), 'image/png'],
    [await bytesOf(halves(48, 32, 90).webp()), 'image/webp'],
  ] as const;
  fc.assert(
    fc.property(
      fc.constantFrom(...originals),
      fc.nat(),
      fc.array(fc.tuple(fc.nat(), fc.nat(255)), { maxLength: 8 }),
      ([original, type], length, changes) => {
        const bytes = original.slice(0, length % (original.length + 1));
        for (const [at, value] of changes) if (bytes.length > 0) bytes[at % bytes.length] = value;
        expect(typeof holdsOnlyPixels(bytes, type)).toBe('boolean');
      },
    ),
  );
});
