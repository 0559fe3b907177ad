import type { Clock } from '../../src/peer/clock.ts';

interface Timer {
  readonly at: number;
  readonly callback: () => void;
}

/** Lets every promise that can go on do so, as long as nothing waits for real I/O. */
export function settle(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

/**
 * Time that passes only when a test lets it. Between two timers all promises settle, so a test says what happens in which
 * order and never waits for a real second.
 */
export class FakeClock implements Clock {
  /** What `random` returns. */
  chance = 0.5;
  #now = 1_000;
  /** By time, and of the same time in the order in which they were set. */
  readonly #timers: Timer[] = [];

  now(): number {
    return this.#now;
  }

  random(): number {
    return this.chance;
  }

  after(ms: number, callback: () => void): () => void {
    const timer: Timer = { at: this.#now + Math.max(0, ms), callback };
    const later = this.#timers.findIndex(({ at }) => at > timer.at);
    this.#timers.splice(later < 0 ? this.#timers.length : later, 0, timer);
    return () => {
      const at = this.#timers.indexOf(timer);
      if (at >= 0) this.#timers.splice(at, 1);
    };
  }

  /** Timers that are set. */
  get pending(): number {
    return this.#timers.length;
  }

  /** Lets this much time pass. */
  async advance(ms: number): Promise<void> {
    const end = this.#now + ms;
    await settle();
    while (this.#fire(end)) await settle();
    this.#now = Math.max(this.#now, end);
  }

  /** Lets time pass until the condition holds, at most `limitMs` of it. */
  async until(condition: () => boolean, limitMs = 120_000): Promise<void> {
    const end = this.#now + limitMs;
    await settle();
    while (!condition()) {
      if (!this.#fire(end)) throw new Error(`still not so at ${this.#now} ms: ${String(condition)}`);
      await settle();
    }
  }

  /** The process was held up: time has passed and nothing could happen meanwhile. */
  jump(ms: number): void {
    this.#now += ms;
  }

  /** A clock of the same time that counts the timers which were set through it. */
  share(): Clock & { readonly pending: number } {
    const own = new Set<() => void>();
    return {
      now: () => this.now(),
      random: () => this.random(),
      after: (ms, callback) => {
        const cancel = this.after(ms, () => {
          own.delete(cancel);
          callback();
        });
        own.add(cancel);
        return () => {
          own.delete(cancel);
          cancel();
        };
      },
      get pending() {
        return own.size;
      },
    };
  }

  #fire(end: number): boolean {
    const next = this.#timers[0];
    if (next === undefined || next.at > end) return false;
    this.#timers.shift();
    this.#now = Math.max(this.#now, next.at);
    next.callback();
    return true;
  }
}
