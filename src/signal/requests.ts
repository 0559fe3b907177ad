import type { IncomingMessage, ServerResponse } from 'node:http';

/** Answers requests for paths of its own, now or later, and says whether this is one. */
export type RequestHandler = (request: IncomingMessage, response: ServerResponse) => boolean;

/**
 * The body of a request, or undefined when it is longer than `maxBytes`; what is too much is read and dropped, so that an
 * answer still gets through. Rejects when the client goes away in the middle.
 */
export function readBody(request: IncomingMessage, maxBytes: number): Promise<Buffer | undefined> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let bytes = 0;
    request.on('data', (chunk: Buffer) => {
      bytes += chunk.length;
      if (bytes <= maxBytes) {
        chunks.push(chunk);
        return;
      }
      chunks.length = 0;
      resolve(undefined);
    });
    // Most bodies come in one piece, which need not be copied.
    request.once('end', () => resolve(chunks.length === 1 ? chunks[0] : Buffer.concat(chunks)));
    request.once('error', reject);
    request.once('close', () => {
      if (!request.complete) reject(new Error('the request did not come to its end'));
    });
  });
}

/** One line of text. Node leaves the body out when the request was HEAD. */
export function sendText(response: ServerResponse, status: number, line: string): void {
  const body = `${line}\n`;
  response.writeHead(status, {
    'Content-Length': Buffer.byteLength(body),
    'Content-Type': 'text/plain; charset=utf-8',
    'Cache-Control': 'no-store',
    'Content-Security-Policy': "default-src 'none'",
  });
  response.end(body);
}
