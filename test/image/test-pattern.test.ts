import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { compressImage } from '../../src/image/compress.ts';
import { glyph } from '../../src/image/font.ts';
import { inspectImage } from '../../src/image/inspect.ts';
import { drawTestPattern } from '../../src/image/test-pattern.ts';

const at = new Date('2026-11-20T18:12:03Z');

/** The share of pixels that differ. */
async function difference(one: Uint8Array, other: Uint8Array): Promise<number> {
  const [a, b] = await Promise.all([one, other].map((bytes) => sharp(bytes).greyscale().raw().toBuffer()));
  if (a === undefined || b === undefined || a.length !== b.length) return 1;
  return a.filter((value, i) => Math.abs(value - (b[i] ?? 0)) > 20).length / a.length;
}

describe('the test pattern', () => {
  it('is a whole picture of the size that was asked for', async () => {
    expect(await inspectImage(await drawTestPattern({ name: 'shed', at, frame: 0 }))).toEqual({
      type: 'image/png',
      width: 1_280,
      height: 960,
    });
    const small = await drawTestPattern({ name: 'shed', at, frame: 0, width: 321, height: 241 });
    expect(await inspectImage(small)).toMatchObject({ width: 321, height: 241 });
  });

  it('moves: each frame can be told from the ones before', async () => {
    const frames = await Promise.all([0, 1, 2, 3, 40].map((frame) => drawTestPattern({ name: 'shed', at, frame })));
    for (const [i, frame] of frames.entries()) {
      for (const earlier of frames.slice(0, i)) expect(await difference(frame, earlier)).toBeGreaterThan(0.01);
    }
  });

  it('shows the name and the time, without any font on the machine', async () => {
    const shed = await drawTestPattern({ name: 'shed', at, frame: 0 });
    const bob = await drawTestPattern({ name: 'Bob', at, frame: 0 });
    const later = await drawTestPattern({ name: 'shed', at: new Date('2026-11-20T18:12:04Z'), frame: 0 });
    expect(await difference(shed, bob)).toBeGreaterThan(0.005);
    expect(await difference(shed, later)).toBeGreaterThan(0.0005);
    expect(await difference(shed, await drawTestPattern({ name: 'shed', at, frame: 0 }))).toBe(0);
  });

  it('takes any name', async () => {
    for (const name of ['', '<script>&"\'', 'Zoë 😀 \u0000\u001b[31m', 'x'.repeat(5_000)]) {
      const bytes = await drawTestPattern({ name, at, frame: -1, width: 200, height: 160 });
      expect(await inspectImage(bytes)).toMatchObject({ width: 200, height: 160 });
    }
  });

  it('has a letter of its own for each printable character, and a box for the others', () => {
    const letters = Array.from({ length: 95 }, (_, i) => glyph(String.fromCharCode(0x20 + i)).join());
    expect(new Set(letters).size).toBe(95);
    expect(letters.every((letter) => letter.split(',').length === 5)).toBe(true);
    expect(glyph('é')).toEqual(glyph('\n'));
  });

  it('is small enough to be sent as it is', async () => {
    const bytes = await drawTestPattern({ name: 'shed', at, frame: 5 });
    expect((await compressImage(bytes)).bytes).toBe(bytes);
  });
});
