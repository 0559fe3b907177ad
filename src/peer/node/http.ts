import * as plain from 'node:http';
import * as secure from 'node:https';
import { REFUSAL_HEADER } from '../../protocol/endpoint.ts';
import { parseRetryAfter, type Http, type HttpAnswer } from '../http.ts';
import { connectionFailure } from './connection-failure.ts';
import { connectPinned } from './daemon-certificate.ts';

/** As many as browsers follow would be 20; ours go from http: to https:, or to another name. */
const REDIRECTS_MAX = 5;

/** HTTP of terminals. With a fingerprint (`AB:CD:…`) only the daemon with that certificate is spoken to, trusted or not. */
export function nodeHttp(fingerprint?: string): Http {
  const agents = {
    'http:': new plain.Agent({ keepAlive: true }),
    'https:': fingerprint === undefined ? new secure.Agent({ keepAlive: true }) : pinnedAgent(fingerprint),
  };
  const ask = (
    url: string,
    options: plain.RequestOptions,
    signal: AbortSignal,
    body?: string,
  ): Promise<plain.IncomingMessage> =>
    new Promise((resolve, reject) => {
      const asking = url.startsWith('https:')
        ? secure.request(url, { ...options, agent: agents['https:'] })
        : plain.request(url, { ...options, agent: agents['http:'] });
      // Node's own `signal` ends the connection with an error, which nobody hears once the answer was read.
      const abort = (): void => void asking.destroy();
      if (signal.aborted) abort();
      else signal.addEventListener('abort', abort, { once: true });
      asking.once('response', resolve);
      // Also after the answer, when its reader hears of it as well.
      asking.on('error', reject);
      asking.once('close', () => signal.removeEventListener('abort', abort));
      asking.end(body);
    });
  const follow = async (
    url: string,
    headers: Readonly<Record<string, string>>,
    signal: AbortSignal,
    redirects: number,
  ): Promise<HttpAnswer> => {
    const response = await ask(url, { headers }, signal);
    const { statusCode: status = 0, headers: answered } = response;
    // No redirects with a fingerprint: they lead to somebody else.
    if (answered.location !== undefined && isRedirect(status) && fingerprint === undefined && redirects > 0) {
      response.resume();
      return follow(new URL(answered.location, url).href, headers, signal, redirects - 1);
    }
    const refusal = answered[REFUSAL_HEADER];
    return {
      url,
      status,
      type: answered['content-type'] ?? '',
      refusal: typeof refusal === 'string' ? refusal : undefined,
      retryAfterMs: parseRetryAfter(answered['retry-after']),
      chunks: response,
    };
  };
  return {
    async get(url, headers, signal) {
      try {
        return await follow(url, headers, signal, REDIRECTS_MAX);
      } catch (cause) {
        const error = cause as Error & { code?: string };
        if (error.code?.startsWith('HPE_') === true)
          return {
            problem: `it answered something that is no HTTP (${error.message})`,
            refusal: 'not-a-daemon',
            cause,
          };
        return { ...connectionFailure(error), cause };
      }
    },
    async post(url, body, signal) {
      const headers = { 'Content-Type': 'text/plain; charset=utf-8', 'Content-Length': Buffer.byteLength(body) };
      const response = await ask(url, { method: 'POST', headers }, signal, body);
      response.on('error', () => {});
      response.resume();
      return response.statusCode ?? 0;
    },
  };
}

function isRedirect(status: number): boolean {
  return [301, 302, 303, 307, 308].includes(status);
}

function pinnedAgent(fingerprint: string): secure.Agent {
  return Object.assign(new secure.Agent({ keepAlive: true }), {
    createConnection: ({ host, port }: { readonly host: string; readonly port: number }) =>
      connectPinned(host, port, fingerprint),
  });
}
