import type { PeerEvent } from '../peer/events.ts';

type Progress = Extract<PeerEvent, { type: 'photo-progress' }>;

/** Nobody sees a step sooner than this, ms. */
const STEP_MS = 100;

/**
 * Which steps of arriving photos are worth drawing. A photo that is here in less than a step is drawn when it is stored: until
 * then the page has the processor for checking it. What goes out is told in so few steps that each one counts.
 */
export class ProgressPace {
  readonly #now: () => number;
  /** By peer and photo: when it began, or was drawn last. */
  readonly #drawnAt = new Map<string, number>();

  constructor(now: () => number) {
    this.#now = now;
  }

  isDue({ direction, peer, photo, bytes, total }: Progress): boolean {
    if (direction === 'out') return true;
    const key = `${peer} ${photo}`;
    const now = this.#now();
    const drawnAt = this.#drawnAt.get(key);
    const due = drawnAt !== undefined && now - drawnAt >= STEP_MS;
    if (bytes === total) this.#drawnAt.delete(key);
    else if (due || drawnAt === undefined) this.#drawnAt.set(key, now);
    return due;
  }
}
