import { createHash, createSecretKey, timingSafeEqual, type KeyObject } from 'node:crypto';
import { errors, jwtVerify, SignJWT } from 'jose';
import { SnapError } from '../protocol/errors.ts';

/** Why what a client has shown does not let it into a room. Only who has a key can have a token that says more than `wrong`. */
export type AccessProblem = 'missing' | 'wrong' | 'expired' | 'other-room';

const KEY_LENGTH_MIN = 32;
const KEY_LENGTH_MAX = 256;
const KEY = new RegExp(`^[\\x21-\\x7e]{${KEY_LENGTH_MIN},${KEY_LENGTH_MAX}}$`);
const ALGORITHM = 'HS256';
const TYPE = 'JWT';
const AUDIENCE = 'snap-share';

interface AccessKey {
  /** Makes and checks the signatures of tokens. Unlike a text it is not printed by accident. */
  readonly signing: KeyObject;
  readonly digest: Buffer;
}

/** The keys of a private daemon, and the tokens signed with them (PROTOCOL.md, "Private daemons"). */
export class AccessKeys {
  readonly #keys: readonly AccessKey[];

  /** @throws SnapError `usage`; its text holds nothing of a key */
  constructor(keys: readonly string[]) {
    if (keys.length === 0) throw new SnapError('usage', 'expected at least one access key, got none');
    this.#keys = keys.map((key, index) => ({
      signing: createSecretKey(Buffer.from(checkKey(key, `access key ${index + 1}`))),
      digest: digestOf(key),
    }));
  }

  /** Whether a client that shows this may join a room; undefined when it may. `now` is the time of the day, ms. */
  async check(shown: string | undefined, room: string, now: number): Promise<AccessProblem | undefined> {
    if (shown === undefined) return 'missing';
    if (this.#isKey(shown)) return undefined;
    for (const { signing } of this.#keys) {
      const problem = await checkToken(shown, signing, room, now);
      if (problem !== 'wrong') return problem;
    }
    return 'wrong';
  }

  /** A token for a room, signed with the first key. It is good until `expires`, which is rounded up to seconds. */
  async mint(room: string, now: number, expires: number): Promise<string> {
    const [first] = this.#keys;
    if (first === undefined) throw new TypeError('expected a key');
    return new SignJWT({ room })
      .setProtectedHeader({ alg: ALGORITHM, typ: TYPE })
      .setAudience(AUDIENCE)
      .setIssuedAt(Math.floor(now / 1_000))
      .setExpirationTime(Math.ceil(expires / 1_000))
      .sign(first.signing);
  }

  /** Takes the same time whichever key it is, and whether it is one. */
  #isKey(shown: string): boolean {
    const digest = digestOf(shown);
    let matches = 0;
    for (const key of this.#keys) matches += Number(timingSafeEqual(key.digest, digest));
    return matches > 0;
  }
}

/**
 * Reads a file of keys: one in a line, with empty lines and lines that begin with `#` left out.
 * @throws SnapError `usage` that names the line; its text holds nothing of a key
 */
export function parseAccessKeys(text: string, from: string): string[] {
  const keys = text
    .split('\n')
    .map((line, index) => ({ line: line.trim(), number: index + 1 }))
    .filter(({ line }) => line !== '' && !line.startsWith('#'))
    .map(({ line, number }) => checkKey(line, `line ${number} of ${from}`));
  if (keys.length > 0) return keys;
  throw new SnapError('usage', `expected an access key in ${from}, one in a line, got none`);
}

function checkKey(key: string, where: string): string {
  if (KEY.test(key)) return key;
  throw new SnapError(
    'usage',
    `${where}: expected a key of ${KEY_LENGTH_MIN} to ${KEY_LENGTH_MAX} printable ASCII characters without spaces, got ${key.length} characters: "openssl rand -base64 32" makes one`,
  );
}

function digestOf(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}

async function checkToken(
  token: string,
  key: KeyObject,
  room: string,
  now: number,
): Promise<AccessProblem | undefined> {
  try {
    // The signature comes first: nothing is said about the claims of a token that is not ours.
    const { payload } = await jwtVerify(token, key, {
      algorithms: [ALGORITHM],
      typ: TYPE,
      audience: AUDIENCE,
      requiredClaims: ['exp', 'iat', 'room'],
      currentDate: new Date(now),
    });
    return payload['room'] === room ? undefined : 'other-room';
  } catch (error) {
    if (error instanceof errors.JWTExpired) return 'expired';
    if (error instanceof errors.JOSEError) return 'wrong';
    throw error;
  }
}
