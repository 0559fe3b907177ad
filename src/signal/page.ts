import { readdirSync, readFileSync } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { extname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import type { RequestHandler } from './requests.ts';
import { pathOf } from './upgrade.ts';

/** A file of the page, as it goes out. */
interface PageFile {
  readonly type: string;
  readonly plain: Buffer;
  readonly gzipped: Buffer;
}

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
};

const ROOM_PATH = /^\/r\/[^/]{1,256}(?:\/wall)?\/?$/;
/** Beyond this a `Host` is no host, and would only widen the policy. */
const HOST = /^(?:[A-Za-z0-9.-]{1,253}|\[[0-9A-Fa-f:.]{2,45}\])(?::\d{1,5})?$/;

/** Next to the bundle, or in the checkout whose sources are running. */
export const PAGE_DIRECTORY = fileURLToPath(
  new URL(import.meta.url.endsWith('/src/signal/page.ts') ? '../../dist/web/' : './web/', import.meta.url),
);

/**
 * Serves the built page: `/`, `/r/<room>` (whose name is checked by the page, with words for it) and `/r/<room>/wall`, and
 * its assets. All of it is read here and now, so that no path of a request ever reaches the disk.
 */
export function createPage(directory: string = PAGE_DIRECTORY): RequestHandler {
  const files = readPage(directory);
  const html = files.get('/index.html');
  return (request, response) => {
    const path = pathOf(request.url);
    if (path === '/' || ROOM_PATH.test(path)) {
      if (html === undefined) sendMissing(response);
      else sendHtml(request, response, html);
      return true;
    }
    const asset = path.startsWith('/assets/') ? files.get(path) : undefined;
    if (asset === undefined) return false;
    // Its name is a hash of what is in it.
    send(request, response, asset, {
      'Cache-Control': 'public, max-age=31536000, immutable',
      'Content-Security-Policy': "default-src 'none'",
    });
    return true;
  };
}

function readPage(directory: string): Map<string, PageFile> {
  const files = new Map<string, PageFile>();
  for (const [folder, prefix] of [
    ['', '/'],
    ['assets/', '/assets/'],
  ] as const) {
    for (const name of namesIn(`${directory}/${folder}`)) {
      const type = TYPES[extname(name)];
      if (type === undefined) continue;
      const plain = readFileSync(`${directory}/${folder}${name}`);
      files.set(`${prefix}${name}`, { type, plain, gzipped: gzipSync(plain, { level: 9 }) });
    }
  }
  return files;
}

/** A daemon without a page, as in a checkout that was not built, still does all the rest. */
function namesIn(directory: string): string[] {
  try {
    return readdirSync(directory);
  } catch {
    return [];
  }
}

function sendHtml(request: IncomingMessage, response: ServerResponse, html: PageFile): void {
  send(request, response, html, {
    'Cache-Control': 'no-store',
    'Content-Security-Policy': contentSecurityPolicy(request.headers.host),
    'Permissions-Policy': 'camera=(self), microphone=(), geolocation=(), display-capture=(), payment=(), usb=()',
    'Cross-Origin-Opener-Policy': 'same-origin',
  });
}

/** Scripts, styles and connections of this very origin only. `'self'` did not always include WebSockets. */
function contentSecurityPolicy(host: string | undefined): string {
  const sockets = host !== undefined && HOST.test(host) ? ` ws://${host} wss://${host}` : '';
  return [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src 'self' blob:",
    "media-src 'self' blob:",
    `connect-src 'self'${sockets}`,
    "frame-ancestors 'none'",
    "base-uri 'none'",
    "form-action 'none'",
  ].join('; ');
}

function send(
  request: IncomingMessage,
  response: ServerResponse,
  file: PageFile,
  headers: Readonly<Record<string, string>>,
): void {
  const isGzip = /(?:^|,)\s*gzip\s*(?:,|;(?!\s*q=0(?:\.0*)?\s*(?:,|$))|$)/i.test(
    request.headers['accept-encoding'] ?? '',
  );
  const body = isGzip ? file.gzipped : file.plain;
  response.writeHead(200, {
    ...headers,
    'Content-Type': file.type,
    'Content-Length': body.length,
    Vary: 'Accept-Encoding',
    ...(isGzip ? { 'Content-Encoding': 'gzip' } : {}),
  });
  response.end(body);
}

function sendMissing(response: ServerResponse): void {
  const body =
    'This is a snap-share daemon. Its page is not built: npm run build makes it; terminals can join as they are.\n';
  response.writeHead(200, {
    'Content-Length': Buffer.byteLength(body),
    'Content-Type': 'text/plain; charset=utf-8',
    'Cache-Control': 'no-store',
    'Content-Security-Policy': "default-src 'none'",
  });
  response.end(body);
}
