import { execFileSync } from 'node:child_process';
import { chmod, mkdtemp, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readImageFile, readImageStream } from '../../src/image/read-file.ts';
import { asNobody } from './as-nobody.ts';
import { refusal, text } from './fixtures.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'snap-share-test-'));
  await chmod(folder, 0o755);
});
afterAll(() => rm(folder, { recursive: true }));

describe('a picture file', () => {
  it('is read whole', async () => {
    const path = join(folder, 'a.jpg');
    await writeFile(path, text('bytes'));
    expect(await readImageFile(path)).toEqual(text('bytes'));
  });

  it('that is missing, a directory, empty or too large is named as such', async () => {
    const empty = join(folder, 'empty.jpg');
    await writeFile(empty, '');
    const large = join(folder, 'large.jpg');
    await writeFile(large, '');
    await truncate(large, 64 * 2 ** 20 + 1);
    const missing = join(folder, 'missing\n.jpg');
    const error = await refusal(readImageFile(missing));
    expect(error.code).toBe('file-missing');
    expect(error.cause).toBeInstanceOf(Error);
    expect(error.message).toMatch(/^There is no file [^\n]*$/);
    await expect(readImageFile(join(empty, 'below'))).rejects.toMatchObject({ code: 'file-missing' });
    await expect(readImageFile(folder)).rejects.toMatchObject({ code: 'file-is-directory' });
    await expect(readImageFile(empty)).rejects.toMatchObject({ code: 'file-empty' });
    await expect(readImageFile(large)).rejects.toMatchObject({ code: 'image-too-large' });
    await expect(readImageFile('nul\0byte')).rejects.toMatchObject({ code: 'file-unreadable' });
  });

  it('that is a pipe or a device does not make anyone wait', async () => {
    const pipe = join(folder, 'pipe');
    execFileSync('mkfifo', [pipe]);
    await expect(readImageFile(pipe)).rejects.toMatchObject({ code: 'file-not-regular' });
    await expect(readImageFile('/dev/zero')).rejects.toMatchObject({ code: 'file-not-regular' });
  });

  it('that the user may not read is named as such', async () => {
    const path = join(folder, 'private.jpg');
    await writeFile(path, 'x');
    await chmod(path, 0o000);
    expect(await asNobody('read-file.ts', 'readImageFile', path)).toBe('file-no-permission');
  });

  it('is not read on after an abort', async () => {
    const reason = new Error('left');
    await expect(readImageFile('any', { signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
  });
});

describe('a picture from standard input', () => {
  async function* pieces(count: number, size: number): AsyncGenerator<Uint8Array> {
    for (let i = 0; i < count; i += 1) yield new Uint8Array(size).fill(i);
  }

  it('is put together from its pieces', async () => {
    expect(await readImageStream(pieces(3, 2))).toEqual(new Uint8Array([0, 0, 1, 1, 2, 2]));
  });

  it('that never ends is refused at the limit', async () => {
    await expect(readImageStream(pieces(Number.POSITIVE_INFINITY, 2 ** 20))).rejects.toMatchObject({
      code: 'image-too-large',
    });
  });

  it('that is empty is refused', async () => {
    await expect(readImageStream(pieces(0, 1))).rejects.toMatchObject({ code: 'file-empty' });
  });
});
