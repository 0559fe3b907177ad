import { SnapError } from '../../protocol/errors.ts';
import type { DialectContext, OpenDialect } from './dialect.ts';
import type { OpenSocketIoService, SocketIoService } from './socket-io-service.ts';

/** Those over Socket.IO share its path: their clients are told apart by what they say. */
const SOCKET_IO_PATH = '/socket.io/';
const SOCKET_IO = {
  'snap-photo': async () => (await import('./snap-photo.ts')).snapPhoto,
  'users-list': async () => (await import('./users-list.ts')).usersList,
} as const satisfies Record<string, () => Promise<OpenSocketIoService>>;

type SocketIoName = keyof typeof SOCKET_IO;

/** The systems whose clients a daemon can serve. Each is loaded only when it is wanted. */
const DIALECTS = {
  forward: { path: '/', load: async () => (await import('./forward.ts')).openForward },
  login: { path: '/', load: async () => (await import('./login.ts')).openLogin },
  'web-connections': { path: '/:id', load: async () => (await import('./web-connections.ts')).openWebConnections },
  'snap-photo': { path: SOCKET_IO_PATH, load: () => loadSocketIo(['snap-photo']) },
  'users-list': { path: SOCKET_IO_PATH, load: () => loadSocketIo(['users-list']) },
} as const satisfies Record<string, { path: string; load: () => Promise<OpenDialect> }>;

export type DialectName = keyof typeof DIALECTS;

export const DIALECT_NAMES = Object.keys(DIALECTS) as DialectName[];

export function loadDialect(name: DialectName): Promise<OpenDialect> {
  return DIALECTS[name].load();
}

/** What is served at one port by one handler, under one or more names. */
export interface LoadedDialect {
  readonly names: readonly DialectName[];
  readonly open: OpenDialect;
  readonly port?: number;
}

/** Loads what `placeDialects` has placed. What is served at several ports is one system, whose clients meet. */
export function loadDialects(placed: readonly WantedDialect[]): Promise<LoadedDialect[]> {
  const services = new Map<SocketIoName, Promise<OpenSocketIoService>>();
  const shared = new Map<number | undefined, SocketIoName[]>();
  const loading: (() => Promise<LoadedDialect>)[] = [];
  for (const { name, ...place } of placed) {
    if (!isSocketIo(name)) {
      loading.push(async () => ({ names: [name], open: await loadDialect(name), ...place }));
      continue;
    }
    const names = shared.get(place.port);
    if (names !== undefined) {
      names.push(name);
      continue;
    }
    const own: SocketIoName[] = [name];
    shared.set(place.port, own);
    loading.push(async () => ({ names: own, open: await loadSocketIo(own, services), ...place }));
  }
  return Promise.all(loading.map((load) => load()));
}

/** `loaded` are the services that other ports of the same daemon have. */
async function loadSocketIo(
  names: readonly SocketIoName[],
  loaded = new Map<SocketIoName, Promise<OpenSocketIoService>>(),
): Promise<OpenDialect> {
  const { openSocketIo } = await import('./socket-io.ts');
  for (const name of names) if (!loaded.has(name)) loaded.set(name, SOCKET_IO[name]().then(openOnce));
  const services = await Promise.all(names.flatMap((name) => loaded.get(name) ?? []));
  return (context) => openSocketIo(services, context);
}

/** The same service for all ports of a daemon, which have one context. */
function openOnce(open: OpenSocketIoService): OpenSocketIoService {
  const opened = new WeakMap<DialectContext, SocketIoService>();
  return (context) => {
    const service = opened.get(context) ?? open(context);
    opened.set(context, service);
    return service;
  };
}

function isSocketIo(name: DialectName): name is SocketIoName {
  return Object.hasOwn(SOCKET_IO, name);
}

/** A dialect as it is asked for: `login`, or `login@7777` for a port of its own. */
export interface WantedDialect {
  readonly name: DialectName;
  readonly port?: number;
}

/** @throws SnapError `usage` */
export function parseDialect(text: string): WantedDialect {
  const [, wanted = '', digits] = /^([^@]*)(?:@(\d{1,5}))?$/.exec(text) ?? [];
  const name = DIALECT_NAMES.find((known) => known === wanted);
  const port = digits === undefined ? undefined : Number(digits);
  if (name === undefined || (port ?? 0) > 65_535)
    throw new SnapError(
      'usage',
      `expected ${DIALECT_NAMES.join(', ')}, or one of them with a port like login@7777, got ${JSON.stringify(text)}`,
    );
  return { name, ...(port === undefined ? {} : { port }) };
}

/**
 * Where each dialect is served. `login` is also served where its clients look for it: at 7777, or the port that the
 * environment names as PORT.
 * @throws SnapError `usage` for two that their clients could not be told apart by
 */
export function placeDialects(wanted: readonly WantedDialect[], usualPort = 7_777): WantedDialect[] {
  const shares = new Map<string, DialectName>();
  const placed: WantedDialect[] = [];
  for (const { name, port } of wanted) {
    const path = isSocketIo(name) ? `${SOCKET_IO_PATH} ${name}` : DIALECTS[name].path;
    const place = `${port ?? 'the daemon’s port'} ${path}`;
    const other = shares.get(place);
    if (other === name) continue;
    if (other === undefined) {
      shares.set(place, name);
      placed.push({ name, ...(port === undefined ? {} : { port }) });
    } else if (name !== 'login' || port !== undefined) {
      throw new SnapError(
        'usage',
        `${other} and ${name} take the same path, ${DIALECTS[name].path}, and their clients do not say which they are: give one a port of its own, like ${name}@9000`,
      );
    }
    if (name === 'login' && port === undefined) placed.push({ name, port: usualPort });
  }
  return placed;
}
