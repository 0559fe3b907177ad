import { SIGNAL_PATH } from '../protocol/endpoint.ts';
import { SnapError } from '../protocol/errors.ts';

/**
 * Where a daemon answers this path: `http://host/base`, `/events` → `http://host/base/events`. The scheme may be that of
 * WebSockets as well.
 * @throws SnapError `usage`
 */
export function daemonUrl(server: string, path: string): string {
  const base = server.endsWith('/') ? server : `${server}/`;
  if (!/^(?:http|ws)s?:/i.test(base) || !URL.canParse(base))
    throw new SnapError('usage', `expected the daemon's address like http://host:port/, got ${JSON.stringify(server)}`);
  const url = new URL(path.slice(1), base);
  url.hash = '';
  return url.href.replace(/^ws/, 'http');
}

/** The address of a daemon's WebSocket: `http://host/base/` → `ws://host/base/ws`. @throws SnapError `usage` */
export function socketUrl(server: string): string {
  return daemonUrl(server, SIGNAL_PATH).replace(/^http/, 'ws');
}
