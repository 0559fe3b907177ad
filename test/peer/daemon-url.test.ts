import { describe, expect, test } from 'vitest';
import { daemonUrl, socketUrl } from '../../src/peer/daemon-url.ts';

describe('the address of a daemon', () => {
  test.each([
    ['http://127.0.0.1:8787', 'ws://127.0.0.1:8787/ws'],
    ['https://example.org/base/', 'wss://example.org/base/ws'],
    ['https://example.org/base', 'wss://example.org/base/ws'],
    ['wss://example.org#x', 'wss://example.org/ws'],
  ])('%s becomes %s', (server, url) => {
    expect(socketUrl(server)).toBe(url);
    expect(daemonUrl(server, '/events')).toBe(url.replace(/^ws(.*)ws$/, 'http$1events'));
  });

  test.each(['', 'localhost:8787', 'ftp://example.org', 'http://', 'nonsense'])('%j is refused as usage', (server) => {
    expect(() => socketUrl(server)).toThrow(expect.objectContaining({ code: 'usage' }));
  });
});
