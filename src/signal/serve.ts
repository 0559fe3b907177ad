import { once } from 'node:events';
import type { Server } from 'node:http';
import { SIGNAL_PATH, SUBPROTOCOL } from '../protocol/endpoint.ts';
import { SnapError, toSnapError } from '../protocol/errors.ts';
import { LIMITS } from '../protocol/limits.ts';
import type { IceServer } from '../protocol/signaling.ts';
import type { GateOptions } from './access-gate.ts';
import { AwakeClock } from './awake-clock.ts';
import { readCertificate, type TlsPair } from './certificate.ts';
import { clientAddresses } from './client-address.ts';
import { DAEMON_LIMITS, type DaemonLimits } from './daemon-limits.ts';
import type { DaemonEvent } from './events.ts';
import type { Dialect, DialectContext, OpenDialect } from './compat/dialect.ts';
import { createHttpServer } from './http.ts';
import type { RequestHandler } from './requests.ts';
import { listen, urlOf } from './listen.ts';
import type { RoomsOptions } from './rooms.ts';
import { SseTransport } from './sse-transport.ts';
import { createStatic, withStatic } from './static.ts';
import { Switchboard, type LineHandler } from './switchboard.ts';
import { makeSeatClaim, peerOf, sessionLeftMs } from './tokens.ts';
import { pathOf, refuseOrigin, refuseUpgrade } from './upgrade.ts';
import { WsTransport } from './ws-transport.ts';

/** Peers that join anew more often than this do nothing else. */
const SESSION_TTL_MIN_MS = 1_000;

export interface ServeOptions {
  /** An address or name of this machine; `127.0.0.1` unless given. */
  readonly host?: string;
  /** 8787 unless given; 0 for any free one. */
  readonly port?: number;
  /** Seats in a room; 3 unless given. */
  readonly capacity?: number;
  /**
   * How long a peer may keep its seat before it has to join anew, ms, from 1,000 up; for ever unless given. Clients of
   * `dialects` have no tokens, and keep theirs.
   */
  readonly sessionTtlMs?: number;
  /** Origins like `https://example.org` whose pages may connect, beside the daemon's own. */
  readonly origins?: readonly string[];
  /** What peers are told to use for ICE, the same for all or made for each peer id; none unless given. */
  readonly iceServers?: readonly IceServer[] | ((peer: string) => readonly IceServer[]);
  /**
   * Makes the daemon private: who joins shows one of these keys, each of 32 to 256 printable ASCII characters, or a token that
   * is signed with one (PROTOCOL.md, "Private daemons").
   */
  readonly accessKeys?: readonly string[];
  /**
   * Proxies whose `X-Forwarded-For` is believed: addresses, ranges like `10.0.0.0/8`, `loopback`, `linklocal` or `uniquelocal`;
   * none unless given.
   */
  readonly trustedProxies?: readonly string[];
  /** Serves HTTPS and secure WebSockets, and nothing else, with this certificate and key in PEM. */
  readonly tls?: TlsPair;
  /** The version that `welcome` names. */
  readonly version: string;
  /** Answers requests for pages. */
  readonly page?: RequestHandler;
  /** A directory whose files are served as well, before the page, on all ports. */
  readonly static?: string;
  /** Other systems whose clients are served as well, on the same port or on one of their own. */
  readonly dialects?: readonly PlacedDialect[];
  /** For a log. */
  readonly onEvent?: (event: DaemonEvent) => void;
  /** Bounds that differ from the usual ones. */
  readonly limits?: Partial<DaemonLimits>;
  /** Ends the daemon as `close` does. */
  readonly signal?: AbortSignal;
}

/** The same `open` at several ports is one system: its clients meet, wherever they have come in. */
export interface PlacedDialect {
  readonly open: OpenDialect;
  /** 0 for any free one; the daemon's own unless given. Where two take the same path of a port, the first one gets it. */
  readonly port?: number;
}

export interface DaemonStats {
  readonly connections: number;
  readonly rooms: number;
  /** Seats, also those held for peers that are away. */
  readonly peers: number;
  /** Signals passed on so far. */
  readonly relayed: number;
}

