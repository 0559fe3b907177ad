import { access, constants, readdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { PhotoSink } from '../peer/photo.ts';
import { FILE_EXTENSIONS, type PhotoHeader } from '../protocol/control.ts';
import { SnapError } from '../protocol/errors.ts';
import { exists, makeDirectory } from './make-directory.ts';
import { writeDurably } from './write-durably.ts';

/** A file that is being written; the number is the process that does. */
const PARTIAL = /^\.snap-share-(\d+)-\d+\.part$/;

/** Checks received photos and keeps none: the receipt then says verified, not stored. */
export const verifyingSink: PhotoSink = {
  async store(photo, bytes) {
    await checkPicture(photo, bytes);
    return { stored: false };
  },
};

/**
 * Keeps received photos in a directory, under names of our own. A photo appears under its final name only when it is
 * whole and on the disk.
 * @throws SnapError `storage-failed` when the directory cannot be made or written to
 */
export async function createPhotoStore(directory: string, now: () => Date): Promise<PhotoSink> {
  try {
    await makeDirectory(directory);
    await access(directory, constants.W_OK | constants.X_OK);
    await removeLeftovers(directory);
  } catch (cause) {
    throw storageError(directory, cause);
  }
  let written = 0;
  return {
    async store(photo, bytes, from) {
      written += 1;
      const partial = join(directory, `.snap-share-${process.pid}-${written}.part`);
      // The sender waits for the receipt: decoding and the disk take their time together.
      const outcomes = await Promise.allSettled([checkPicture(photo, bytes), writeDurably(partial, bytes, 0o644)]);
      try {
        for (const outcome of outcomes) if (outcome.status === 'rejected') throw outcome.reason;
        const path = await freePath(directory, fileName(photo, from.name, now()), FILE_EXTENSIONS[photo.mediaType]);
        await rename(partial, path);
        return { stored: true, path };
      } catch (cause) {
        await rm(partial, { force: true }).catch(() => {});
        throw cause instanceof SnapError ? cause : storageError(directory, cause);
      }
    },
  };
}

/** The bytes must be what the header says: nobody's viewer is to meet anything else. */
async function checkPicture(photo: PhotoHeader, bytes: Uint8Array): Promise<void> {
  const { inspectImage } = await import('../image/inspect.ts');
  let found: Awaited<ReturnType<typeof inspectImage>>;
  try {
    found = await inspectImage(bytes);
  } catch (cause) {
    throw new SnapError('photo-refused', cause instanceof Error ? cause.message : 'the photo could not be read', {
      cause,
    });
  }
  if (found.type === photo.mediaType && found.width === photo.width && found.height === photo.height) return;
  throw new SnapError(
    'photo-refused',
    `expected ${photo.mediaType} of ${photo.width}×${photo.height} as announced, got ${found.type} of ${found.width}×${found.height}`,
  );
}

/** `20261120-183012-shed-1f0c22aa`: when, from whom, and the beginning of the SHA-256. */
function fileName(photo: PhotoHeader, from: string, at: Date): string {
  const when = at.toISOString().replace(/[-:]/g, '').replace('T', '-').slice(0, 15);
  const who = from
    .normalize('NFKD')
    .replace(/[^A-Za-z0-9]+/g, '-')
    .replace(/^-+|-+$/g, '')
    .slice(0, 24);
  return [when, who, photo.sha256.slice(0, 8)].filter((part) => part !== '').join('-');
}

async function freePath(directory: string, name: string, extension: string): Promise<string> {
  for (let number = 1; ; number += 1) {
    const path = join(directory, `${name}${number === 1 ? '' : `-${number}`}.${extension}`);
    if (!(await exists(path))) return path;
  }
}

/** What a killed process left behind; those of running ones are theirs. */
async function removeLeftovers(directory: string): Promise<void> {
  for (const name of await readdir(directory)) {
    const owner = PARTIAL.exec(name)?.[1];
    if (owner !== undefined && !isRunning(Number(owner))) await rm(join(directory, name), { force: true });
  }
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

function storageError(directory: string, cause: unknown): SnapError {
  const code = (cause as NodeJS.ErrnoException).code ?? '';
  const shown = JSON.stringify(directory);
  const why: Readonly<Record<string, string>> = {
    ENOSPC: `no space is left for photos in ${shown}: free some, or choose another directory with --save`,
    EDQUOT: `the disk quota for ${shown} is used up: free some, or choose another directory with --save`,
    EROFS: `${shown} is on a read-only file system: choose another directory with --save, or use --no-save`,
    ENOENT: `nothing can be made at ${shown}: choose another directory with --save, or use --no-save`,
    EACCES: `no permission to write to ${shown}: choose another directory with --save, or use --no-save`,
    EPERM: `no permission to write to ${shown}: choose another directory with --save, or use --no-save`,
    EEXIST: `expected a directory, got a file: ${shown}`,
    ENOTDIR: `expected a directory, got a file on the way to ${shown}`,
  };
  const message = why[code] ?? `photos cannot be stored in ${shown} (${code === '' ? String(cause) : code})`;
  return new SnapError('storage-failed', message, { cause });
}
