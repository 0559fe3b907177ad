import { randomBytes, randomInt } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { wordlist } from '@scure/bip39/wordlists/english.js';
import { isStrongSecret } from '../peer/room-key.ts';
import { SnapError } from '../protocol/errors.ts';
import { checkSecret, parseRoomAddress, type RoomAddress } from '../protocol/room-address.ts';

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
    return { ...address, secret: await readSecret(from.file, from.stdin) };
  }
  if (address.secret === undefined && from.environment !== undefined && from.environment !== '')
    return { ...address, secret: checkSecret(from.environment) };
  return address;
}

async function readSecret(file: string, stdin: AsyncIterable<Uint8Array>): Promise<string> {
  let text: string;
  try {
    text = file === '-' ? await firstLine(stdin) : await readFile(file, 'utf8');
  } catch (cause) {
    const code = (cause as NodeJS.ErrnoException).code ?? String(cause);
    throw new SnapError(
      'usage',
      `expected a file with the room secret, could not read ${JSON.stringify(file)} (${code})`,
      {
        cause,
      },
    );
  }
  return checkSecret(text.split('\n', 1)[0]?.trim() ?? '');
}

async function firstLine(stdin: AsyncIterable<Uint8Array>): Promise<string> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of stdin) {
    chunks.push(chunk);
    length += chunk.length;
    if (chunk.includes(0x0a) || length > 4_096) break;
  }
  return Buffer.concat(chunks).toString('utf8');
}
