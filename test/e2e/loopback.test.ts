import { writeFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { flatPng, phonePhoto } from '../image/fixtures.ts';
import { CliProcess } from './cli-process.ts';
import { temporaryDirectory } from './temporary.ts';

test('loopback runs a daemon and three peers on this machine and ends with 0 after six receipts', async () => {
  await using directory = await temporaryDirectory();
  await writeFile(directory.file('a.jpg'), await phonePhoto());
  await writeFile(directory.file('b.png'), flatPng(640, 480));
  const files = ['--file', directory.file('a.jpg'), '--file', directory.file('b.png')];
  await using loopback = new CliProcess(['loopback', '--peers', '3', ...files, '--json', '--timeout', '60s']);
  expect(await loopback.exit(), loopback.describe()).toBe(0);
  expect(loopback.of('photo-delivered')).toHaveLength(6);
  expect(loopback.of('photo-received')).toHaveLength(6);
  expect(loopback.of('peer-connected').every(({ verified }) => verified === true)).toBe(true);
  expect(loopback.lines.at(-1)).toMatchObject({ event: 'done', ok: true, exit: 0 });
});
