import { LIMITS } from './limits.ts';
import { openImage } from './decode.ts';

/**
 * The first frames of many cameras are black. Captures again, skipping twice as many frames each time, while the
 * picture is dark; the last one counts in any case, since darkness may be the truth.
 */
export async function untilBright(
  skipFrames: number,
  capture: (skipFrames: number) => Promise<Uint8Array>,
): Promise<Uint8Array> {
  let skip = skipFrames;
  let frame = await capture(skip);
  for (let retry = 0; retry < LIMITS.darkRetries && (await isDark(frame)); retry += 1) {
    skip = Math.min(Math.max(skip * 2, LIMITS.skipFrames), LIMITS.maxSkipFrames);
    frame = await capture(skip);
  }
  return frame;
}

async function isDark(frame: Uint8Array): Promise<boolean> {
  const input = await openImage(frame);
  const samples = await input.resize(32, 32, { fit: 'fill' }).greyscale().raw().toBuffer();
  return samples.reduce((sum, sample) => sum + sample, 0) / samples.length < LIMITS.darkMean;
}
