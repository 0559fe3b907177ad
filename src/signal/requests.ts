import type { IncomingMessage, ServerResponse } from 'node:http';

/** Answers requests for paths of its own, now or later, and says whether this is one. */
export type RequestHandler = (request: IncomingMessage, response: ServerResponse) => boolean;

/**
 * Calls back once with the body of a request, or with undefined when it is longer than `maxBytes`; what is too much is read
 * and dropped, so that an answer still gets through. Calls `onGone` instead when the client goes away in the middle. No
 * promises: most of what a short request costs would be theirs.
 */
export function readBody(
  request: IncomingMessage,
  maxBytes: number,
  onBody: (body: Buffer | undefined) => void,
  onGone: () => void,
): void {
  const chunks: Buffer[] = [];
  let bytes = 0;
  let isOver = false;
  const finish = (body: Buffer | undefined): void => {
    if (isOver) return;
    isOver = true;
    onBody(body);
  };
  request.on('data', (chunk: Buffer) => {
    bytes += chunk.length;
    if (bytes <= maxBytes) {
      chunks.push(chunk);
      return;
    }
    chunks.length = 0;
    finish(undefined);
  });
  // Most bodies come in one piece, which need not be copied.
  request.on('end', () => finish(chunks.length === 1 ? chunks[0] : Buffer.concat(chunks)));
  // An error comes with it as well.
  request.on('close', () => {
    if (isOver) return;
    isOver = true;
    onGone();
  });
}

const SAFE_HEADERS = Object.entries({
  'X-Content-Type-Options': 'nosniff',
  'X-Frame-Options': 'DENY',
  'Referrer-Policy': 'no-referrer',
  'Cross-Origin-Resource-Policy': 'same-origin',
});

/** What keeps an answer from being misused by other pages. What has been set before, stays. */
export function setSafeHeaders(response: ServerResponse): void {
  for (const [name, value] of SAFE_HEADERS) if (!response.hasHeader(name)) response.setHeader(name, value);
}

/** One line of text. Node leaves the body out when the request was HEAD. */
export function sendText(response: ServerResponse, status: number, line: string): void {
  const body = `${line}\n`;
  setSafeHeaders(response);
  response.writeHead(status, {
    'Content-Length': Buffer.byteLength(body),
    'Content-Type': 'text/plain; charset=utf-8',
    'Cache-Control': 'no-store',
    'Content-Security-Policy': "default-src 'none'",
  });
  response.end(body);
}
