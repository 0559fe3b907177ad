import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

type Disk = AsyncDisposable & { readonly path: string };

/** A real file system without a free byte. Needs root on Linux, as the next one does. */
export async function mountFullDisk(): Promise<Disk> {
  const disk = await mount('size=64k');
  await writeFile(join(disk.path, 'filler'), new Uint8Array(128 * 1024)).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'ENOSPC') throw error;
  });
  return disk;
}

/** A real file system that cannot be written to, not even by root. */
export function mountReadOnlyDisk(): Promise<Disk> {
  return mount('size=64k,ro');
}

/** A small file system in memory. */
async function mount(options: string): Promise<Disk> {
  const path = await mkdtemp(join(tmpdir(), 'snap-share-disk-'));
  await run('mount', ['-t', 'tmpfs', '-o', options, 'tmpfs', path]);
  return {
    path,
    async [Symbol.asyncDispose]() {
      await run('umount', [path]);
      await rm(path, { recursive: true, force: true });
    },
  };
}
