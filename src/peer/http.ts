import type { SignalSocketClose } from './signal-socket.ts';

/** The port to HTTP, as much of it as streams of events need. Adapters: node:http (node/http.ts), fetch (browser/http.ts). */
export interface Http {
  /** Asks for something that comes bit by bit. Resolves when the head of the answer is there, or there is none. */
  get(
    url: string,
    headers: Readonly<Record<string, string>>,
    signal: AbortSignal,
  ): Promise<HttpAnswer | (Pick<SignalSocketClose, 'refusal' | 'cause'> & { readonly problem: string })>;
  /** Sends a text. Resolves with the status of the answer; rejects when there is none. */
  post(url: string, body: string, signal: AbortSignal): Promise<number>;
}

export interface HttpAnswer {
  /** Where it came from in the end, after redirects. */
  readonly url: string;
  readonly status: number;
  /** The `Content-Type`; empty when there is none. */
  readonly type: string;
  /** The value of `REFUSAL_HEADER`. */
  readonly refusal: string | undefined;
  /** From `Retry-After`. */
  readonly retryAfterMs: number | undefined;
  /** Throws when the connection breaks, or `signal` is aborted. */
  readonly chunks: AsyncIterable<Uint8Array>;
}

/** The value of a header `Retry-After`; undefined unless it is a number of seconds, as ours is. */
export function parseRetryAfter(value: string | null | undefined): number | undefined {
  return /^\d{1,6}$/.test(value ?? '') ? 1_000 * Number(value) : undefined;
}
