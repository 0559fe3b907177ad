import * as v from 'valibot';
import { describeIssue } from './signaling.ts';

/**
 * What two peers say to each other through the daemon (PROTOCOL.md, "Signals"): the payload of `signal`. The daemon never
 * reads it; each peer checks it here, since the other one is a stranger too.
 */

/**
 * Which try to connect a signal belongs to. Attempts of a pair are ordered by `n`, then by `by`: both sides may start one
 * at the same moment and still agree on which counts.
 */
const attempt = v.object({
  n: v.pipe(v.number(), v.safeInteger(), v.minValue(1)),
  by: v.pipe(v.string(), v.maxLength(64)),
});

export const peerSignal = v.variant('type', [
  v.object({
    type: v.literal('description'),
    attempt,
    kind: v.picklist(['offer', 'answer']),
    sdp: v.pipe(v.string(), v.maxLength(60_000)),
  }),
  v.object({
    type: v.literal('candidate'),
    attempt,
    candidate: v.pipe(v.string(), v.maxLength(2_048)),
    mid: v.exactOptional(v.pipe(v.string(), v.maxLength(64))),
    line: v.exactOptional(v.pipe(v.number(), v.safeInteger(), v.minValue(0))),
  }),
  v.object({ type: v.literal('stale'), attempt }),
]);

export type PeerSignal = v.InferOutput<typeof peerSignal>;
export type AttemptId = v.InferOutput<typeof attempt>;

/** Reads a payload. Never throws. */
export function parsePeerSignal(
  payload: string,
): { readonly ok: true; readonly signal: PeerSignal } | { readonly ok: false; readonly problem: string } {
  let json: unknown;
  try {
    json = JSON.parse(payload);
  } catch {
    return { ok: false, problem: 'expected JSON' };
  }
  const result = v.safeParse(peerSignal, json, { abortEarly: true });
  return result.success ? { ok: true, signal: result.output } : { ok: false, problem: describeIssue(result.issues[0]) };
}

/** Negative when `a` came before `b`, 0 when they are the same attempt. */
export function compareAttempts(a: AttemptId, b: AttemptId): number {
  if (a.n !== b.n) return a.n - b.n;
  if (a.by === b.by) return 0;
  return a.by < b.by ? -1 : 1;
}
