import { SnapError } from '../../protocol/errors.ts';
import type { OpenDialect } from './dialect.ts';

/** The systems whose clients a daemon can serve. Each is loaded only when it is wanted. */
const DIALECTS = {
  forward: { path: '/', load: async () => (await import('./forward.ts')).openForward },
  login: { path: '/', load: async () => (await import('./login.ts')).openLogin },
  'web-connections': { path: '/:id', load: async () => (await import('./web-connections.ts')).openWebConnections },
} as const satisfies Record<string, { path: string; load: () => Promise<OpenDialect> }>;

export type DialectName = keyof typeof DIALECTS;

export const DIALECT_NAMES = Object.keys(DIALECTS) as DialectName[];

export function loadDialect(name: DialectName): Promise<OpenDialect> {
  return DIALECTS[name].load();
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
      `expected ${DIALECT_NAMES.join(' or ')}, or one of them with a port like login@7777, got ${JSON.stringify(text)}`,
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
    const place = `${port ?? 'the daemon’s port'} ${DIALECTS[name].path}`;
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
