import { SnapError } from '../protocol/errors.ts';
import type { PhotoSink } from '../peer/photo.ts';
import type { PeerEvent } from '../peer/events.ts';
import type { Room } from '../peer/room.ts';
import { fromPeerEvent, type CliEvent } from './events.ts';
import type { Expectations } from './expectations.ts';
import type { PhotoSource, PreparedPhoto } from './photo-source.ts';
import { RunWatch } from './run-watch.ts';
import { shareLive, sharePhoto, type LiveSource, type ShareTarget } from './share-photos.ts';

/** Joining waits this long at most for the first picture to be read: it may come from somebody's keyboard, ms. */
const DECODING_MS = 200;

export interface JoinRun {
  /** Joins; `onEvent` gets everything that happens in the room. */
  readonly join: (onEvent: (event: PeerEvent) => void, sink: PhotoSink, signal: AbortSignal) => Promise<Room>;
  readonly sink: PhotoSink;
  /** Each is shared once, as it is. */
  readonly files: readonly PhotoSource[];
  readonly live?: LiveSource;
  /** Undefined: stay until interrupted. */
  readonly expected?: Expectations;
  /** Of the whole run, ms. */
  readonly timeoutMs?: number;
  /** The room's link, where it is ours to show. */
  readonly link?: string;
  readonly report: (event: CliEvent) => void;
  readonly onPhoto?: (event: Extract<CliEvent, { event: 'photo-received' }>) => void;
  /** Ends the run; its reason is what the caller wants to know again. */
  readonly signal: AbortSignal;
}

/**
 * One peer's time in a room, from joining to leaving. Resolves when all expectations are met.
 * @throws SnapError or ImageError with the reason otherwise, or the reason `signal` was aborted with
 */
export async function runJoin(run: JoinRun): Promise<void> {
  const failing = new AbortController();
  const until = AbortSignal.any([run.signal, failing.signal]);
  using watch = new RunWatch(run.expected, run.timeoutMs, (error) => failing.abort(error));
  const onEvent = (event: PeerEvent): void => {
    const reported = fromPeerEvent(event, run.link);
    if (reported !== undefined) run.report(reported);
    if (reported?.event === 'photo-received') run.onPhoto?.(reported);
    watch.receive(event);
  };
  // Whatever fails first ends the run, and its reason is the one that is told.
  const ended = new Promise<never>((_, reject) => {
    const onAbort = (): void => reject(until.reason as Error);
    if (until.aborted) onAbort();
    else until.addEventListener('abort', onAbort, { once: true });
  });
  const failOn = (work: Promise<unknown>): void => void work.catch((error: unknown) => failing.abort(error));
  failOn(ended);

  // Loading the WebRTC stack keeps this thread busy for a while: the first picture gets to a thread of its own before.
  const [preparing, decoding] = prepareFiles(run.files, until);
  const joining = decoding.then(() => run.join(onEvent, run.sink, until));
  failOn(joining);
  failOn(preparing);
  try {
    const [room, photos] = await Promise.race([Promise.all([joining, preparing]), ended]);
    const target = { room, watch, counted: run.expected !== undefined, report: run.report };
    failOn(sharing(target, photos, run.live, until));
    await Promise.race([watch.met, ended]);
  } finally {
    failing.abort(new SnapError('aborted', 'the run is over'));
    // Even when something else failed first: a seat that was taken meanwhile is given back.
    await joining.then(
      (room) => room.leave(),
      () => {},
    );
  }
}

/** All files made ready, and the moment when the first one is being decoded, or is late. */
function prepareFiles(
  files: readonly PhotoSource[],
  until: AbortSignal,
): [prepared: Promise<PreparedPhoto[]>, decoding: Promise<void>] {
  let onDecoding: () => void = () => {};
  const decoding = new Promise<void>((resolve) => (onDecoding = resolve));
  const prepared = Promise.all(files.map((file) => file.take(until, onDecoding)));
  prepared.then(onDecoding, onDecoding);
  const late = setTimeout(onDecoding, DECODING_MS);
  void decoding.then(() => clearTimeout(late));
  return [prepared, decoding];
}

async function sharing(
  target: ShareTarget,
  photos: readonly PreparedPhoto[],
  live: LiveSource | undefined,
  until: AbortSignal,
): Promise<void> {
  for (const photo of photos) sharePhoto(target, photo);
  if (live !== undefined) await shareLive(target, live, until);
  target.watch.finishSharing();
}
