import { constants } from 'node:fs';
import { open } from 'node:fs/promises';
import { ImageError, shown } from './errors.ts';
import { tooManyBytes } from './header.ts';
import { LIMITS } from './limits.ts';

/** Reads a picture's file. Every way in which that can fail has a code of its own; an abort rejects with its reason. */
export async function readImageFile(path: string, options: { signal?: AbortSignal } = {}): Promise<Uint8Array> {
  options.signal?.throwIfAborted();
  try {
    // Without O_NONBLOCK, opening a pipe that nobody writes to would wait for ever.
    await using file = await open(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0));
    const stat = await file.stat();
    if (stat.isDirectory()) throw isDirectory(path);
    if (!stat.isFile()) throw isNotRegular(path);
    if (stat.size > LIMITS.inputBytes) throw tooManyBytes();
    return await readImageStream(file.createReadStream({ autoClose: false, ...options }));
  } catch (cause) {
    options.signal?.throwIfAborted();
    throw cause instanceof ImageError ? cause : asImageError(path, cause);
  }
}

/** Collects a picture that comes in pieces, such as standard input, up to the same number of bytes. */
export async function readImageStream(stream: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  const pieces: Uint8Array[] = [];
  let length = 0;
  for await (const piece of stream) {
    length += piece.length;
    if (length > LIMITS.inputBytes) throw tooManyBytes();
    pieces.push(piece);
  }
  if (length === 0) {
    throw new ImageError(
      'file-empty',
      'Expected a picture, but there are no bytes. Check what writes this file or pipe.',
    );
  }
  const whole = new Uint8Array(length);
  let offset = 0;
  for (const piece of pieces) {
    whole.set(piece, offset);
    offset += piece.length;
  }
  return whole;
}

function asImageError(path: string, cause: unknown): ImageError {
  const options = { cause };
  const code = cause instanceof Error && 'code' in cause ? cause.code : undefined;
  switch (code) {
    case 'ENOENT':
    case 'ENOTDIR':
      return new ImageError('file-missing', `There is no file ${shown(path)}. Check the path.`, options);
    case 'EACCES':
    case 'EPERM':
      return new ImageError(
        'file-no-permission',
        `You may not read ${shown(path)}. Change its permissions (chmod u+r), or copy it.`,
        options,
      );
    case 'EISDIR':
      return isDirectory(path, options);
    case 'ENXIO':
      return isNotRegular(path, options);
    default:
      return new ImageError(
        'file-unreadable',
        `${shown(path)} cannot be read (${typeof code === 'string' ? code : 'unknown reason'}). Copy it elsewhere and try that.`,
        options,
      );
  }
}

const isDirectory = (path: string, options?: { cause: unknown }): ImageError =>
  new ImageError('file-is-directory', `${shown(path)} is a directory. Name one of the pictures in it.`, options);

const isNotRegular = (path: string, options?: { cause: unknown }): ImageError =>
  new ImageError(
    'file-not-regular',
    `${shown(path)} is a pipe, socket or device, not a file. Pipe the picture to standard input and name it "-".`,
    options,
  );