/** A daemon that accepts connections. Closing it twice is fine and never rejects. */
export interface Daemon extends AsyncDisposable {
  /** `http://127.0.0.1:8787/`, or with TLS `https://127.0.0.1:8787/` */
  readonly url: string;
  /** With TLS: SHA-256 of the certificate as browsers show it, `AB:CD:…`. */
  readonly fingerprint?: string;
  readonly port: number;
  /** Where each of `dialects` is served, in their order, like `url`. */
  readonly dialectUrls: readonly string[];
  stats(): DaemonStats;
  /** Stops accepting, tells all clients, and resolves when everybody is gone, 5 s later at most. */
  close(): Promise<void>;
}

/**
 * Starts a daemon and resolves once it accepts connections.
 * @throws SnapError `usage` for options that cannot be served, `aborted` when `signal` was aborted already.
 */
export async function serve(options: ServeOptions): Promise<Daemon> {
  const { host = '127.0.0.1', port = 8787, capacity = LIMITS.capacityDefault, iceServers = [], signal } = options;
  expectInteger('a port', port, 0, 65_535);
  expectInteger('a room capacity', capacity, 1, LIMITS.capacityMax);
  const origins = new Set((options.origins ?? []).map(checkOrigin));
  const addressOf = clientAddresses(options.trustedProxies ?? []);
  const { accessKeys, page, sessionTtlMs: ttl, tls } = options;
  if (ttl !== undefined && !(ttl >= SESSION_TTL_MIN_MS))
    throw new SnapError('usage', `expected a session of at least ${SESSION_TTL_MIN_MS} ms, got ${ttl}`);
  if (accessKeys !== undefined && (options.dialects?.length ?? 0) > 0)
    throw new SnapError(
      'usage',
      'expected no other systems (--compat) in a private daemon: their clients have no way to show a key',
    );
  const files = options.static === undefined ? undefined : createStatic(options.static);
  const certificate = tls === undefined ? undefined : readCertificate(tls);
  if (signal?.aborted)
    throw new SnapError('aborted', 'aborted before the daemon was started', { cause: signal.reason });

  const limits: DaemonLimits = { ...DAEMON_LIMITS, ...options.limits };
  const clock = new AwakeClock(2 * limits.sweepMs, () => performance.now());
  const now = (): number => clock.now();
  const onEvent = (event: DaemonEvent): void => {
    try {
      options.onEvent?.(event);
    } catch {
      // A log that cannot be written must not disturb the rooms.
    }
  };
  const { messageBytes, pingMs, silentMs, seatHoldMs, heldSeats } = limits;
  const greeting = (peer: string): ReturnType<RoomsOptions['greeting']> => ({
    version: options.version,
    iceServers: [...(typeof iceServers === 'function' ? iceServers(peer) : iceServers)],
    limits: { messageBytes, pingMs, silentMs },
  });
  const rooms: RoomsOptions = {
    capacity,
    seatHoldMs,
    heldSeats,
    makeSeatClaim: () => makeSeatClaim(),
    peerOf,
    greeting,
    ...(ttl === undefined ? {} : { sessionLeftMs: (token) => sessionLeftMs(token, ttl, Date.now()) }),
  };
  const switchboard = new Switchboard({ rooms, limits, now, onEvent });
  const handler =
    accessKeys === undefined
      ? switchboard
      : await openGate(switchboard, accessKeys, { limits, now, date: Date.now, addressOf, onEvent });
  const connections = (): number => transports.reduce((sum, transport) => sum + transport.connections, 0);
  const hasRoom = (): boolean => connections() < limits.connections;
  const sockets = new WsTransport(
    { handler, refuse: (request) => refuseUpgrade(request, origins), subprotocol: SUBPROTOCOL },
    { limits, now, onEvent, hasRoom },
  );
  const streams = new SseTransport({ handler, origins }, { limits, now, onEvent, hasRoom });
  let actualPort = port;
  const context: DialectContext = {
    limits,
    version: options.version,
    now,
    onEvent,
    hasRoom,
    addressOf,
    refuseOrigin: (request) => refuseOrigin(request.headers, origins, actualPort),
  };
  const opened = new Map<OpenDialect, Dialect>();
  for (const { open } of options.dialects ?? []) if (!opened.has(open)) opened.set(open, open(context));
  const dialects = (options.dialects ?? []).flatMap(({ open, port: own }) => {
    const dialect = opened.get(open);
    return dialect === undefined ? [] : [{ dialect, port: own }];
  });
  const transports = [sockets, streams, ...opened.values()];
  let stopped: Promise<void> | undefined;
  const doors: { readonly server: Server; readonly cut: () => void }[] = [];
  const openDoor = async (port: number, own: readonly Dialect[], page?: RequestHandler): Promise<number> => {
    const pages = files === undefined ? page : withStatic(files, page);
    const { server, cut } = createHttpServer({
      limits,
      isReady: () => stopped === undefined,
      handlers: [streams.handle, ...own.flatMap(({ handle }) => handle ?? [])],
      ...(pages === undefined ? {} : { page: pages }),
      ...(tls === undefined ? {} : { tls }),
    });
    server.on('upgrade', (request, socket, head) => {
      const path = pathOf(request.url);
      const dialect = path === SIGNAL_PATH ? undefined : own.find((one) => one.takesSocket(path));
      (dialect ?? sockets).upgrade(request, socket, head);
    });
    const actual = await listen(server, host, port);
    // Such as too many open files: the next client may have more luck, the daemon goes on.
    server.on('error', (error) => onEvent({ type: 'failed', error: toSnapError(error) }));
    doors.push({ server, cut });
    return actual;
  };

  const scheme = tls === undefined ? 'http' : 'https';
  const here = dialects.filter((one) => one.port === undefined).map(({ dialect }) => dialect);
  actualPort = await openDoor(port, here, page);
  const url = urlOf(scheme, host, actualPort);
  const dialectUrls: string[] = [];
  try {
    for (const { dialect, port: own } of dialects)
      dialectUrls.push(own === undefined ? url : urlOf(scheme, host, await openDoor(own, [dialect])));
  } catch (error) {
    for (const transport of transports) transport.terminate();
    for (const { server } of doors) server.close();
    throw error;
  }
  const sweeping = setInterval(() => {
    clock.tick();
    switchboard.sweep();
    for (const transport of transports) transport.sweep();
  }, limits.sweepMs);

  const stop = async (): Promise<void> => {
    onEvent({ type: 'stopping' });
    signal?.removeEventListener('abort', onAbort);
    clearInterval(sweeping);
    const ended = Promise.all(doors.map(({ server }) => once(server, 'close')));
    for (const { server } of doors) server.close();
    for (const transport of transports) transport.stop('shutting-down');
    const cutting = setTimeout(() => {
      for (const transport of transports) transport.terminate();
      for (const { cut } of doors) cut();
    }, limits.stopMs);
    await ended;
    clearTimeout(cutting);
    onEvent({ type: 'stopped' });
  };
  const close = (): Promise<void> => (stopped ??= stop());
  const onAbort = (): void => void close();
  signal?.addEventListener('abort', onAbort, { once: true });

  onEvent({ type: 'listening', url, host, port: actualPort });
  return {
    url,
    ...(certificate === undefined ? {} : { fingerprint: certificate.fingerprint }),
    port: actualPort,
    dialectUrls,
    stats: () => ({ connections: connections(), ...switchboard.stats() }),
    close,
    [Symbol.asyncDispose]: close,
  };
}

/** Only private daemons load what it takes. */
async function openGate(rooms: LineHandler, keys: readonly string[], options: GateOptions): Promise<LineHandler> {
  const [{ AccessGate }, { AccessKeys }] = await Promise.all([import('./access-gate.ts'), import('./access.ts')]);
  return new AccessGate(rooms, new AccessKeys(keys), options);
}

function expectInteger(what: string, value: number, min: number, max: number): void {
  if (Number.isInteger(value) && value >= min && value <= max) return;
  throw new SnapError('usage', `expected ${what} from ${min} to ${max}, got ${value}`);
}

function checkOrigin(origin: string): string {
  // Of pages that were opened as files.
  if (origin === 'null') return origin;
  if (/^https?:\/\//i.test(origin) && URL.canParse(origin)) {
    const url = new URL(origin);
    if (url.pathname === '/' && url.search === '' && url.hash === '') return url.origin;
  }
  throw new SnapError('usage', `expected an origin like https://example.org, got ${JSON.stringify(origin)}`);
}
