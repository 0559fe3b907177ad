import { signal, type ReadonlySignal } from '@preact/signals';
import { openCamera, type Camera, type Facing } from './camera.ts';
import { draftFromFile, draftFromVideo, DraftError, type Draft } from './draft.ts';

/** Where a snap is made: one thing at a time. */
export type StudioPhase =
  | { readonly type: 'choosing'; readonly problem?: string }
  | { readonly type: 'asking' }
  | { readonly type: 'live'; readonly camera: Camera; readonly count?: number }
  | { readonly type: 'working' }
  | { readonly type: 'review'; readonly draft: Draft; readonly by: 'camera' | 'file' }
  | { readonly type: 'trouble'; readonly name: string };

const COUNT_FROM = 3;
const COUNT_MS = 800;

/** From a press of a button to a picture that is ready to be sent. The camera's light is on only while it is seen. */
export class Studio {
  readonly #phase = signal<StudioPhase>({ type: 'choosing' });
  readonly #facing = signal<Facing>('user');
  /** What was begun before the last change is no longer wanted. */
  #turn = 0;

  get phase(): ReadonlySignal<StudioPhase> {
    return this.#phase;
  }

  get facing(): ReadonlySignal<Facing> {
    return this.#facing;
  }

  open(): Promise<void> {
    return this.#open(this.#facing.value, false);
  }

  /** Where no camera faces the other way, `open` has the one from before again. */
  flip(): Promise<void> {
    return this.#open(this.#facing.value === 'user' ? 'environment' : 'user', true);
  }

  /** 3, 2, 1 and the frame that `video` shows then. A camera that is slow to start holds the countdown. */
  async shoot(video: HTMLVideoElement): Promise<void> {
    const phase = this.#phase.value;
    if (phase.type !== 'live' || phase.count !== undefined) return;
    const turn = this.#turn;
    for (let count = COUNT_FROM; count > 0; count -= 1) {
      this.#phase.value = { ...phase, count };
      await showsPicture(video);
      await new Promise((resolve) => setTimeout(resolve, COUNT_MS));
      if (turn !== this.#turn) return;
    }
    await this.#make('camera', () => draftFromVideo(video));
  }

  async takeFile(file: Blob): Promise<void> {
    this.#enter({ type: 'working' });
    await this.#make('file', () => draftFromFile(file));
  }

  /** Hands the picture over; its object URL goes with it. */
  release(): Draft | undefined {
    const phase = this.#phase.value;
    if (phase.type !== 'review') return undefined;
    this.#turn += 1;
    this.#phase.value = { type: 'choosing' };
    return phase.draft;
  }

  cancel(): void {
    this.#enter({ type: 'choosing' });
  }

  async #open(facing: Facing, exact: boolean): Promise<void> {
    const turn = this.#enter({ type: 'asking' });
    const opened = await openCamera(facing, exact, () => {
      this.#enter({ type: 'trouble', name: 'ended' });
    });
    if (turn !== this.#turn) {
      if (opened.ok) opened.camera.stop();
      return;
    }
    if (opened.ok) {
      this.#facing.value = facing;
      this.#enter({ type: 'live', camera: opened.camera });
    } else this.#enter({ type: 'trouble', name: opened.trouble });
  }

  async #make(by: 'camera' | 'file', make: () => Promise<Draft>): Promise<void> {
    const turn = this.#turn;
    try {
      const draft = await make();
      if (turn === this.#turn) this.#enter({ type: 'review', draft, by });
      else URL.revokeObjectURL(draft.url);
    } catch (error) {
      if (turn !== this.#turn) return;
      const problem = error instanceof DraftError ? error.message : `The picture could not be made: ${String(error)}`;
      this.#enter({ type: 'choosing', problem });
    }
  }

  #enter(next: StudioPhase): number {
    const before = this.#phase.value;
    if (before.type === 'live') before.camera.stop();
    if (before.type === 'review') URL.revokeObjectURL(before.draft.url);
    this.#phase.value = next;
    this.#turn += 1;
    return this.#turn;
  }
}

async function showsPicture(video: HTMLVideoElement): Promise<void> {
  if (video.readyState < video.HAVE_CURRENT_DATA)
    await new Promise((resolve) => video.addEventListener('loadeddata', resolve, { once: true }));
}
