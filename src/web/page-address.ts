import { base64urlnopad } from '@scure/base';
import { isStrongSecret } from '../peer/room-key.ts';
import { toSnapError } from '../protocol/errors.ts';
import { formatRoomLink, parseRoomAddress } from '../protocol/room-address.ts';
import { ROOM_WORDS } from './room-words.ts';

/** What an address of this page stands for. */
export type PageAddress =
  | { readonly type: 'home' }
  | {
      readonly type: 'room';
      readonly room: string;
      readonly secret?: string;
      /** For a private daemon. */
      readonly access?: string;
      readonly server: string;
      /** Seen as a slide show on a big screen. */
      readonly wall?: true;
    }
  | { readonly type: 'broken'; readonly problem: string };

export function readPageAddress(href: string): PageAddress {
  const { pathname } = new URL(href);
  if (pathname === '/') return { type: 'home' };
  try {
    const isWall = /\/r\/[^/]+\/wall\/?$/.test(pathname);
    return { type: 'room', server: href, ...parseRoomAddress(href), ...(isWall && { wall: true }) };
  } catch (error) {
    return { type: 'broken', problem: toSnapError(error).message };
  }
}

/** The same room, seen as a wall. */
export function wallLink(address: Parameters<typeof formatRoomLink>[0]): string {
  return formatRoomLink(address).replace(/(?=#|$)/, '/wall');
}

/** The link of a new room: a name that can be said aloud, and a secret of 132 bits that the daemon never sees. */
export function makeRoomLink(server: string, random: (bytes: number) => Uint8Array): string {
  let secret: string;
  do secret = base64urlnopad.encode(random(17)).slice(0, 22);
  while (!isStrongSecret(secret));
  const [a = 0, b = 0, c = 0, d = 0] = random(4);
  // The name is no secret, so the number may be a little uneven.
  const room = `${ROOM_WORDS[a] ?? ''}-${ROOM_WORDS[b] ?? ''}-${100 + ((c * 256 + d) % 900)}`;
  return formatRoomLink({ room, secret, server });
}
