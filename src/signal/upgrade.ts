import { STATUS_CODES, type IncomingHttpHeaders } from 'node:http';
import { REFUSAL_HEADER, SIGNAL_PATH, SUBPROTOCOL, type UpgradeRefusalCode } from '../protocol/endpoint.ts';

/** Why a request for a WebSocket is answered without one, as the client gets to see it. */
export interface UpgradeRefusal {
  readonly status: number;
  readonly code: UpgradeRefusalCode;
  /** One plain line: what was expected, what came. */
  readonly line: string;
}

/** Checks what can be told from the request alone; undefined when it may go on. */
export function refuseUpgrade(
  request: { readonly url?: string | undefined; readonly headers: IncomingHttpHeaders },
  origins: ReadonlySet<string>,
): UpgradeRefusal | undefined {
  if (pathOf(request.url) !== SIGNAL_PATH)
    return { status: 404, code: 'not-a-daemon', line: `expected a WebSocket request for ${SIGNAL_PATH}` };
  if (request.headers.upgrade?.toLowerCase() !== 'websocket') return webSocketExpected;
  const refusal = refuseOrigin(request, origins);
  if (refusal !== undefined) return refusal;
  const offered = request.headers['sec-websocket-protocol'];
  if (!offered?.split(',').some((protocol) => protocol.trim() === SUBPROTOCOL)) {
    const line = `expected the WebSocket subprotocol ${SUBPROTOCOL}, got ${offered === undefined ? 'none' : shorten(offered)}`;
    return { status: 400, code: 'version-mismatch', line };
  }
  return undefined;
}

/**
 * Pages of other sites do not speak to this daemon; those that it serves itself at `pagePort` may also speak to its other
 * ports. Programs that are no browsers name no origin.
 */
export function refuseOrigin(
  { headers: { host, origin } }: { readonly headers: IncomingHttpHeaders },
  origins: ReadonlySet<string>,
  pagePort?: number,
): UpgradeRefusal | undefined {
  if (origin === undefined || isAllowed(origin, host, origins)) return undefined;
  if (pagePort !== undefined && isAllowed(origin, host?.replace(/(?::\d+)?$/, `:${pagePort}`), origins))
    return undefined;
  const line = `expected a page of this daemon or of an allowed origin, got one of ${shorten(origin)}`;
  return { status: 403, code: 'origin-refused', line };
}

export const webSocketExpected: UpgradeRefusal = {
  status: 426,
  code: 'not-a-daemon',
  line: `expected a WebSocket with the subprotocol ${SUBPROTOCOL}`,
};

/** The whole HTTP response, for a socket that no HTTP server looks after any more. */
export function refusalResponse({ status, code, line }: UpgradeRefusal): string {
  const body = `${line}\n`;
  return [
    `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}`,
    'Connection: close',
    ...(status === 426 ? ['Upgrade: websocket'] : []),
    'Content-Type: text/plain; charset=utf-8',
    `Content-Length: ${Buffer.byteLength(body)}`,
    'X-Content-Type-Options: nosniff',
    `${REFUSAL_HEADER}: ${code}`,
    '',
    body,
  ].join('\r\n');
}

export function pathOf(url: string | undefined): string {
  return url?.split('?', 1)[0] ?? '';
}

function isAllowed(origin: string, host: string | undefined, origins: ReadonlySet<string>): boolean {
  if (origins.has(origin)) return true;
  // A page that this daemon served. Its scheme is not compared: before a proxy that ends TLS there is no telling.
  return URL.canParse(origin) && new URL(origin).host === host?.toLowerCase();
}

/** Text of a stranger, safe to send back and to log. */
function shorten(text: string): string {
  return JSON.stringify(text.slice(0, 80));
}
