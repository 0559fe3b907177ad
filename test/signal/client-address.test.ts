import type { IncomingMessage } from 'node:http';
import { describe, expect, test } from 'vitest';
import { clientAddresses } from '../../src/signal/client-address.ts';

function request(remoteAddress: string | undefined, forwarded?: string): IncomingMessage {
  const headers = forwarded === undefined ? {} : { 'x-forwarded-for': forwarded };
  return { socket: { remoteAddress }, headers } as unknown as IncomingMessage;
}

describe('without a trusted proxy', () => {
  const addressOf = clientAddresses([]);

  test.each([
    ['192.0.2.1', '192.0.2.1'],
    ['::ffff:192.0.2.1', '192.0.2.1'],
    ['2001:db8::1', '2001:db8::1'],
    [undefined, ''],
  ])('a client has the address of its connection: %s', (own, address) => {
    expect(addressOf(request(own))).toBe(address);
    expect(addressOf(request(own, '198.51.100.7'))).toBe(address);
  });
});

describe('behind a trusted proxy', () => {
  const addressOf = clientAddresses(['loopback', '10.0.0.0/8', '2001:db8:1::/48']);

  test.each([
    ['what the proxy has seen', '127.0.0.1', '198.51.100.7', '198.51.100.7'],
    ['what the last of them has seen', '::1', '203.0.113.1, 198.51.100.7', '198.51.100.7'],
    ['what stands before a chain of trusted ones', '127.0.0.1', '203.0.113.1, 198.51.100.7, 10.1.2.3', '198.51.100.7'],
    ['the address of a proxy that is written as IPv6', '::ffff:10.1.2.3', '::ffff:198.51.100.7', '198.51.100.7'],
    ['IPv6', '2001:db8:1::2', '2001:db8:2::1', '2001:db8:2::1'],
    ['the proxy, where it has told nothing', '127.0.0.1', undefined, '127.0.0.1'],
    ['the proxy, where it has told no address', '127.0.0.1', '198.51.100.7, unknown', '127.0.0.1'],
    ['the first, where all are trusted', '127.0.0.1', '10.0.0.1, 10.0.0.2', '10.0.0.1'],
    ['nobody, once the connection is gone', undefined, '198.51.100.7', ''],
  ])('a client has the address of %s', (_, own, forwarded, address) => {
    expect(addressOf(request(own, forwarded))).toBe(address);
  });

  test('whoever comes past it is not believed', () => {
    expect(addressOf(request('192.0.2.1', '198.51.100.7'))).toBe('192.0.2.1');
  });
});

test.each(['', 'everybody', '10.0.0.0/99', '1.2.3', 'loopback '])('%j is no proxy', (text) => {
  expect(() => clientAddresses(['loopback', text])).toThrow(
    expect.objectContaining({ code: 'usage', message: expect.stringContaining('--trust-proxy') }),
  );
});
