import { realpathSync, statSync } from 'node:fs';
import type { ServerResponse } from 'node:http';
import { isAbsolute, join, relative, sep } from 'node:path';
import send from 'send';
import { SnapError } from '../protocol/errors.ts';
import type { RequestHandler } from './requests.ts';
import { pathOf } from './upgrade.ts';

/**
 * Serves the files of a directory as they are at the time, `index.html` for a directory. Nothing outside of it, also not by
 * a symbolic link, and nothing whose name, or that of a directory on the way, begins with a dot.
 * @throws SnapError `usage` when there is no such directory
 */
export function createStatic(directory: string): RequestHandler {
  const root = rootOf(directory);
  return (request, response) => {
    const path = pathOf(request.url);
    const found = find(root, path);
    if (found === undefined) return false;
    if (found.isDirectory && !path.endsWith('/'))
      redirect(response, `${path}/${request.url?.slice(path.length) ?? ''}`);
    else {
      const encoded = found.inside.split(sep).map(encodeURIComponent).join('/');
      send(request, `/${encoded}`, { root, index: false, dotfiles: 'ignore' }).pipe(response);
    }
    return true;
  };
}

/** The files first, except where our page is looked for. */
export function withStatic(files: RequestHandler, page: RequestHandler | undefined): RequestHandler {
  if (page === undefined) return files;
  return (request, response) => {
    const path = pathOf(request.url);
    if (path.startsWith('/r/')) return page(request, response);
    if (path.startsWith('/assets/')) return page(request, response) || files(request, response);
    return files(request, response) || page(request, response);
  };
}

function rootOf(directory: string): string {
  try {
    const root = realpathSync(directory);
    if (statSync(root).isDirectory()) return root;
  } catch (error) {
    throw new SnapError('usage', `expected a directory of files to serve, got ${JSON.stringify(directory)}`, {
      cause: error,
    });
  }
  throw new SnapError('usage', `expected a directory of files to serve, ${JSON.stringify(directory)} is none`);
}

/** A file under the root, its own or the index of the directory that the path names. */
interface Found {
  /** Relative to the root, without symbolic links. */
  readonly inside: string;
  readonly isDirectory: boolean;
}

function find(root: string, path: string): Found | undefined {
  const names = namesOf(path);
  if (names === undefined) return undefined;
  const own = inspect(root, names);
  if (own?.kind === 'file' && !path.endsWith('/')) return { inside: own.inside, isDirectory: false };
  if (own?.kind !== 'directory') return undefined;
  const index = inspect(root, [...names, 'index.html']);
  return index?.kind === 'file' ? { inside: index.inside, isDirectory: true } : undefined;
}

/** Undefined for a path with anything in it that could mean more than a name. */
function namesOf(path: string): string[] | undefined {
  if (path === '/') return [];
  try {
    const names = path.replace(/\/$/, '').split('/').map(decodeURIComponent);
    // What is before the first slash.
    if (names.shift() !== '') return undefined;
    return names.every((name) => /^[^./\\\0][^/\\\0]*$/.test(name)) ? names : undefined;
  } catch {
    // Such as `%ff`.
    return undefined;
  }
}

function inspect(
  root: string,
  names: readonly string[],
): { readonly inside: string; readonly kind: 'file' | 'directory' } | undefined {
  try {
    const real = realpathSync(join(root, ...names));
    const inside = relative(root, real);
    // A link may lead to a dot file, or out: then `inside` begins with `..`, or is a path of another disk.
    if (isAbsolute(inside) || inside.split(sep).some((name) => name.startsWith('.'))) return undefined;
    const stats = statSync(real);
    if (stats.isFile()) return { inside, kind: 'file' };
    return stats.isDirectory() ? { inside, kind: 'directory' } : undefined;
  } catch {
    return undefined;
  }
}

/** So that relative addresses in the index of a directory mean what is in it. */
function redirect(response: ServerResponse, location: string): void {
  response.writeHead(302, { Location: location, 'Content-Length': 0 });
  response.end();
}
