/**
 * Milliseconds that this process was awake. While a daemon is suspended or starved no client can be heard, so time that
 * passed unseen must not count against anybody: it stands still from `strideMs` after the last tick on.
 */
export class AwakeClock {
  readonly #strideMs: number;
  readonly #read: () => number;
  #before = 0;
  #tickedAt: number;

  /** `read` is any clock that only grows. `tick` is expected at least every `strideMs`. */
  constructor(strideMs: number, read: () => number) {
    this.#strideMs = strideMs;
    this.#read = read;
    this.#tickedAt = read();
  }

  now(): number {
    return this.#before + Math.min(this.#read() - this.#tickedAt, this.#strideMs);
  }

  tick(): void {
    this.#before = this.now();
    this.#tickedAt = this.#read();
  }
}
