import { SnapError } from '../../protocol/errors.ts';
import type { OpenDialect } from './dialect.ts';

/** The systems whose clients a daemon can serve. Each is loaded only when it is wanted. */
const DIALECTS = {
  forward: async () => (await import('./forward.ts')).openForward,
} as const satisfies Record<string, () => Promise<OpenDialect>>;

export type DialectName = keyof typeof DIALECTS;

export const DIALECT_NAMES = Object.keys(DIALECTS) as DialectName[];

export function loadDialect(name: DialectName): Promise<OpenDialect> {
  return DIALECTS[name]();
}

/** @throws SnapError `usage` */
export function parseDialectName(text: string): DialectName {
  const name = DIALECT_NAMES.find((known) => known === text);
  if (name !== undefined) return name;
  throw new SnapError('usage', `expected one of ${DIALECT_NAMES.join(', ')}, got ${JSON.stringify(text)}`);
}
