import { execFileSync } from 'node:child_process';
import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { compressImage } from '../../src/image/compress.ts';
import { inspectImage } from '../../src/image/inspect.ts';
import { animatedGif, bytesOf, colourAt, halves, phonePhoto, pngChunk, refusal, text } from './fixtures.ts';

/** What exiftool finds besides the container's own facts. */
function tagGroups(bytes: Uint8Array): string[] {
  const output = execFileSync('exiftool', ['-json', '-G1', '-a', '-'], { input: bytes, encoding: 'utf8' });
  const [tags = {}] = JSON.parse(output) as Record<string, unknown>[];
  return Object.keys(tags).map((name) => name.split(':')[0] ?? name);
}

describe('a photo that is sent', () => {
  it.each(['jpeg', 'png', 'webp', 'avif'] as const)('as %s says nothing of place, person or device', async (format) => {
    const photo = await phonePhoto();
    expect(tagGroups(photo)).toEqual(expect.arrayContaining(['GPS', 'IFD0', 'ICC-header']));
    const { bytes, type } = await compressImage(photo, { format });
    expect(type).toBe(`image/${format}`);
    const groups = tagGroups(bytes).filter((group) =>
      /GPS|IFD|ExifIFD|XMP|IPTC|ICC|Photoshop|Samsung|MPF/i.test(group),
    );
    expect(groups).toEqual([]);
  });

  it.each(['jpeg', 'png', 'webp', 'avif'] as const)('as %s is upright for every viewer', async (format) => {
    const { bytes, width, height } = await compressImage(await phonePhoto(), { format });
    expect([width, height]).toEqual([800, 400]);
    expect([await colourAt(bytes, 0.1), await colourAt(bytes, 0.9)]).toEqual(['red', 'blue']);
    expect((await sharp(bytes).metadata()).orientation ?? 1).toBe(1);
  });

  it('fits into the edge', async () => {
    const photo = await bytesOf(halves(1_000, 500).jpeg());
    expect(await compressImage(photo, { maxEdge: 320 })).toMatchObject({ width: 320, height: 160 });
  });

  it('is never enlarged', async () => {
    const photo = await bytesOf(halves(100, 50).tiff());
    expect(await compressImage(photo, { maxEdge: 320 })).toMatchObject({ width: 100, height: 50, type: 'image/jpeg' });
  });

  it.each(['jpeg', 'png', 'webp', 'avif'] as const)('as %s fits into the byte budget', async (format) => {
    const photo = await bytesOf(halves(600, 400, 200).png());
    for (const maxBytes of [60_000, 15_000, 4_000]) {
      const picture = await compressImage(photo, { format, maxBytes });
      expect(picture.bytes.length).toBeLessThanOrEqual(maxBytes);
      expect(await inspectImage(picture.bytes)).toEqual({
        type: picture.type,
        width: picture.width,
        height: picture.height,
      });
    }
  });

  it('loses quality before it loses size', async () => {
    const photo = await bytesOf(halves(600, 400, 200).png());
    const best = await compressImage(photo);
    const tight = await compressImage(photo, { maxBytes: Math.floor(best.bytes.length * 0.8) });
    expect(tight).toMatchObject({ width: 600, height: 400 });
  });

  it('is refused with the numbers when no size fits', async () => {
    const photo = await bytesOf(halves(600, 400, 200).png());
    const error = await refusal(compressImage(photo, { maxBytes: 100 }));
    expect(error.code).toBe('image-too-large');
    expect(error.message).toMatch(/100 bytes: at 64 × 43 pixels .* \d+\./);
  });

  it.each(['jpeg', 'png', 'webp'] as const)('keeps the own bytes of a clean %s that fits', async (format) => {
    const own = await bytesOf(halves(200, 100).toFormat(format));
    expect((await compressImage(own)).bytes).toBe(own);
    expect((await compressImage(own, { format })).bytes).toBe(own);
    const other = format === 'png' ? 'jpeg' : 'png';
    expect((await compressImage(own, { format: other })).type).toBe(`image/${other}`);
  });

  it('does not carry what a decoder overlooks: comments, hidden pictures, bytes after the end', async () => {
    const jpeg = await bytesOf(halves(200, 100).jpeg());
    const comment = new Uint8Array([0xff, 0xfe, 0, 8, ...text('secret')]);
    const preview = new Uint8Array([0xff, 0xe2, 0, 12, ...text('MPF\0secret')]);
    const png = await bytesOf(halves(200, 100).png());
    const webp = await bytesOf(halves(200, 100).webp());
    const carriers = [
      Buffer.concat([jpeg.subarray(0, 2), comment, jpeg.subarray(2)]),
      Buffer.concat([jpeg.subarray(0, 2), preview, jpeg.subarray(2)]),
      Buffer.concat([jpeg, text('secret')]),
      Buffer.concat([png.subarray(0, 33), pngChunk('tEXt', text('Comment\0secret')), png.subarray(33)]),
      Buffer.concat([png, text('secret')]),
      Buffer.concat([webp, text('secret')]),
    ];
    for (const carrier of carriers) {
      const { bytes } = await compressImage(new Uint8Array(carrier));
      expect(Buffer.from(bytes).includes('secret')).toBe(false);
    }
  });

  it('shows transparent parts white as JPEG, and keeps them as PNG', async () => {
    const clear = { r: 0, g: 0, b: 0, alpha: 0 };
    const drawing = await bytesOf(sharp({ create: { width: 20, height: 20, channels: 4, background: clear } }).png());
    const jpeg = await compressImage(drawing, { format: 'jpeg' });
    expect([...(await sharp(jpeg.bytes).raw().toBuffer())].every((value) => value > 250)).toBe(true);
    const png = await compressImage(drawing, { format: 'png', maxEdge: 10 });
    expect((await sharp(png.bytes).metadata()).hasAlpha).toBe(true);
  });

  it('shows the colours of print, wide-gamut and deep-colour files as sRGB', async () => {
    const files = await Promise.all([
      bytesOf(halves().toColourspace('cmyk').jpeg()),
      bytesOf(halves().withIccProfile('p3').jpeg()),
      bytesOf(halves().toColourspace('rgb16').png()),
    ]);
    for (const file of files) {
      const { bytes } = await compressImage(file);
      expect(bytes).not.toBe(file);
      expect(await sharp(bytes).metadata()).toMatchObject({ space: 'srgb', depth: 'uchar', hasProfile: false });
      expect([await colourAt(bytes, 0.1), await colourAt(bytes, 0.9)]).toEqual(['red', 'blue']);
    }
  });

  it('takes a grey picture as well', async () => {
    const grey = await bytesOf(halves().greyscale().tiff());
    expect(await compressImage(grey)).toMatchObject({ type: 'image/jpeg', width: 800, height: 400 });
  });

  it('shows the first page of an animation', async () => {
    const { bytes, type } = await compressImage(await animatedGif(5));
    expect(type).toBe('image/jpeg');
    expect(await colourAt(bytes, 0.5)).toBe('red');
  });
});

describe('--original', () => {
  it('sends the file itself, whatever its size and type', async () => {
    const photo = await phonePhoto();
    const same = await compressImage(photo, { original: true, maxBytes: 10, maxEdge: 10 });
    expect(same).toEqual({ bytes: photo, type: 'image/jpeg', width: 800, height: 400 });
    expect((await compressImage(await animatedGif(2), { original: true })).type).toBe('image/gif');
  });

  it('still refuses a file that is no whole picture', async () => {
    const photo = await phonePhoto();
    const cut = photo.subarray(0, photo.length / 2);
    await expect(compressImage(cut, { original: true })).rejects.toMatchObject({ code: 'image-unreadable' });
  });
});

describe('an abort', () => {
  it('ends the work with its reason', async () => {
    const reason = new Error('left');
    const photo = await phonePhoto();
    await expect(compressImage(photo, { signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
    const abort = new AbortController();
    const work = compressImage(photo, { signal: abort.signal });
    abort.abort(reason);
    await expect(work).rejects.toBe(reason);
  });
});
