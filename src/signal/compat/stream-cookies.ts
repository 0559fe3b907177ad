import { randomBytes, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage } from 'node:http';

const PREFIX = 'web-connections-';
/** Cookies of streams that are over, before they are taken back: too many would fill the header of each request. */
const STALE_COOKIES = 16;

/** What only the client that opened a stream knows. */
export function makeStreamKey(): string {
  return randomBytes(24).toString('base64url');
}

/**
 * Cookies for a client that opens the stream of `id`: one with its key, and the end of those that it has of streams that are
 * over, once they are many. Each id has its own, since one browser may have several.
 */
export function streamCookies(
  request: IncomingMessage,
  id: string,
  key: string,
  isOpen: (id: string) => boolean,
): string[] {
  const attributes = `Path=/; HttpOnly; SameSite=Strict${'encrypted' in request.socket ? '; Secure' : ''}`;
  const stale = [...cookiesOf(request).keys()].filter((known) => known !== id && !isOpen(known));
  return [
    `${PREFIX}${id}=${key}; ${attributes}`,
    ...(stale.length > STALE_COOKIES ? stale : []).map((known) => `${PREFIX}${known}=; Max-Age=0; ${attributes}`),
  ];
}

/** Whether a request comes from the client that opened the stream of `id`. */
export function hasStreamKey(request: IncomingMessage, id: string, key: string): boolean {
  const name = `${PREFIX}${id}=`;
  const expected = Buffer.from(key);
  for (const cookie of (request.headers.cookie ?? '').split(';')) {
    const pair = cookie.trimStart();
    if (!pair.startsWith(name)) continue;
    const shown = Buffer.from(pair.slice(name.length));
    if (shown.length === expected.length && timingSafeEqual(shown, expected)) return true;
  }
  return false;
}

/** The keys of a request by the id of their stream. */
function cookiesOf({ headers }: IncomingMessage): Map<string, string> {
  const keys = new Map<string, string>();
  for (const [, id, key] of (headers.cookie ?? '').matchAll(/(?:^|; ?)web-connections-([A-Za-z0-9_-]{1,128})=([^;]*)/g))
    if (id !== undefined && key !== undefined) keys.set(id, key);
  return keys;
}
