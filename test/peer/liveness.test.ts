import { expect, test } from 'vitest';
import { LIMITS } from '../../src/protocol/limits.ts';
import { Liveness } from '../../src/peer/liveness.ts';
import { FakeClock } from './fake-clock.ts';

function watch() {
  const clock = new FakeClock();
  const told: string[] = [];
  const liveness: Liveness = new Liveness(clock, {
    onIdle: () => {
      told.push('idle');
      liveness.said();
    },
    onSilent: (ms) => told.push(`silent for ${ms}`),
  });
  liveness.start();
  return { clock, told, liveness };
}

test('a side with nothing to say is heard at least every three seconds', async () => {
  const { clock, told, liveness } = watch();
  for (let time = 0; time < 20; time += 1) {
    liveness.heard();
    const before = told.length;
    await clock.advance(LIMITS.heartbeatMs);
    expect(told.length).toBeGreaterThan(before);
  }
  expect(new Set(told)).toEqual(new Set(['idle']));
});

test('a side that talks anyway sends no heartbeats', async () => {
  const { clock, told, liveness } = watch();
  for (let step = 0; step < 100; step += 1) {
    liveness.heard();
    liveness.said();
    await clock.advance(100);
  }
  expect(told).toEqual([]);
});

test('a silent side is given up in less than 15 s, and once', async () => {
  const { clock, told } = watch();
  await clock.until(() => told.some((one) => one.startsWith('silent')));
  expect(clock.now() - 1_000).toBeLessThan(15_000);
  await clock.advance(60_000);
  expect(told.filter((one) => one.startsWith('silent'))).toEqual([`silent for ${LIMITS.linkSilentMs}`]);
  expect(clock.pending).toBe(0);
});

test('a process that was held up gives the other side time to be heard, and not for ever', async () => {
  const { clock, told, liveness } = watch();
  clock.jump(3_600_000);
  await clock.advance(LIMITS.linkSilentMs / 2 - 1_500);
  expect(told.filter((one) => one.startsWith('silent'))).toEqual([]);
  liveness.heard();
  await clock.advance(LIMITS.linkSilentMs - 1_500);
  expect(told.filter((one) => one.startsWith('silent'))).toEqual([]);
  await clock.advance(3_000);
  expect(told.filter((one) => one.startsWith('silent'))).toHaveLength(1);
});

test('a doubted side is given up sooner than usual, unless it is heard', async () => {
  const { clock, told, liveness } = watch();
  const isGivenUp = (): boolean => told.some((one) => one.startsWith('silent'));
  liveness.doubt();
  await clock.advance(LIMITS.heartbeatMs);
  liveness.heard();
  await clock.advance(LIMITS.linkSilentMs - LIMITS.heartbeatMs);
  expect(isGivenUp()).toBe(false);
  liveness.heard();
  liveness.doubt();
  await clock.advance(2 * LIMITS.heartbeatMs + LIMITS.heartbeatMs / 2);
  expect(isGivenUp()).toBe(true);
});

test('nothing is told after stop, also when that was the answer to being idle', async () => {
  const clock = new FakeClock();
  let idle = 0;
  const liveness: Liveness = new Liveness(clock, {
    onIdle: () => {
      idle += 1;
      liveness.stop();
    },
    onSilent: () => expect.fail('stopped'),
  });
  liveness.start();
  await clock.advance(60_000);
  expect(idle).toBe(1);
  expect(clock.pending).toBe(0);
});
