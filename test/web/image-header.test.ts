import { assert, constantFrom, nat, property, uint8Array } from 'fast-check';
import sharp, { type Sharp } from 'sharp';
import { expect, test } from 'vitest';
import { isPlainJpeg, readImageHeader, saysWhere } from '../../src/web/image-header.ts';
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

test.each<[string, boolean, (picture: Sharp) => Sharp]>([
  ['what a page or a terminal makes of a photo', true, (picture) => picture.jpeg({ quality: 80 })],
  ['a progressive one', true, (picture) => picture.jpeg({ progressive: true })],
  ['a grey one', true, (picture) => picture.grayscale().jpeg()],
  ['one in the colours of print', false, (picture) => picture.toColourspace('cmyk').jpeg()],
  ['one that says how it is turned', false, (picture) => picture.withMetadata({ orientation: 6 }).jpeg()],
  ['a PNG', false, (picture) => picture.png()],
])('%s is a plain JPEG: %s', async (_what, isPlain, make) => {
  const bytes = await make(picture.clone()).toBuffer();
  expect(isPlainJpeg(bytes)).toBe(isPlain);
  expect(isPlainJpeg(bytes.subarray(0, -1)), 'cut short').toBe(false);
  expect(isPlainJpeg(bytes.subarray(0, 40)), 'cut in its header').toBe(false);
});

test('a JPEG without pixels is not plain', () => {
  expect(isPlainJpeg(Uint8Array.of(0xff, 0xd8, 0xff, 0xd9))).toBe(false);
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
      isPlainJpeg(bytes);
      saysWhere(bytes);
    }),
    { numRuns: 2_000 },
  );
});
