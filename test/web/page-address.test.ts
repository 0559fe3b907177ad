import { randomBytes } from 'node:crypto';
import { expect, test } from 'vitest';
import { isStrongSecret } from '../../src/peer/room-key.ts';
import { makeRoomLink, readPageAddress, wallLink } from '../../src/web/page-address.ts';
import { ROOM_WORDS } from '../../src/web/room-words.ts';

const random = (bytes: number): Uint8Array => randomBytes(bytes);

test('a new room has a strong secret, and its link leads back to it', () => {
  const links = Array.from({ length: 200 }, () => makeRoomLink('https://snap.example/', random));
  expect(new Set(links).size).toBe(200);
  for (const link of links) {
    const address = readPageAddress(link);
    expect(address.type).toBe('room');
    if (address.type !== 'room') continue;
    expect(address.server).toBe('https://snap.example/');
    expect(address.room).toMatch(/^[a-z]+-[a-z]+-\d{3}$/);
    expect(isStrongSecret(address.secret ?? '')).toBe(true);
  }
});

test('a byte picks a word for the name of a room, and no two pick the same', () => {
  expect(new Set(ROOM_WORDS).size).toBe(256);
  expect(ROOM_WORDS).toHaveLength(256);
  for (const word of ROOM_WORDS) expect(word).toMatch(/^[a-z]{3,8}$/);
});

test.each([
  ['https://snap.example/', { type: 'home' }],
  ['https://snap.example/?from=mail', { type: 'home' }],
  ['http://localhost:8787/r/garden', { type: 'room', room: 'garden', server: 'http://localhost:8787/' }],
  [
    'http://localhost:8787/r/garden/wall#key',
    { type: 'room', room: 'garden', server: 'http://localhost:8787/', secret: 'key', wall: true },
  ],
  ['http://localhost:8787/r/wall', { type: 'room', room: 'wall', server: 'http://localhost:8787/' }],
  [
    'https://snap.example/r/garden#a%2Fb',
    { type: 'room', room: 'garden', server: 'https://snap.example/', secret: 'a/b' },
  ],
])('%s is understood', (href, address) => {
  expect(readPageAddress(href)).toEqual(address);
});

test('the wall of a room has a link of its own, with the same key', () => {
  const room = { room: 'garden', server: 'https://snap.example/' };
  expect(wallLink({ ...room, secret: 'a#/' })).toBe('https://snap.example/r/garden/wall#a%23%2F');
  expect(wallLink(room)).toBe('https://snap.example/r/garden/wall');
});

test.each(['https://snap.example/r/gar%20den#secret', 'https://snap.example/r/garden#', 'https://snap.example/r/a/b'])(
  '%s is a broken link, said in words',
  (href) => {
    expect(readPageAddress(href)).toMatchObject({ type: 'broken', problem: expect.stringContaining('expected') });
  },
);
