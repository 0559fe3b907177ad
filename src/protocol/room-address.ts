import { SnapError } from './errors.ts';
import { LIMITS } from './limits.ts';
import { ROOM_NAME } from './names.ts';

/**
 * A room as people write it: `garden`, `garden#secret`, or a link `https://host/r/garden#secret`, for a private daemon
 * `https://host/r/garden#secret&access=token`. The secret and the token stand after the `#`, which no browser sends to a
 * server.
 */
export interface RoomAddress {
  readonly room: string;
  readonly secret?: string;
  /** What lets into a private daemon, a token or a key, when a link has it. */
  readonly access?: string;
  /** The daemon's base address, when a link named it: `https://host/`. */
  readonly server?: string;
}

const PRINTABLE = /^[\x21-\x7e]+$/;
const FRAGMENT = /^#?([^&]*)(?:&access=([^&]*))?$/;

/** @throws SnapError `usage` that says what was expected and what came. */
export function parseRoomAddress(text: string): RoomAddress {
  if (/^[a-z][a-z0-9+.-]*:\/\//i.test(text)) return parseLink(text);
  const [room, secret] = splitOnce(text, '#');
  return { room: checkRoomName(room), ...(secret === undefined ? {} : { secret: checkSecret(secret) }) };
}

/** The link that carries a room, its secret and what lets into its daemon. */
export function formatRoomLink({
  room,
  secret = '',
  access,
  server,
}: Omit<RoomAddress, 'server'> & { readonly server: string }): string {
  const { href } = new URL(`r/${room}`, server);
  const fragment = encodeURIComponent(secret) + (access === undefined ? '' : `&access=${encodeURIComponent(access)}`);
  return fragment === '' ? href : `${href}#${fragment}`;
}

/** @throws SnapError `usage`; its text holds nothing behind the first character that does not belong there. */
export function checkRoomName(room: string): string {
  if (ROOM_NAME.test(room)) return room;
  // What follows may be a secret whose "#" became "%23" or a space on its way here.
  const shown = /^[A-Za-z0-9_-]{0,80}.?/su.exec(room)?.[0] ?? '';
  const got = `${JSON.stringify(shown)}${shown === room ? '' : '…'}`;
  throw new SnapError(
    'usage',
    `expected a room name of 1 to ${LIMITS.roomNameLength} letters, digits, "_" or "-", got ${got}`,
  );
}

/** @throws SnapError `usage`; its text never holds the secret. */
export function checkSecret(secret: string): string {
  return checkPrintable('a room secret', secret, LIMITS.secretLength);
}

/** @throws SnapError `usage`; its text never holds the key or token. */
export function checkAccess(access: string): string {
  return checkPrintable('an access key or token', access, LIMITS.accessLength);
}

function checkPrintable(what: string, text: string, max: number): string {
  if (text.length <= max && PRINTABLE.test(text)) return text;
  throw new SnapError(
    'usage',
    `expected ${what} of 1 to ${max} printable ASCII characters without spaces, got ${text.length} characters`,
  );
}

function parseLink(text: string): RoomAddress {
  let url: URL;
  try {
    url = new URL(text);
  } catch {
    // Without its cause: that holds the whole link, secret included, for whoever prints the error.
    throw new SnapError('usage', 'expected a room link like https://host/r/room#secret');
  }
  if (url.protocol !== 'https:' && url.protocol !== 'http:')
    throw new SnapError('usage', `expected a room link that starts with https:// or http://, got ${url.protocol}//`);
  // The wall is another view of the same room.
  const path = /^(.*\/)r\/([^/]+)\/wall\/?$/.exec(url.pathname) ?? /^(.*\/)r\/([^/]+)\/?$/.exec(url.pathname);
  if (path === null) {
    const [shown = ''] = url.pathname.split('%', 1);
    const got = `${shown}${shown === url.pathname ? '' : '%…'}`;
    throw new SnapError('usage', `expected a room link like ${url.origin}/r/room#secret, got the path ${got}`);
  }
  const [, base = '/', room = ''] = path;
  const fragment = FRAGMENT.exec(url.hash);
  if (fragment === null)
    throw new SnapError('usage', 'expected nothing but &access= and a token behind the secret of a room link');
  const [, secret = '', access] = fragment;
  // A link that was cut off behind the `#` has lost its secret: joining without one would surprise everybody.
  const hasSecret = secret !== '' || (access === undefined && text.includes('#'));
  return {
    room: checkRoomName(room),
    server: `${url.origin}${base}`,
    ...(hasSecret && { secret: checkSecret(decode(secret)) }),
    ...(access !== undefined && { access: checkAccess(decode(access)) }),
  };
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

function splitOnce(text: string, separator: string): [string, string?] {
  const at = text.indexOf(separator);
  return at < 0 ? [text] : [text.slice(0, at), text.slice(at + 1)];
}
