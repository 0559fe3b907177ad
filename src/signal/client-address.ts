import type { IncomingMessage } from 'node:http';
import { isIP } from 'node:net';
import proxyAddr from 'proxy-addr';
import { SnapError } from '../protocol/errors.ts';

/** Where a request comes from: an IP address, or nothing when its connection is gone already. */
export type AddressOf = (request: IncomingMessage) => string;

/**
 * The address of whoever made a request. A proxy that is trusted tells it in `X-Forwarded-For`, where the last address that is
 * not trusted counts: what stands before it may be anybody's invention.
 * @param trusted addresses, ranges like `10.0.0.0/8`, and the names `loopback`, `linklocal` and `uniquelocal`
 * @throws SnapError `usage`
 */
export function clientAddresses(trusted: readonly string[]): AddressOf {
  const ownOf: AddressOf = ({ socket }) => plain(socket.remoteAddress ?? '');
  if (trusted.length === 0) return ownOf;
  const isTrusted = proxyAddr.compile(trusted.map(checkTrustedProxy));
  return (request) => {
    // Without an address of its own nothing can be trusted.
    if (request.socket.remoteAddress === undefined) return '';
    const address = proxyAddr(request, isTrusted);
    return isIP(address) === 0 ? ownOf(request) : plain(address);
  };
}

function checkTrustedProxy(text: string): string {
  try {
    proxyAddr.compile(text);
    return text;
  } catch (cause) {
    throw new SnapError(
      'usage',
      `expected a trusted proxy (--trust-proxy) as an address, a range like 10.0.0.0/8, loopback, linklocal or uniquelocal, got ${JSON.stringify(text.slice(0, 80))}`,
      { cause },
    );
  }
}

/** IPv4 is written as such, also where the daemon listens with IPv6. */
function plain(address: string): string {
  return address.replace(/^::ffff:(?=\d+\.)/i, '');
}
