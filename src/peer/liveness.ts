import { LIMITS } from '../protocol/limits.ts';
import type { Clock } from './clock.ts';

export interface LivenessEvents {
  /** Nothing was sent for a while: the other side should hear from us. */
  onIdle(): void;
  /** Nothing was heard for `LIMITS.linkSilentMs`. Once; it watches no more. */
  onSilent(silentMs: number): void;
}

/** How often it looks: an idle side is heard at least every `LIMITS.heartbeatMs`. */
const LOOK_MS = LIMITS.heartbeatMs / 2;
/** In which a doubted side has to be heard, ms: even an idle one speaks in this time. */
const DOUBT_MS = 2 * LIMITS.heartbeatMs;

/** Decides whether the other end of an open connection is there, whatever the WebRTC stack believes. */
export class Liveness {
  readonly #clock: Clock;
  readonly #events: LivenessEvents;
  #heardAt = 0;
  #saidAt = 0;
  #cancel: () => void = () => {};

  constructor(clock: Clock, events: LivenessEvents) {
    this.#clock = clock;
    this.#events = events;
  }

  start(): void {
    this.#heardAt = this.#clock.now();
    this.#saidAt = this.#heardAt;
    this.#lookLater();
  }

  stop(): void {
    this.#cancel();
  }

  /** Something came. */
  heard(): void {
    this.#heardAt = this.#clock.now();
  }

  /** Something was sent. */
  said(): void {
    this.#saidAt = this.#clock.now();
  }

  /** Something happened that may have ended the connection unnoticed: less silence than usual is enough now. */
  doubt(): void {
    this.#heardAt = Math.min(this.#heardAt, this.#clock.now() - LIMITS.linkSilentMs + DOUBT_MS);
  }

  #lookLater(): void {
    this.#cancel();
    const due = this.#clock.now() + LOOK_MS;
    this.#cancel = this.#clock.after(LOOK_MS, () => this.#look(due));
  }

  #look(due: number): void {
    const now = this.#clock.now();
    // This process was held up (a sleeping laptop, a busy loop): what came meanwhile is still waiting to be read.
    if (now - due > LIMITS.heartbeatMs) this.#heardAt = Math.max(this.#heardAt, now - LIMITS.linkSilentMs / 2);
    if (now - this.#heardAt >= LIMITS.linkSilentMs) {
      this.#events.onSilent(now - this.#heardAt);
      return;
    }
    // Before `onIdle`, which may end in `stop`.
    this.#lookLater();
    if (now - this.#saidAt >= LOOK_MS) this.#events.onIdle();
  }
}
