import { setTimeout as sleep } from 'node:timers/promises';
import type { Room } from '../peer/room.ts';
import { SnapError } from '../protocol/errors.ts';
import type { CliContext } from './context.ts';

/** Unless the daemon says how long, ms. */
const PAUSE_MS = 5_000;

/**
 * Joins, and again after each pause that a private daemon asks for because too many others have failed from this address.
 * @param timeoutMs of the whole run from now on: a pause that would outlast it is not begun
 * @throws whatever `join` has failed with otherwise
 */
export async function joinPatiently(
  join: () => Promise<Room>,
  { report, timeoutMs = Infinity, signal }: Pick<CliContext, 'report' | 'signal'> & { readonly timeoutMs?: number },
): Promise<Room> {
  const deadline = performance.now() + timeoutMs;
  for (;;) {
    try {
      return await join();
    } catch (error) {
      if (!(error instanceof SnapError) || error.code !== 'too-many-attempts') throw error;
      const { code, message, retryAfterMs = PAUSE_MS } = error;
      if (performance.now() + retryAfterMs >= deadline) throw error;
      report({ event: 'warning', code, message: `${message}; trying again in ${Math.ceil(retryAfterMs / 1_000)} s` });
      await sleep(retryAfterMs, undefined, { signal });
    }
  }
}
