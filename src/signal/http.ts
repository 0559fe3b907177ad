import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { SIGNAL_PATH } from '../protocol/endpoint.ts';
import type { TlsPair } from './certificate.ts';
import type { DaemonLimits } from './daemon-limits.ts';
import { TLS_MIN_VERSION, watchHandshakes } from './tls.ts';
import { pathOf, webSocketExpected } from './upgrade.ts';

/** Answers a request for a path of its own and says so. */
export type RequestHandler = (request: IncomingMessage, response: ServerResponse) => boolean;

/** The HTTP side of a daemon, not listening yet. */
export interface HttpServer {
  readonly server: Server;
  /** Ends all connections now, except those that are WebSockets by then. */
  readonly cut: () => void;
}

/**
 * Health for those who look after the daemon, a page for everybody else, over TLS when there is a pair for it. Clients that
 * are slow to say what they want are cut by the server's own time limits.
 */
export function createHttpServer(options: {
  readonly limits: DaemonLimits;
  readonly isReady: () => boolean;
  /** Asked in turn, for any method. */
  readonly handlers: readonly RequestHandler[];
  /** Asked last, for GET and HEAD only. */
  readonly page?: RequestHandler;
  readonly tls?: TlsPair;
}): HttpServer {
  const { connections, requestMs, requests, sweepMs } = options.limits;
  const bounds = { headersTimeout: requestMs, requestTimeout: requestMs, connectionsCheckingInterval: sweepMs };
  const onRequest = (request: IncomingMessage, response: ServerResponse): void => {
    try {
      answer(request, response, options);
    } catch {
      response.destroy();
    }
  };
  if (options.tls === undefined) {
    const server = createServer(bounds, onRequest);
    server.maxConnections = connections + requests;
    return { server, cut: () => server.closeAllConnections() };
  }
  const { cert, key } = options.tls;
  const server = createTlsServer(
    { ...bounds, cert, key, minVersion: TLS_MIN_VERSION, handshakeTimeout: requestMs },
    onRequest,
  );
  server.maxConnections = connections + requests;
  const cutHandshakes = watchHandshakes(server);
  return {
    server,
    cut: () => {
      cutHandshakes();
      server.closeAllConnections();
    },
  };
}

/** No handler takes these. */
const OWN_PATHS: ReadonlySet<string> = new Set(['/healthz', '/readyz', SIGNAL_PATH]);

function answer(
  request: IncomingMessage,
  response: ServerResponse,
  {
    handlers,
    isReady,
    page,
  }: { readonly handlers: readonly RequestHandler[]; readonly isReady: () => boolean; readonly page?: RequestHandler },
): void {
  response.setHeader('X-Content-Type-Options', 'nosniff');
  response.setHeader('X-Frame-Options', 'DENY');
  response.setHeader('Referrer-Policy', 'no-referrer');
  response.setHeader('Cross-Origin-Resource-Policy', 'same-origin');
  const path = pathOf(request.url);
  if (!OWN_PATHS.has(path) && handlers.some((handle) => handle(request, response))) return;
  if (request.method !== 'GET' && request.method !== 'HEAD') {
    // Nobody reads the body of such a request, so nothing else can follow on its connection.
    response.setHeader('Connection', 'close');
    response.setHeader('Allow', 'GET, HEAD');
    text(response, 405, `expected GET or HEAD, got ${request.method ?? 'nothing'}`);
    return;
  }
  if (path === '/healthz') text(response, 200, 'ok');
  else if (path === '/readyz' && isReady()) text(response, 200, 'ready');
  else if (path === '/readyz') text(response, 503, 'stopping');
  else if (path === SIGNAL_PATH) {
    response.setHeader('Upgrade', 'websocket');
    text(response, webSocketExpected.status, webSocketExpected.line);
  } else if (page?.(request, response) !== true) text(response, 404, 'nothing here');
}

/** One line of text. Node leaves the body out when the request was HEAD. */
function text(response: ServerResponse, status: number, line: string): void {
  const body = `${line}\n`;
  response.writeHead(status, {
    'Content-Length': Buffer.byteLength(body),
    'Content-Type': 'text/plain; charset=utf-8',
    'Cache-Control': 'no-store',
    'Content-Security-Policy': "default-src 'none'",
  });
  response.end(body);
}
