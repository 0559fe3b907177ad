import { expect, test } from 'vitest';
import { loadDialects, parseDialect, placeDialects } from '../../../src/signal/compat/names.ts';

test.each([
  ['forward', { name: 'forward' }],
  ['login@9000', { name: 'login', port: 9_000 }],
  ['forward@0', { name: 'forward', port: 0 }],
  ['snap-photo', { name: 'snap-photo' }],
  ['users-list@9000', { name: 'users-list', port: 9_000 }],
])('%s is understood', (text, wanted) => {
  expect(parseDialect(text)).toEqual(wanted);
});

test.each(['', 'constructor', 'login@', 'login@x', 'login@99999', 'login@1@2', '@7'])('%j is refused', (text) => {
  expect(() => parseDialect(text)).toThrow(expect.objectContaining({ code: 'usage' }));
});

test('login is also where its clients look for it, and only there when another takes its path', () => {
  expect(placeDialects([{ name: 'login' }])).toEqual([{ name: 'login' }, { name: 'login', port: 7_777 }]);
  expect(placeDialects([{ name: 'login' }], 8_000)).toEqual([{ name: 'login' }, { name: 'login', port: 8_000 }]);
  expect(placeDialects([{ name: 'forward' }, { name: 'login' }])).toEqual([
    { name: 'forward' },
    { name: 'login', port: 7_777 },
  ]);
  expect(placeDialects([{ name: 'login', port: 9_000 }, { name: 'forward' }])).toEqual([
    { name: 'login', port: 9_000 },
    { name: 'forward' },
  ]);
});

test('the same twice is once, and what cannot be told apart is refused with a way out', () => {
  expect(placeDialects([{ name: 'forward' }, { name: 'forward' }])).toEqual([{ name: 'forward' }]);
  const wanted = [
    { name: 'forward', port: 9_000 },
    { name: 'login', port: 9_000 },
  ] as const;
  expect(() => placeDialects(wanted)).toThrow(/^forward and login take the same path.*like login@9000$/);
});

test('systems whose clients say which they are share a port, and one handler there', async () => {
  const wanted = [
    { name: 'snap-photo' },
    { name: 'forward' },
    { name: 'users-list' },
    { name: 'users-list' },
    { name: 'snap-photo', port: 9_000 },
  ] as const;
  const placed = placeDialects(wanted);
  expect(placed).toEqual(wanted.filter((_, index) => index !== 3));
  const loaded = await loadDialects(placed);
  expect(loaded.map(({ names, port }) => ({ names, port }))).toEqual([
    { names: ['snap-photo', 'users-list'], port: undefined },
    { names: ['forward'], port: undefined },
    { names: ['snap-photo'], port: 9_000 },
  ]);
});
