import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ImageError } from '../../src/image/errors.ts';
import { inspectImage } from '../../src/image/inspect.ts';
import { animatedGif, bytesOf, flatPng, halves, mediaFile, phonePhoto, refusal, text } from './fixtures.ts';

const FORMATS = ['jpeg', 'png', 'webp', 'avif', 'gif', 'tiff'] as const;

describe('a foreign picture', () => {
  it.each(FORMATS)('is taken when it is a whole %s', async (format) => {
    const bytes = await bytesOf(halves(80, 40).toFormat(format));
    expect(await inspectImage(bytes)).toEqual({ type: `image/${format}`, width: 80, height: 40 });
  });

  it('has the size of its upright form', async () => {
    expect(await inspectImage(await phonePhoto())).toMatchObject({ width: 800, height: 400 });
  });

  it.each(FORMATS)('is refused when its %s is cut short', async (format) => {
    const bytes = await bytesOf(halves(300, 200, 60).toFormat(format));
    for (const part of [0.2, 0.5, 0.9, 0.99]) {
      const cut = bytes.subarray(0, Math.floor(bytes.length * part));
      const error = await refusal(inspectImage(cut));
      expect(error.code).toBe('image-unreadable');
      expect(error.cause).toBeInstanceOf(Error);
    }
  });

  it.each([
    ['text that is named .jpg', text('hello'), /this is text/],
    ['an SVG', text('<svg width="10" height="10"/>'), /an SVG drawing/],
    ['a HEIC', mediaFile('heic', 'mif1'), /a HEIC picture/],
    ['nothing', new Uint8Array(), /no bytes/],
    ['noise', new Uint8Array([1, 2, 3, 4]), /first bytes/],
  ])('is refused by name when it is %s', async (_, bytes, message) => {
    const error = await refusal(inspectImage(bytes));
    expect(error.code).toBe('image-unsupported');
    expect(error.message).toMatch(message);
    expect(error.message).not.toContain('\n');
  });

  it('of 14,000 × 14,000 pixels is refused by its header, without the memory of a decode', async () => {
    const bytes = flatPng(14_000, 14_000);
    expect(bytes.length).toBeLessThan(100_000);
    await inspectImage(flatPng(8, 8));
    const before = process.resourceUsage().maxRSS;
    const error = await refusal(inspectImage(bytes));
    expect(error.code).toBe('image-too-large');
    expect(error.message).toContain('14000 × 14000');
    // Kilobytes; a decode takes at least 196 MB.
    expect(process.resourceUsage().maxRSS - before).toBeLessThan(20_000);
  });

  it('is refused when it has the shape of a thread', async () => {
    await expect(inspectImage(flatPng(40_000, 1))).rejects.toMatchObject({ code: 'image-too-large' });
  });

  it('is refused when the file is longer than any photo', async () => {
    const bytes = new Uint8Array(65 * 2 ** 20);
    bytes.set(flatPng(8, 8));
    await expect(inspectImage(bytes)).rejects.toMatchObject({ code: 'image-too-large' });
  });

  it('with hundreds of pages costs one page', async () => {
    expect(await inspectImage(await animatedGif(300))).toEqual({ type: 'image/gif', width: 40, height: 30 });
  });

  it('at the limit of size passes, and several at once take turns', async () => {
    const bytes = flatPng(7_000, 7_000);
    const all = await Promise.all([
      inspectImage(bytes),
      inspectImage(bytes),
      inspectImage(bytes.slice(0, 900)).catch(() => 'refused'),
    ]);
    expect(all).toEqual([
      { type: 'image/png', width: 7_000, height: 7_000 },
      { type: 'image/png', width: 7_000, height: 7_000 },
      'refused',
    ]);
  });

  it('that is damaged anywhere ends in an answer, never in another exception', async () => {
    const originals = await Promise.all(FORMATS.map((format) => bytesOf(halves(48, 32, 90).toFormat(format))));
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...originals),
        fc.array(fc.tuple(fc.nat(), fc.nat(255)), { minLength: 1, maxLength: 8 }),
        async (original, changes) => {
          const bytes = original.slice();
          for (const [at, value] of changes) bytes[at % bytes.length] = value;
          const result = await inspectImage(bytes).catch((cause: unknown) => cause);
          expect(result instanceof Error ? result instanceof ImageError : true).toBe(true);
        },
      ),
      { numRuns: 300 },
    );
  });
});
