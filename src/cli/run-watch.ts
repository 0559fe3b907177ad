import type { PeerEvent } from '../peer/events.ts';
import { SnapError } from '../protocol/errors.ts';
import { ExpectationTracker, type Expectations } from './expectations.ts';

/** Once the expectations cannot come true with those in the room, others have this long to join, ms. */
const HOPELESS_MS = 5_000;

/** Decides when a run is over: expectations met, out of time, or without hope. Ends with its scope. */
export class RunWatch implements Disposable {
  readonly #tracker: ExpectationTracker | undefined;
  readonly #fail: (error: SnapError) => void;
  readonly #timeout: NodeJS.Timeout | undefined;
  #hopeless: NodeJS.Timeout | undefined;
  #admitted = false;
  #onMet: () => void = () => {};
  /** Resolves when all expectations are met; never without any. */
  readonly met = new Promise<void>((resolve) => (this.#onMet = resolve));

  /** `fail` is told why the run cannot succeed any more. */
  constructor(expected: Expectations | undefined, timeoutMs: number | undefined, fail: (error: SnapError) => void) {
    this.#tracker = expected === undefined ? undefined : new ExpectationTracker(expected);
    this.#fail = fail;
    if (timeoutMs !== undefined) this.#timeout = setTimeout(() => fail(this.#timeoutError(timeoutMs)), timeoutMs);
  }

  receive(event: PeerEvent): void {
    if (event.type === 'photo-progress') return;
    if (event.type === 'room') this.#admitted = true;
    if (event.type === 'ended') this.#fail(event.error);
    if (this.#tracker === undefined) return;
    // Our own disk, not another peer: waiting for more makes no sense to a script.
    if (event.type === 'photo-failed' && event.direction === 'in' && event.error.code === 'storage-failed')
      this.#fail(event.error);
    this.#tracker.receive(event);
    this.#judge();
  }

  /** One of our photos was offered to everybody, in the place of another one when `replaces` is given. */
  share(photo: string, replaces?: string): void {
    this.#tracker?.share(photo, replaces);
  }

  /** Whatever had to be shared for the expectations has been. */
  finishSharing(): void {
    this.#tracker?.finishSharing();
    this.#judge();
  }

  [Symbol.dispose](): void {
    clearTimeout(this.#timeout);
    clearTimeout(this.#hopeless);
  }

  #judge(): void {
    const verdict = this.#tracker?.verdict();
    if (verdict?.type !== 'hopeless') {
      clearTimeout(this.#hopeless);
      this.#hopeless = undefined;
    }
    if (verdict?.type === 'met') this.#onMet();
    if (verdict?.type === 'hopeless') this.#hopeless ??= setTimeout(() => this.#fail(verdict.error), HOPELESS_MS);
  }

  #timeoutError(ms: number): SnapError {
    const time = `${ms / 1_000} s`;
    if (!this.#admitted)
      return new SnapError('daemon-unreachable', `the daemon did not let us in within ${time}: is --server right?`);
    return (
      this.#tracker?.timeoutError(time) ?? new SnapError('timeout', `the time given with --timeout (${time}) is over`)
    );
  }
}
