import { readFile } from 'node:fs/promises';
import { SnapError } from '../protocol/errors.ts';

/** A line of a secret is shorter; more is not waited for. */
const LINE_BYTES_MAX = 4_096;

/**
 * The text of a file that holds `what`, like "the room secret".
 * @throws SnapError `usage`
 */
export async function readSecretFile(path: string, what: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (cause) {
    throw unreadable(path, what, cause);
  }
}

/** Its first line, without the space around it; `-` is standard input. @throws SnapError `usage` */
export async function readSecretLine(path: string, what: string, stdin: AsyncIterable<Uint8Array>): Promise<string> {
  const text = path === '-' ? await firstLine(stdin, what) : await readSecretFile(path, what);
  return text.split('\n', 1)[0]?.trim() ?? '';
}

async function firstLine(stdin: AsyncIterable<Uint8Array>, what: string): Promise<string> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  try {
    for await (const chunk of stdin) {
      chunks.push(chunk);
      length += chunk.length;
      if (chunk.includes(0x0a) || length > LINE_BYTES_MAX) break;
    }
  } catch (cause) {
    throw unreadable('-', what, cause);
  }
  return Buffer.concat(chunks).toString('utf8');
}

function unreadable(path: string, what: string, cause: unknown): SnapError {
  const code = (cause as NodeJS.ErrnoException).code ?? String(cause);
  return new SnapError('usage', `expected a file with ${what}, could not read ${JSON.stringify(path)} (${code})`, {
    cause,
  });
}
