import { expect, test } from 'vitest';
import type { CliEvent } from '../../src/cli/events.ts';
import { joinPatiently } from '../../src/cli/join-patiently.ts';
import type { Room } from '../../src/peer/room.ts';
import { SnapError } from '../../src/protocol/errors.ts';

const room = {} as Room;

/** Joins that fail with these errors first. */
function start(...failures: readonly Error[]) {
  const events: CliEvent[] = [];
  const controller = new AbortController();
  const left = [...failures];
  return {
    events,
    controller,
    left,
    join: () => {
      const failure = left.shift();
      return failure === undefined ? Promise.resolve(room) : Promise.reject(failure);
    },
    context: { report: (event: CliEvent) => void events.push(event), signal: controller.signal },
  };
}

function held(retryAfterMs?: number): SnapError {
  return new SnapError('too-many-attempts', 'too many joins have failed', { retryAfterMs });
}

test('a join that has to wait is tried again after each pause, and a person is told', async () => {
  const { context, events, join } = start(held(1), held(2));
  expect(await joinPatiently(join, context)).toBe(room);
  const warning = { event: 'warning', code: 'too-many-attempts' };
  expect(events).toEqual([1, 2].map(() => ({ ...warning, message: expect.stringContaining('trying again in 1 s') })));
});

test('a pause that is longer than the run may take is not begun', async () => {
  const { context, events, join, left } = start(held(50_000), held(1));
  await expect(joinPatiently(join, { ...context, timeoutMs: 30_000 })).rejects.toMatchObject({
    code: 'too-many-attempts',
  });
  expect({ left: left.length, events }).toEqual({ left: 1, events: [] });
});

test('any other failure is the end', async () => {
  const { context, join, left } = start(new SnapError('access-denied', 'no'), held(1));
  await expect(joinPatiently(join, context)).rejects.toMatchObject({ code: 'access-denied' });
  expect(left).toHaveLength(1);
});

test('a run that is ended does not wait for the pause', async () => {
  const { context, controller, join } = start(held());
  const joining = joinPatiently(join, { ...context, report: () => controller.abort(new Error('enough')) });
  await expect(joining).rejects.toMatchObject({ name: 'AbortError' });
});
