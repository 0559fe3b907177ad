import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { EVENTS_PATH, SIGNAL_PATH } from '../protocol/endpoint.ts';
import type { TlsPair } from './certificate.ts';
import type { DaemonLimits } from './daemon-limits.ts';
import { sendText, setSafeHeaders, type RequestHandler } from './requests.ts';
import { TLS_MIN_VERSION, watchHandshakes } from './tls.ts';
import { pathOf, webSocketExpected } from './upgrade.ts';

/** The HTTP side of a daemon, not listening yet. */
export interface HttpServer {
  readonly server: Server;
  /** Ends all connections now, except those that are WebSockets by then. */
  readonly cut: () => void;
}

/**
 * Health for those who look after the daemon, transports for peers, a page for everybody else, over TLS when there is a pair. Clients that
 * are slow to say what they want are cut by the server's own time limits.
 */
export function createHttpServer(options: {
  readonly limits: DaemonLimits;
  readonly isReady: () => boolean;
  /** Those of transports and other systems, asked in this order about requests of any method. */
  readonly handlers: readonly RequestHandler[];
  /** Asked last, for GET and HEAD only: the seam for the web page. */
  readonly page?: RequestHandler;
  readonly tls?: TlsPair;
}): HttpServer {
  const { connections, requestMs, requests, sweepMs } = options.limits;
  // A client of the event stream has a second connection for what it says.
  const maxConnections = 2 * connections + requests;
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
    server.maxConnections = maxConnections;
    return { server, cut: () => server.closeAllConnections() };
  }
  const { cert, key } = options.tls;
  const server = createTlsServer(
    { ...bounds, cert, key, minVersion: TLS_MIN_VERSION, handshakeTimeout: requestMs },
    onRequest,
  );
  server.maxConnections = maxConnections;
  const cutHandshakes = watchHandshakes(server);
  return {
    server,
    cut: () => {
      cutHandshakes();
      server.closeAllConnections();
    },
  };
}

function answer(
  request: IncomingMessage,
  response: ServerResponse,
  {
    handlers,
    isReady,
    page,
  }: { readonly handlers: readonly RequestHandler[]; readonly isReady: () => boolean; readonly page?: RequestHandler },
): void {
  const path = pathOf(request.url);
  // Answers to posted messages are many, and hardly any has a body that could be misused: those that do see to it.
  if (!path.startsWith(`${EVENTS_PATH}/`)) setSafeHeaders(response);
  const isRead = request.method === 'GET' || request.method === 'HEAD';
  if (isRead && path === '/healthz') sendText(response, 200, 'ok');
  else if (isRead && path === '/readyz' && isReady()) sendText(response, 200, 'ready');
  else if (isRead && path === '/readyz') sendText(response, 503, 'stopping');
  else if (handlers.some((handle) => handle(request, response))) return;
  else if (!isRead) {
    // Nobody reads the body of such a request, so nothing else can follow on its connection.
    response.setHeader('Connection', 'close');
    response.setHeader('Allow', 'GET, HEAD');
    sendText(response, 405, `expected GET or HEAD, got ${request.method ?? 'nothing'}`);
  } else if (path === SIGNAL_PATH) {
    response.setHeader('Upgrade', 'websocket');
    sendText(response, webSocketExpected.status, webSocketExpected.line);
  } else if (page?.(request, response) !== true) sendText(response, 404, 'nothing here');
}
