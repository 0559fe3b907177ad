/** Keeps the screen on, and with it the network of a phone, while photos are on their way. */
export class TransferWakeLock {
  #wanted = false;
  #held: Promise<WakeLockSentinel | undefined> | undefined;

  /** Call it again when the page is seen again: the browser takes the lock from hidden pages. */
  want(wanted: boolean): void {
    this.#wanted = wanted;
    if (!wanted) {
      void this.#held?.then((lock) => lock?.release());
      this.#held = undefined;
      return;
    }
    if (document.visibilityState !== 'visible') return;
    this.#held ??= this.#request();
  }

  async #request(): Promise<WakeLockSentinel | undefined> {
    try {
      // Absent on insecure origins, whatever the types say.
      const lock = await (navigator.wakeLock as Navigator['wakeLock'] | undefined)?.request('screen');
      lock?.addEventListener('release', () => {
        this.#held = undefined;
        this.want(this.#wanted);
      });
      return lock;
    } catch {
      // A low battery, or a person who does not want it: the transfer goes on without.
      return undefined;
    }
  }
}
