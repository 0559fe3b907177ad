import { REFUSAL_HEADER } from '../../protocol/endpoint.ts';
import { parseRetryAfter, type Http } from '../http.ts';

/** A request that outlives its page may be at most this long; browsers allow 64 KiB for all of them together. */
const KEEPALIVE_LENGTH = 8_192;

/** HTTP of pages. */
export const browserHttp: Http = {
  async get(url, headers, signal) {
    try {
      const response = await fetch(url, { headers, signal, cache: 'no-store' });
      return {
        url: response.url,
        status: response.status,
        type: response.headers.get('content-type') ?? '',
        refusal: response.headers.get(REFUSAL_HEADER) ?? undefined,
        retryAfterMs: parseRetryAfter(response.headers.get('retry-after')),
        chunks: chunksOf(response.body),
      };
    } catch (cause) {
      // Browsers do not say more.
      return { problem: navigator.onLine ? 'the connection could not be opened' : 'this device is offline', cause };
    }
  },
  async post(url, body, signal) {
    // A farewell still gets out when its page is gone.
    const keepalive = body.length <= KEEPALIVE_LENGTH;
    const { status } = await fetch(url, { method: 'POST', body, signal, keepalive, cache: 'no-store' });
    return status;
  },
};

/** Not every browser iterates over a stream by itself. */
async function* chunksOf(body: ReadableStream<Uint8Array> | null): AsyncGenerator<Uint8Array> {
  if (body === null) return;
  const reader = body.getReader();
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      yield value;
    }
  } finally {
    await reader.cancel();
  }
}
