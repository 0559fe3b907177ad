import { randomBytes, randomInt } from 'node:crypto';
import { wordlist } from '@scure/bip39/wordlists/english.js';
import { isStrongSecret } from '../peer/room-key.ts';
import { SnapError } from '../protocol/errors.ts';
import { checkSecret, parseRoomAddress, type RoomAddress } from '../protocol/room-address.ts';
import { readSecretLine } from './secret-file.ts';

/** A new room: a name that can be said aloud, and a secret of 132 bits that everybody recognises as strong. */
export function makeRoom(): { room: string; secret: string } {
  let secret: string;
  do secret = randomBytes(17).toString('base64url').slice(0, 22);
  while (!isStrongSecret(secret));
  const word = (): string => wordlist[randomInt(wordlist.length)] ?? 'snap';
  return { room: `${word()}-${word()}-${randomInt(100, 1000)}`, secret };
}

/**
 * The room a person named, with its secret from wherever it was given: in the argument itself, in a file, on standard
 * input (`-`) or in the environment. Arguments are visible to other users of the machine, the others are not.
 * @throws SnapError `usage`
 */
export async function resolveRoom(
  argument: string,
  from: { file?: string; environment?: string; stdin: AsyncIterable<Uint8Array> },
): Promise<RoomAddress> {
  const address = parseRoomAddress(argument);
  if (from.file !== undefined) {
    if (address.secret !== undefined)
      throw new SnapError('usage', 'expected the room secret once: it stands in the room and in --secret-file');
    return { ...address, secret: checkSecret(await readSecretLine(from.file, 'the room secret', from.stdin)) };
  }
  if (address.secret === undefined && from.environment !== undefined && from.environment !== '')
    return { ...address, secret: checkSecret(from.environment) };
  return address;
}
