import { ImageError } from './errors.ts';
import { LIMITS } from './limits.ts';

export interface Attempt {
  readonly bytes: Uint8Array;
  readonly width: number;
  readonly height: number;
}

/**
 * Finds the best picture that fits a byte budget: quality first, size after that. `encode(edge, step)` encodes with
 * the longest edge in pixels and a step of the ladder, 0 being the best quality.
 * Rejects with `image-too-large` when even the smallest picture does not fit.
 */
export async function meetBudget(
  target: { readonly edge: number; readonly steps: number; readonly maxBytes: number },
  encode: (edge: number, step: number) => Promise<Attempt>,
): Promise<Attempt> {
  const { steps, maxBytes } = target;
  let edge = target.edge;
  for (;;) {
    const best = await encode(edge, 0);
    if (best.bytes.length <= maxBytes) return best;
    const smallest = steps === 1 ? best : await encode(edge, steps - 1);
    if (smallest.bytes.length <= maxBytes) return between(0, steps - 1, smallest);
    edge = smallerEdge(edge, smallest);
  }

  /** `good` fits and is at `low`'s right end; halves the steps in between, as fewer encodes are less waiting. */
  async function between(tooLarge: number, fits: number, good: Attempt): Promise<Attempt> {
    let found = good;
    let high = tooLarge;
    let low = fits;
    while (low - high > 1) {
      const step = Math.floor((high + low) / 2);
      const attempt = await encode(edge, step);
      if (attempt.bytes.length <= maxBytes) {
        found = attempt;
        low = step;
      } else {
        high = step;
      }
    }
    return found;
  }

  function smallerEdge(edge: number, smallest: Attempt): number {
    if (edge <= LIMITS.minEdgePx) {
      throw new ImageError(
        'image-too-large',
        `The picture does not fit into ${maxBytes} bytes: at ${smallest.width} × ${smallest.height} pixels and the ` +
          `lowest quality it still has ${smallest.bytes.length}. Allow more with --max-bytes, or try --format webp.`,
      );
    }
    // Bytes grow roughly with the area.
    const estimate = 0.97 * Math.sqrt(maxBytes / smallest.bytes.length);
    const scale = Math.min(Math.max(estimate, LIMITS.shrinkAtLeast), LIMITS.shrinkAtMost);
    return Math.max(LIMITS.minEdgePx, Math.floor(edge * scale));
  }
}
