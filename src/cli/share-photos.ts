import { setTimeout as sleep } from 'node:timers/promises';
import type { Room } from '../peer/room.ts';
import type { CliEvent } from './events.ts';
import { toFailure } from './exit-codes.ts';
import type { PhotoSource, PreparedPhoto } from './photo-source.ts';
import type { RunWatch } from './run-watch.ts';

/** A camera or the like: one picture, or one after the other. */
export interface LiveSource {
  readonly source: PhotoSource;
  /** Time from one picture to the next, ms; undefined for a single one. */
  readonly everyMs?: number;
  /** Undefined: until the end of the run. */
  readonly count?: number;
}

/** Where photos are shared, and who wants to know. */
export interface ShareTarget {
  readonly room: Room;
  readonly watch: RunWatch;
  /** Does a script count receipts? Then every one of a counted series is kept for everybody. */
  readonly counted: boolean;
  readonly report: (event: CliEvent) => void;
}

/** Offers a photo to the room, in the place of another one when `replaces` is given; returns its id. */
export function sharePhoto({ room, watch, report }: ShareTarget, photo: PreparedPhoto, replaces?: string): string {
  const { source, inputBytes, mediaType, width, height } = photo;
  const shared = room.share(photo, replaces === undefined ? {} : { replaces });
  watch.share(shared.photo, replaces);
  report({
    event: 'photo-captured',
    photo: shared.photo,
    bytes: photo.bytes.length,
    width,
    height,
    type: mediaType,
    sha256: shared.sha256,
    source,
    inputBytes,
  });
  return shared.photo;
}

/** Shares pictures of a live source until its count or `until` ends it. Rejects when the first one cannot be taken. */
export async function shareLive(target: ShareTarget, live: LiveSource, until: AbortSignal): Promise<void> {
  const { everyMs, source } = live;
  const count = live.count ?? (everyMs === undefined ? 1 : Number.POSITIVE_INFINITY);
  const endless = count === Number.POSITIVE_INFINITY;
  let latest: string | undefined;
  for (let taken = 0; taken < count && !until.aborted; taken += 1) {
    const startedAt = performance.now();
    const photo = await source.take(until).catch((error: unknown) => {
      // One failed frame of many is no reason to leave the room: a camera that was unplugged may come back.
      if (latest === undefined || until.aborted) throw error;
      const { code, message } = toFailure(error);
      target.report({ event: 'warning', code, message });
      return undefined;
    });
    if (until.aborted) return;
    // An endless series has no last photo, so each takes the place of the one before.
    const replaces = endless || !target.counted ? latest : undefined;
    if (photo !== undefined) latest = sharePhoto(target, photo, replaces);
    if (endless) target.watch.finishSharing();
    if (taken + 1 < count && everyMs !== undefined) {
      const pause = Math.max(0, everyMs - (performance.now() - startedAt));
      await sleep(pause, undefined, { signal: until }).catch(() => {});
    }
  }
}
