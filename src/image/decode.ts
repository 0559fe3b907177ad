import { withinDeadline } from './deadline.ts';
import { ImageError } from './errors.ts';
import { LIMITS } from './limits.ts';
import { loadSharp, type Sharp, type SharpOptions } from './sharp.ts';

/**
 * Decodes foreign bytes through a pipeline of the caller's. `pixels` is what the header claims: large pictures take
 * turns, so that many hostile ones at once cannot add up their memory.
 */
export async function decode<T>(bytes: Uint8Array, pixels: number, pipeline: (input: Sharp) => Promise<T>): Promise<T> {
  const input = await openImage(bytes);
  const step = () => pipeline(input);
  try {
    return await (pixels > LIMITS.alonePixels ? alone(step) : withinDeadline(LIMITS.decodeMs, step));
  } catch (cause) {
    if (cause instanceof ImageError) throw cause;
    throw new ImageError(
      'image-unreadable',
      `The picture cannot be decoded: it is cut short or damaged (${oneLine(cause)}). Export it again, or send another.`,
      { cause },
    );
  }
}

/** Foreign bytes with every limit that the codecs know. One page only. */
export async function openImage(bytes: Uint8Array, options: SharpOptions = {}): Promise<Sharp> {
  const sharp = await loadSharp();
  return sharp(bytes, {
    // Not 'warning': many phones write JPEGs with harmless oddities, and their owners want to send them.
    failOn: 'error',
    limitInputPixels: LIMITS.pixels,
    limitInputChannels: LIMITS.channels,
    pages: 1,
    page: 0,
    ...options,
  }).timeout({ seconds: LIMITS.decodeMs / 1_000 });
}

let previous: Promise<unknown> = Promise.resolve();

/** One at a time, each with the whole deadline from its own start. The turn lasts until the work has really ended. */
function alone<T>(step: () => Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    previous = previous.then(async () => {
      const work = step();
      withinDeadline(LIMITS.decodeMs, () => work).then(resolve, reject);
      await work.catch(() => undefined);
    });
  });
}

/** What a codec says may be several lines, some of them repeated. */
const oneLine = (cause: unknown): string =>
  (cause instanceof Error ? cause.message : String(cause)).replaceAll(/\s+/g, ' ').trim().slice(0, 160);
