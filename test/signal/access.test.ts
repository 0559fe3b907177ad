import { createSecretKey } from 'node:crypto';
import { SignJWT, UnsecuredJWT } from 'jose';
import { describe, expect, test } from 'vitest';
import { AccessKeys, parseAccessKeys } from '../../src/signal/access.ts';

const KEY = 'k'.repeat(32);
const OLD = 'o'.repeat(256);
const STRANGE = 's'.repeat(32);
const NOW = 1_800_000_000_000;
const HOUR = 3_600_000;
const keys = new AccessKeys([KEY, OLD]);

const usage = expect.objectContaining({ name: 'SnapError', code: 'usage' });

function sign(
  claims: { readonly [claim: string]: unknown },
  { key = KEY, alg = 'HS256', typ = 'JWT' } = {},
): Promise<string> {
  const usual = { room: 'garden', aud: 'snap-share', iat: NOW / 1_000, exp: (NOW + HOUR) / 1_000 };
  return new SignJWT({ ...usual, ...claims }).setProtectedHeader({ alg, typ }).sign(createSecretKey(Buffer.from(key)));
}

describe('access to a room', () => {
  test.each([KEY, OLD])('is had with any of the keys', async (key) => {
    expect(await keys.check(key, 'garden', NOW)).toBeUndefined();
  });

  test.each([
    ['nothing', undefined, 'missing'],
    ['an empty text', '', 'wrong'],
    ['a key of somebody else', STRANGE, 'wrong'],
    ['the beginning of a key', KEY.slice(0, -1), 'wrong'],
    ['a key and more', `${KEY}k`, 'wrong'],
    ['what looks like a token', 'a.b.c', 'wrong'],
    ['a text beyond ASCII', '🔑'.repeat(16), 'wrong'],
  ])('is not had with %s', async (_, shown, problem) => {
    expect(await keys.check(shown, 'garden', NOW)).toBe(problem);
  });

  test('is had with a token for this room until it expires', async () => {
    const token = await keys.mint('garden', NOW, NOW + HOUR);
    expect(await keys.check(token, 'garden', NOW)).toBeUndefined();
    expect(await keys.check(token, 'garden', NOW + HOUR - 1)).toBeUndefined();
    expect(await keys.check(token, 'garden', NOW + HOUR)).toBe('expired');
    expect(await keys.check(token, 'Garden', NOW)).toBe('other-room');
    expect(token.length).toBeLessThan(200);
  });

  test('is had with a token that an older key has signed, and not any more once that key is gone', async () => {
    const token = await new AccessKeys([OLD]).mint('garden', NOW, NOW + HOUR);
    expect(await keys.check(token, 'garden', NOW)).toBeUndefined();
    expect(await new AccessKeys([KEY]).check(token, 'garden', NOW)).toBe('wrong');
  });

  test('nothing is said of a token that nobody with a key has made', async () => {
    expect(await keys.check(await sign({ exp: 1 }, { key: STRANGE }), 'garden', NOW)).toBe('wrong');
    expect(await keys.check(await sign({ room: 'attic' }, { key: STRANGE }), 'garden', NOW)).toBe('wrong');
  });

  test.each([
    ['without an expiry', { exp: undefined }],
    ['that does not say when it was made', { iat: undefined }],
    ['without a room', { room: undefined }],
    ['for another audience', { aud: 'somebody' }],
    ['without an audience', { aud: undefined }],
    ['that is not good yet', { nbf: (NOW + HOUR) / 1_000 }],
  ])('a token %s is wrong', async (_, claims) => {
    expect(await keys.check(await sign(claims), 'garden', NOW)).toBe('wrong');
  });

  test.each([[['garden']], ['*'], ['GARDEN']])('a token for the room %j is for another', async (room) => {
    expect(await keys.check(await sign({ room }), 'garden', NOW)).toBe('other-room');
  });

  test('a token of another algorithm or type is wrong, signed or not', async () => {
    expect(await keys.check(await sign({}, { key: OLD, alg: 'HS512' }), 'garden', NOW)).toBe('wrong');
    expect(await keys.check(await sign({}, { typ: 'at+jwt' }), 'garden', NOW)).toBe('wrong');
    const unsigned = new UnsecuredJWT({ room: 'garden' })
      .setAudience('snap-share')
      .setIssuedAt()
      .setExpirationTime('1h');
    expect(await keys.check(unsigned.encode(), 'garden', NOW)).toBe('wrong');
  });

  test('a token of which any character was changed is wrong', async () => {
    const token = await keys.mint('garden', NOW, NOW + HOUR);
    // Of the last one some bits do not count: base64url has them only to come out even.
    for (let at = 0; at < token.length - 1; at += 1) {
      const other = token[at] === 'A' ? 'B' : 'A';
      const forged = `${token.slice(0, at)}${other}${token.slice(at + 1)}`;
      expect(await keys.check(forged, 'garden', NOW)).toBe('wrong');
    }
  });
});

describe('a file of keys', () => {
  test('has one in a line, with comments and empty lines between them', () => {
    expect(parseAccessKeys(`# ours\r\n\n  ${KEY}  \n#${STRANGE}\n${OLD}`, 'keys')).toEqual([KEY, OLD]);
  });

  test.each(['', '\n\n', '# none'])('without a key is refused: %j', (text) => {
    expect(() => parseAccessKeys(text, '"keys"')).toThrow(/expected an access key in "keys"/);
  });

  test.each(['k'.repeat(31), 'k'.repeat(257), `${KEY} ${KEY}`, `${KEY}ü`])(
    'with a line that is no key is refused, and the line is named but not shown: %s',
    (line) => {
      const read = (): unknown => parseAccessKeys(`# first\n${line}\n${KEY}`, '"keys"');
      expect(read).toThrow(usage);
      expect(read).toThrow(/^line 2 of "keys": expected a key of 32 to 256 printable/);
      expect(read).not.toThrow(/kkkk/);
    },
  );

  test('no daemon is private without a key', () => {
    expect(() => new AccessKeys([])).toThrow(usage);
    expect(() => new AccessKeys(['short'])).toThrow(/access key 1: expected a key of 32/);
  });
});
