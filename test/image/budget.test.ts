import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import { meetBudget } from '../../src/image/budget.ts';
import { ImageError } from '../../src/image/errors.ts';

it('a budget is met with few encodes, at the best quality its size allows, or refused', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.integer({ min: 1, max: 8_000 }),
      fc.integer({ min: 1, max: 8 }),
      fc.integer({ min: 1, max: 3_000_000 }),
      fc.integer({ min: 1, max: 6 }),
      async (edge, steps, maxBytes, density) => {
        const size = (edge: number, step: number): number => Math.ceil((density * edge * edge) / (2 + step));
        let encodes = 0;
        const encode = async (edge: number, step: number) => {
          encodes += 1;
          return { bytes: new Uint8Array(size(edge, step)), width: edge, height: step };
        };
        const result = await meetBudget({ edge, steps, maxBytes }, encode).catch((cause: unknown) => cause);
        expect(encodes).toBeLessThanOrEqual(2 * 12 + 4);
        if (result instanceof Error) {
          expect(result).toBeInstanceOf(ImageError);
          expect(size(Math.min(edge, 64), steps - 1)).toBeGreaterThan(maxBytes);
          return;
        }
        const { width, height: step } = result as { width: number; height: number };
        expect(size(width, step)).toBeLessThanOrEqual(maxBytes);
        if (step > 0) expect(size(width, step - 1)).toBeGreaterThan(maxBytes);
        if (width < edge) expect(size(edge, steps - 1)).toBeGreaterThan(maxBytes);
      },
    ),
  );
});
