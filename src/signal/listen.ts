import type { Server } from 'node:http';
import { SnapError } from '../protocol/errors.ts';

/**
 * Resolves with the real port once the server listens.
 * @throws SnapError `usage` when it cannot, with what to do about it.
 */
export async function listen(server: Server, host: string, port: number): Promise<number> {
  await new Promise<void>((resolve, reject) => {
    const onError = (cause: Error): void => reject(explain(cause, host, port));
    server.once('error', onError);
    server.listen({ host, port }, () => {
      server.off('error', onError);
      resolve();
    });
  });
  const address = server.address();
  return typeof address === 'object' && address !== null ? address.port : port;
}

/** The address to reach a daemon at; one that listens everywhere is reached on this machine. */
export function urlOf(scheme: 'http' | 'https', host: string, port: number): string {
  const reachable = host === '0.0.0.0' ? '127.0.0.1' : host === '::' ? '::1' : host;
  return `${scheme}://${reachable.includes(':') ? `[${reachable}]` : reachable}:${port}/`;
}

function explain(cause: NodeJS.ErrnoException, host: string, port: number): SnapError {
  return new SnapError('usage', problemOf(cause, host, port), { cause });
}

function problemOf(cause: NodeJS.ErrnoException, host: string, port: number): string {
  if (cause.code === 'EADDRINUSE')
    return `expected port ${port} of ${host} to be free, but something listens there: choose another --port, or 0 for any free one`;
  if (cause.code === 'EACCES')
    return `expected a port that this user may listen on, got ${port}: choose a --port from 1024 up`;
  if (cause.code === 'EADDRNOTAVAIL' || cause.code === 'ENOTFOUND' || cause.code === 'EAI_AGAIN')
    return `expected a host name or address of this machine, got ${host}: choose another --host`;
  return `cannot listen on ${host} port ${port}: ${cause.message}`;
}
