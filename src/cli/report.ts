import type { CliEvent } from './events.ts';

/** Where a command's events go. */
export interface Report {
  emit(event: CliEvent): void;
  /** Leaves the terminal as it was found. */
  end(): void;
}

/** A stream that text can be written to. */
export interface TextSink {
  write(text: string): unknown;
}

/** Photos below this size are there before anybody could want to know how far they are. */
const PROGRESS_BYTES = 1_000_000;

/** One JSON object per line, each with the version of this format and the milliseconds since the start. */
export function createJsonReport(stdout: TextSink, now: () => number): Report {
  const startedAt = now();
  const tenths = new Map<string, number>();
  return {
    emit(event) {
      // Progress in steps of a tenth: a line per chunk would drown everything else.
      if (event.event === 'photo-progress') {
        const key = `${event.as ?? ''} ${event.direction} ${event.peer} ${event.photo}`;
        const tenth = Math.floor((10 * event.bytes) / event.total);
        if (event.total < PROGRESS_BYTES || tenths.get(key) === tenth) return;
        if (tenth === 10) tenths.delete(key);
        else tenths.set(key, tenth);
      }
      const { event: name, ...fields } = event;
      stdout.write(`${JSON.stringify({ v: 1, event: name, t: Math.round(now() - startedAt), ...fields })}\n`);
    },
    end() {},
  };
}
