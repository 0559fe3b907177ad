import { inspect } from 'node:util';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { SnapError } from '../../src/protocol/errors.ts';
import { LIMITS } from '../../src/protocol/limits.ts';
import { formatRoomLink, parseRoomAddress } from '../../src/protocol/room-address.ts';
import { anyText, roomName } from './arbitraries.ts';

const PRINTABLE = Array.from({ length: 0x7e - 0x21 + 1 }, (_, index) => String.fromCharCode(0x21 + index));
const secret = fc.string({ unit: fc.constantFrom(...PRINTABLE), minLength: 1, maxLength: LIMITS.secretLength });
const server = fc
  .tuple(
    fc.constantFrom('https://snap.example.org/', 'http://127.0.0.1:8787/', 'http://[::1]:8787/'),
    fc.constantFrom('', 'base/', 'r/', 'a/r/b/'),
  )
  .map((parts) => parts.join(''));

/** Long enough to stand nowhere by accident, and with nothing in it that a link would write differently. */
const SECRET = 'Tr0ub4dor-plum-jam-99';

describe('a room address', () => {
  test('is either understood or refused as a mistake of usage, whatever the text', () => {
    const text = fc.oneof(
      anyText,
      fc.webUrl({ withFragments: true, withQueryParameters: true }),
      fc
        .tuple(fc.constantFrom('http://', 'https://h/r/', 'ws://', 'https://h/'), anyText)
        .map((parts) => parts.join('')),
    );
    fc.assert(
      fc.property(text, (text) => {
        try {
          expect(parseRoomAddress(text).room).toMatch(/^[A-Za-z0-9_-]{1,64}$/);
        } catch (error) {
          if (!(error instanceof SnapError)) throw error;
          expect(error.code).toBe('usage');
        }
      }),
      { numRuns: 1_000 },
    );
  });

  test('of a room alone, or with its secret behind a #, is taken as it is written', () => {
    fc.assert(
      fc.property(roomName, secret, (room, secret) => {
        expect(parseRoomAddress(room)).toEqual({ room });
        expect(parseRoomAddress(`${room}#${secret}`)).toEqual({ room, secret });
      }),
    );
  });

  test('comes out of its link as it went in', () => {
    fc.assert(
      fc.property(roomName, secret, server, (room, secret, server) => {
        expect(parseRoomAddress(formatRoomLink({ room, secret, server }))).toEqual({ room, secret, server });
        expect(parseRoomAddress(formatRoomLink({ room, server }))).toEqual({ room, server });
      }),
    );
  });

  test('takes what lets into a private daemon from its link, with a secret or without', () => {
    const access = fc.string({ unit: fc.constantFrom(...PRINTABLE), minLength: 1, maxLength: LIMITS.accessLength });
    fc.assert(
      fc.property(roomName, secret, access, server, (room, secret, access, server) => {
        expect(parseRoomAddress(formatRoomLink({ room, secret, access, server }))).toEqual({
          room,
          secret,
          access,
          server,
        });
        expect(parseRoomAddress(formatRoomLink({ room, access, server }))).toEqual({ room, access, server });
      }),
    );
  });

  test('has the secret behind the # of its link and nowhere else', () => {
    const link = formatRoomLink({ room: 'garden', secret: SECRET, server: 'https://snap.example.org/' });
    const { hash, href } = new URL(link);
    expect(hash).toBe(`#${SECRET}`);
    expect(href.slice(0, -hash.length)).not.toContain(SECRET);
  });

  test.each([
    ['garden#', 'an empty secret'],
    ['', 'no room'],
    ['#secret', 'no room but a secret'],
    ['x'.repeat(65), 'a name that is too long'],
    [`garden#${'x'.repeat(129)}`, 'a secret that is too long'],
    ['garden#grüße', 'a secret beyond ASCII'],
    ['../garden', 'a path'],
    ['https://h/r/', 'a link without a room'],
    ['https://h/r/a/b', 'a link that goes on after the room'],
    ['javascript://h/r/garden', 'a link of another scheme'],
    ['https://h/r/garden#secret&', 'a link that was cut off behind its secret'],
    ['https://h/r/garden#secret&acc', 'a link that was cut off before its token'],
    ['https://h/r/garden#secret&access=', 'a link without its token'],
    ['https://h/r/garden#secret&access=a&b=c', 'a link with something else in it'],
    [`https://h/r/garden#&access=${'x'.repeat(2_049)}`, 'a token that is too long'],
  ])('%j is refused: %s', (text) => {
    expect(() => parseRoomAddress(text)).toThrow(expect.objectContaining({ name: 'SnapError', code: 'usage' }));
  });
});

describe('an error about a room address never holds the secret', () => {
  test.each([
    `our garden#${SECRET}`,
    `garden#two words ${SECRET}`,
    `garden#${SECRET}ü`,
    `garden#${SECRET.repeat(7)}`,
    `garden%23${SECRET}`,
    `garden ${SECRET}`,
    `garden/${SECRET}`,
    `${'x'.repeat(65)}#${SECRET}`,
    `https://ho st/r/garden#${SECRET}`,
    `https://[::1/r/garden#${SECRET}`,
    `https://h:99999/r/garden#${SECRET}`,
    `https://h/garden#${SECRET}`,
    `https://h/garden%23${SECRET}`,
    `https://h/r/garden%23${SECRET}`,
    `https://h/r/garden%2523${SECRET}`,
    `https://h/r/our%20garden#${SECRET}`,
    `https://h/r/garden#${SECRET}%20`,
    `https://h/r/garden#${SECRET.repeat(7)}`,
    `https://h/r/garden?${SECRET}=1#two words ${SECRET}`,
    `ftp://h/r/garden#${SECRET}`,
    `https://h/r/garden#${SECRET}&${SECRET}`,
    `https://h/r/garden#&access=${SECRET}%20`,
    `https://h/r/our%20garden#&access=${SECRET}`,
  ])('%s', (text) => {
    const error = errorOf(text);
    expect(error).toBeInstanceOf(SnapError);
    expect(everythingIn(error)).not.toContain(SECRET);
  });

  test('wherever the mistake is', () => {
    const broken = fc.oneof(
      fc.tuple(anyText, fc.constant(`#${SECRET}`)),
      fc.tuple(fc.constant('garden#'), anyText, fc.constant(SECRET), anyText),
      fc.tuple(
        fc.constantFrom('http://', 'https://h/', 'https://h/r/', 'ftp://h/'),
        anyText,
        fc.constant(`#${SECRET}`),
      ),
      fc.tuple(fc.constantFrom('http://', 'https://h/'), anyText, fc.constant(`%23${SECRET}`)),
    );
    fc.assert(
      fc.property(
        broken.map((parts) => parts.join('')),
        (text) => {
          const error = errorOf(text);
          if (error !== undefined) expect(everythingIn(error)).not.toContain(SECRET);
        },
      ),
      { numRuns: 1_000 },
    );
  });
});

function errorOf(text: string): unknown {
  try {
    parseRoomAddress(text);
    return undefined;
  } catch (error) {
    return error;
  }
}

/** What somebody sees who prints the error, causes included. The stack names files of ours only. */
function everythingIn(error: unknown): string {
  return inspect(error, { depth: Infinity, showHidden: true });
}
