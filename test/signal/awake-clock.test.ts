import { expect, test } from 'vitest';
import { AwakeClock } from '../../src/signal/awake-clock.ts';

test('the clock follows time as long as it is ticked', () => {
  let time = 5_000;
  const clock = new AwakeClock(1_000, () => time);
  time += 400;
  expect(clock.now()).toBe(400);
  clock.tick();
  time += 700;
  expect(clock.now()).toBe(1_100);
});

test('an hour that the daemon slept through counts against nobody', () => {
  let time = 0;
  const clock = new AwakeClock(1_000, () => time);
  time += 3_600_000;
  expect(clock.now()).toBe(1_000);
  clock.tick();
  time += 250;
  expect(clock.now()).toBe(1_250);
});
