import { withinDeadline } from './deadline.ts';
import { LIMITS } from './limits.ts';
import { loadSharp, plainBytes, type Sharp } from './sharp.ts';
import type { ImageType } from './sniff.ts';

/** What we write. Every browser shows the first three; AVIF needs one from 2024 or later. */
export type OutputFormat = 'jpeg' | 'png' | 'webp' | 'avif';

/** Upright sRGB pixels, 8 bits per channel, without any metadata. */
export interface Pixels {
  readonly data: Uint8Array;
  readonly width: number;
  readonly height: number;
  readonly channels: 1 | 2 | 3 | 4;
}

/** One way to write pixels. */
export type EncodeStep = (pipeline: Sharp) => Sharp;

export const OUTPUT_TYPE = {
  jpeg: 'image/jpeg',
  png: 'image/png',
  webp: 'image/webp',
  avif: 'image/avif',
} as const satisfies Record<OutputFormat, ImageType>;

/**
 * The quality ladders, best first. The bottom of each is where a smaller picture looks better than a worse one.
 * mozjpeg would take a tenth off the bytes for ten times the time, which a small camera box does not have; AVIF's efforts
 * above 3 take seconds for nearly nothing.
 */
export const LADDER: Readonly<Record<OutputFormat, readonly EncodeStep[]>> = {
  jpeg: [85, 78, 70, 62, 54, 46].map((quality) => (to) => to.jpeg({ quality })),
  webp: [82, 74, 66, 58, 50, 42].map((quality) => (to) => to.webp({ quality })),
  avif: [62, 55, 48, 42, 36].map((quality) => (to) => to.avif({ quality, effort: 3 })),
  png: [
    (to) => to.png({ compressionLevel: 9 }),
    ...[256, 64, 16].map(
      (colours): EncodeStep =>
        (to) =>
          to.png({ palette: true, colours, effort: 4 }),
    ),
  ],
};

/** Writes pixels with their longest edge at `edge`, never enlarged. sharp adds no metadata unless it is asked to. */
export async function encode(
  pixels: Pixels,
  edge: number,
  step: EncodeStep,
): Promise<{ readonly bytes: Uint8Array; readonly width: number; readonly height: number }> {
  const sharp = await loadSharp();
  const { width, height, channels } = pixels;
  const raw = sharp(pixels.data, { raw: { width, height, channels }, limitInputPixels: LIMITS.pixels });
  const scaled = Math.max(width, height) > edge ? raw.resize(edge, edge, { fit: 'inside' }) : raw;
  const output = step(scaled.timeout({ seconds: LIMITS.encodeMs / 1_000 }));
  const { data, info } = await withinDeadline(LIMITS.encodeMs, () => output.toBuffer({ resolveWithObject: true }));
  return { bytes: plainBytes(data), width: info.width, height: info.height };
}
