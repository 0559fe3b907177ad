'use strict';

const LOCK_MS = 30_000;

/** Of the two ends of a link one at a time has it. The tasks of each end run one after the other. */
class Lock {
  state = 'free';
  /** Whether the other end waits for an answer. */
  isAsked = false;
  queue = Promise.resolve();

  /** `say` tells the other end something of this type. */
  constructor(isPolite, say) {
    this.isPolite = isPolite;
    this.say = say;
  }

  /** Runs the task as soon as this end has the lock, which it gives back after it; resolves to what the task does. */
  run(task, timeoutMs = LOCK_MS) {
    const done = this.queue.then(async () => {
      try {
        await this.acquire(timeoutMs);
        return await task();
      } finally {
        this.release();
      }
    });
    this.queue = done.catch(() => {});
    return done;
  }

  acquire(timeoutMs) {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error('the lock was not to be had in time')), timeoutMs);
      this.state = 'seeking';
      this.granted = () => {
        clearTimeout(timer);
        resolve();
      };
      this.say('lockRequest');
    });
  }

  release() {
    this.state = 'free';
    if (this.isAsked) this.say('lockResponse');
    this.isAsked = false;
  }

  lockRequest() {
    if (this.state === 'held' || (this.state === 'seeking' && !this.isPolite)) this.isAsked = true;
    else this.say('lockResponse');
  }

  lockResponse() {
    // It may come after this end has given up.
    if (this.state !== 'seeking') return;
    this.state = 'held';
    this.granted();
  }
}
