import { STATUS_CODES, type IncomingHttpHeaders } from 'node:http';
import { REFUSAL_HEADER, SIGNAL_PATH, SUBPROTOCOL, type UpgradeRefusalCode } from '../protocol/endpoint.ts';

/** Why a request for a WebSocket or a stream of events is answered without one, as the client gets to see it. */
export interface UpgradeRefusal {
  readonly status: number;
  readonly code: UpgradeRefusalCode;
  /** One plain line: what was expected, what came. */
  readonly line: string;
  /** When another try makes sense, in seconds from now. */
  readonly retryAfterS?: number;
}

/** Checks what can be told from the request alone; undefined when it may go on. */
export function refuseUpgrade(
  request: { readonly url?: string | undefined; readonly headers: IncomingHttpHeaders },
  origins: ReadonlySet<string>,
): UpgradeRefusal | undefined {
  if (pathOf(request.url) !== SIGNAL_PATH)
    return { status: 404, code: 'not-a-daemon', line: `expected a WebSocket request for ${SIGNAL_PATH}` };
  if (request.headers.upgrade?.toLowerCase() !== 'websocket') return webSocketExpected;
  const refusal = refuseOrigin(request.headers, origins);
  if (refusal !== undefined) return refusal;
  const offered = request.headers['sec-websocket-protocol'];
  if (!offered?.split(',').some((protocol) => protocol.trim() === SUBPROTOCOL)) {
    const line = `expected the WebSocket subprotocol ${SUBPROTOCOL}, got ${offered === undefined ? 'none' : shorten(offered)}`;
    return { status: 400, code: 'version-mismatch', line };
  }
  return undefined;
}

/**
 * The origin rule (PROTOCOL.md, "Connecting"): pages of this daemon, pages of `origins`, and who is no page. A page may send
 * a GET without naming its origin; its browser then says at least whether it is another one. The daemon's pages at `pagePort`
 * may also speak to its other ports.
 */
export function refuseOrigin(
  { origin, host, 'sec-fetch-site': site }: IncomingHttpHeaders,
  origins: ReadonlySet<string>,
  pagePort?: number,
): UpgradeRefusal | undefined {
  if (origin === undefined)
    return site === undefined || OWN_SITES.has(site) ? undefined : originRefused('another site');
  const isAllowed = origins.has(origin) || isSameOrigin(origin, host) || isOfPort(origin, host, pagePort);
  return isAllowed ? undefined : originRefused(shorten(origin));
}

/** The values of `Sec-Fetch-Site` for a page of this very origin, and for a person who typed the address. */
const OWN_SITES: ReadonlySet<string | string[]> = new Set(['same-origin', 'none']);

/** A page that this daemon served. Its scheme is not compared: before a proxy that ends TLS there is no telling. */
function isSameOrigin(origin: string, host: string | undefined): boolean {
  return URL.canParse(origin) && new URL(origin).host === host?.toLowerCase();
}

/** The ports that no origin names. */
const USUAL_PORTS: ReadonlyMap<string, number> = new Map([
  ['http:', 80],
  ['https:', 443],
]);

/** A page of this host at another one of its ports. */
function isOfPort(origin: string, host: string | undefined, port: number | undefined): boolean {
  if (port === undefined || !URL.canParse(origin)) return false;
  const page = new URL(origin);
  const pagePort = page.port === '' ? USUAL_PORTS.get(page.protocol) : Number(page.port);
  return page.hostname === host?.toLowerCase().replace(/:\d+$/, '') && pagePort === port;
}

function originRefused(got: string): UpgradeRefusal {
  const line = `expected a page of this daemon or of an allowed origin, got one of ${got}`;
  return { status: 403, code: 'origin-refused', line };
}

/** What does not depend on the request; undefined when the daemon takes one more connection. */
export function refuseForNow(isStopping: boolean, hasRoom: boolean): UpgradeRefusal | undefined {
  if (isStopping) return { status: 503, code: 'shutting-down', line: 'this daemon is being stopped' };
  if (hasRoom) return undefined;
  return { status: 503, code: 'too-many-connections', line: 'this daemon has as many connections as it can serve' };
}

export const webSocketExpected: UpgradeRefusal = {
  status: 426,
  code: 'not-a-daemon',
  line: `expected a WebSocket with the subprotocol ${SUBPROTOCOL}`,
};

/** The whole HTTP response, for a socket that no HTTP server looks after any more. */
export function refusalResponse({ status, code, line, retryAfterS }: UpgradeRefusal): string {
  const body = `${line}\n`;
  return [
    `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}`,
    'Connection: close',
    ...(status === 426 ? ['Upgrade: websocket'] : []),
    ...(retryAfterS === undefined ? [] : [`Retry-After: ${retryAfterS}`]),
    'Content-Type: text/plain; charset=utf-8',
    `Content-Length: ${Buffer.byteLength(body)}`,
    'X-Content-Type-Options: nosniff',
    `${REFUSAL_HEADER}: ${code}`,
    '',
    body,
  ].join('\r\n');
}

export function pathOf(url = ''): string {
  const end = url.indexOf('?');
  return end < 0 ? url : url.slice(0, end);
}

/** Text of a stranger, safe to send back and to log. */
export function shorten(text: string): string {
  return JSON.stringify(text.slice(0, 80));
}
