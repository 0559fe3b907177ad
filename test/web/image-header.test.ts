import { assert, constantFrom, nat, property, uint8Array } from 'fast-check';
import sharp from 'sharp';
import { expect, test } from 'vitest';
import { readImageHeader, saysWhere } from '../../src/web/image-header.ts';
import { phonePhoto } from '../image/fixtures.ts';

const picture = sharp({ create: { width: 123, height: 45, channels: 3, background: '#a52' } });

test.each(['jpeg', 'png', 'webp', 'gif', 'avif'] as const)(
  'the size of a %s is read without decoding it',
  async (format) => {
    const bytes = await picture.clone().toFormat(format).toBuffer();
    expect(readImageHeader(bytes)).toEqual({ mediaType: `image/${format}`, stored: { width: 123, height: 45 } });
  },
);

test('lossless and transparent WebP, too', async () => {
  const lossless = await picture.clone().webp({ lossless: true }).toBuffer();
  const transparent = await picture.clone().ensureAlpha(0.5).webp().toBuffer();
  for (const bytes of [lossless, transparent])
    expect(readImageHeader(bytes)).toEqual({ mediaType: 'image/webp', stored: { width: 123, height: 45 } });
});

test.each(['<svg xmlns="http://www.w3.org/2000/svg"/>', '<!doctype html><script>1</script>', 'BM', '', '%PDF-1.7'])(
  '%j is no picture',
  (text) => {
    expect(readImageHeader(new TextEncoder().encode(text))).toBeUndefined();
  },
);

test('a phone photo says where it was taken, a re-encoded one does not', async () => {
  const photo = await phonePhoto();
  expect(saysWhere(photo)).toBe(true);
  expect(saysWhere(await sharp(photo).jpeg().toBuffer())).toBe(false);
});

test('no bytes make it throw', async () => {
  const starts = await Promise.all(
    (['jpeg', 'png', 'webp', 'gif', 'avif'] as const).map((format) => picture.clone().toFormat(format).toBuffer()),
  );
  starts.push(Buffer.from(await phonePhoto()));
  assert(
    property(constantFrom(...starts), nat(400), uint8Array({ maxLength: 64 }), (start, cut, tail) => {
      const bytes = new Uint8Array([...start.subarray(0, cut), ...tail]);
      readImageHeader(bytes);
      saysWhere(bytes);
    }),
    { numRuns: 2_000 },
  );
});
