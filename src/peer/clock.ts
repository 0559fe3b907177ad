/**
 * Time and chance as parameters. `now` is milliseconds from any fixed point, only ever growing. `after` calls back once
 * unless the returned function is called first. `random` is uniform in [0, 1).
 */
export interface Clock {
  now(): number;
  after(ms: number, callback: () => void): () => void;
  random(): number;
}

/** The clock of the platform: `performance`, `setTimeout` and `Math.random` are the same in Node and in a page. */
export const systemClock: Clock = {
  now: () => performance.now(),
  after(ms, callback) {
    const timer = setTimeout(callback, ms);
    return () => clearTimeout(timer);
  },
  random: () => Math.random(),
};
