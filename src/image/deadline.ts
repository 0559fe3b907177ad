import { ImageError } from './errors.ts';

/**
 * Runs one step of image work and stops waiting at the deadline. libvips ends a step by itself only between two blocks
 * of pixels, so its own timeout alone is no promise; the step itself may run on for a while.
 */
export async function withinDeadline<T>(ms: number, step: () => Promise<T>): Promise<T> {
  const started = performance.now();
  let timer: NodeJS.Timeout | undefined;
  const late = (options?: { cause: unknown }): ImageError =>
    new ImageError(
      'image-timeout',
      `The picture took longer than ${ms / 1_000} s to process. Use a smaller one.`,
      options,
    );
  try {
    return await Promise.race([
      step(),
      new Promise<never>((_, reject) => {
        timer = setTimeout(() => reject(late()), ms);
      }),
    ]);
  } catch (cause) {
    // The codec's own timeout is an ordinary error of its own; the clock tells it apart without reading its text.
    if (!(cause instanceof ImageError) && performance.now() - started >= ms) throw late({ cause });
    throw cause;
  } finally {
    clearTimeout(timer);
  }
}
