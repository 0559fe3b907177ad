import { describe, expect, test } from 'vitest';
import { ProgressPace } from '../../src/web/progress-pace.ts';

/** Steps of a photo of 10 bytes, and whether each was worth drawing. */
function start() {
  let now = 1_000;
  const pace = new ProgressPace(() => now);
  return {
    step: (bytes: number, afterMs: number, photo = 'photo', direction: 'in' | 'out' = 'in') => {
      now += afterMs;
      return pace.isDue({ type: 'photo-progress', direction, peer: 'shed', photo, bytes, total: 10 });
    },
  };
}

describe('the page', () => {
  test('does not draw the steps of a photo that is here at once', () => {
    const { step } = start();
    expect([step(3, 0), step(6, 30), step(10, 30)]).toEqual([false, false, false]);
  });

  test('draws a photo that takes a while ten times a second', () => {
    const { step } = start();
    const drawn = [step(1, 0), step(2, 60), step(3, 60), step(4, 60), step(5, 60), step(10, 500)];
    expect(drawn).toEqual([false, false, true, false, true, true]);
  });

  test('draws each photo at its own pace, one that comes again too', () => {
    const { step } = start();
    expect([step(1, 0, 'a'), step(1, 90, 'b'), step(2, 20, 'a'), step(2, 0, 'b')]).toEqual([false, false, true, false]);
    expect([step(10, 0, 'b'), step(1, 200, 'b')]).toEqual([false, false]);
  });

  test('draws every step of what it sends: the last one may be the only one', () => {
    const { step } = start();
    expect(step(10, 0, 'photo', 'out')).toBe(true);
  });
});
