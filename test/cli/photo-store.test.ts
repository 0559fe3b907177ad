import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { basename } from 'node:path';
import sharp from 'sharp';
import { expect, test } from 'vitest';
import { createPhotoStore, verifyingSink } from '../../src/cli/photo-store.ts';
import type { PhotoHeader } from '../../src/protocol/control.ts';
import { temporaryDirectory } from '../e2e/temporary.ts';

const at = (): Date => new Date('2026-11-20T18:30:12Z');
const picture = async (): Promise<Uint8Array> =>
  sharp({ create: { width: 40, height: 30, channels: 3, background: 'red' } })
    .jpeg()
    .toBuffer();
const headerOf = (bytes: Uint8Array, change: Partial<PhotoHeader> = {}): PhotoHeader => ({
  photo: 'AAAAAAAAAAAAAAAA',
  mediaType: 'image/jpeg',
  bytes: bytes.length,
  width: 40,
  height: 30,
  sha256: '1f0c22aa'.repeat(8),
  ...change,
});
const from = (name: string) => ({ peer: 'BBBBBBBBBBBBBBBB', name });

test('a photo is stored under a name of our own, with nothing of a stranger’s that could be a path', async () => {
  await using directory = await temporaryDirectory();
  const bytes = await picture();
  const store = await createPhotoStore(directory.file('made/for/it'), at);
  const header = headerOf(bytes, { name: '../../etc/passwd' });
  const { stored, path = '' } = await store.store(header, bytes, from('../shed\u001b[2J/é'));
  expect(stored).toBe(true);
  expect(path.startsWith(directory.file('made/for/it/'))).toBe(true);
  expect(basename(path)).toMatch(/^20261120-183012-shed-2J-e-1f0c22aa\.jpg$/);
  expect(await readFile(path)).toEqual(Buffer.from(bytes));
});

test('a second photo never overwrites the first', async () => {
  await using directory = await temporaryDirectory();
  const bytes = await picture();
  const store = await createPhotoStore(directory.path, at);
  const paths = [
    await store.store(headerOf(bytes), bytes, from('shed')),
    await store.store(headerOf(bytes), bytes, from('shed')),
  ];
  expect(new Set(paths.map(({ path }) => path)).size).toBe(2);
  expect(await readdir(directory.path)).toHaveLength(2);
});

test.each([
  ['another type', { mediaType: 'image/png' }],
  ['another size in pixels', { width: 41 }],
] as const)('a picture of %s than announced is refused and leaves nothing', async (_what, change) => {
  await using directory = await temporaryDirectory();
  const bytes = await picture();
  const store = await createPhotoStore(directory.path, at);
  await expect(store.store(headerOf(bytes, change), bytes, from('shed'))).rejects.toMatchObject({
    code: 'photo-refused',
  });
  expect(await readdir(directory.path)).toEqual([]);
});

test('bytes that are no picture are refused, also when nothing is kept', async () => {
  const bytes = new TextEncoder().encode('<script>alert(1)</script>');
  await expect(verifyingSink.store(headerOf(bytes), bytes, from('shed'))).rejects.toMatchObject({
    code: 'photo-refused',
  });
});

test('what a killed process left half-written is removed, what a running one is writing is not', async () => {
  await using directory = await temporaryDirectory();
  const dead = spawn(process.execPath, ['-e', '']);
  await once(dead, 'exit');
  await writeFile(directory.file(`.snap-share-${dead.pid}-1.part`), 'half');
  await writeFile(directory.file(`.snap-share-${process.pid}-1.part`), 'half');
  await writeFile(directory.file('mine.part'), 'mine');
  await createPhotoStore(directory.path, at);
  expect((await readdir(directory.path)).toSorted()).toEqual([`.snap-share-${process.pid}-1.part`, 'mine.part']);
});
