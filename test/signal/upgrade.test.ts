import { describe, expect, test } from 'vitest';
import { refusalResponse, refuseOrigin, refuseUpgrade } from '../../src/signal/upgrade.ts';

const good = { upgrade: 'websocket', host: 'snap.example:8787', 'sec-websocket-protocol': 'snap-share.v1' };
const allowed = new Set(['https://friend.example']);
const check = (headers: Record<string, string | undefined>, url = '/ws') =>
  refuseUpgrade({ url, headers: { ...good, ...headers } }, allowed);

describe('a request for a WebSocket', () => {
  test.each([
    ['without an Origin: no browser', {}],
    ['of a page of this daemon', { origin: 'http://snap.example:8787' }],
    ['of a page of this daemon behind a proxy that ends TLS', { origin: 'https://snap.example', host: 'SNAP.example' }],
    ['of a page of an allowed origin', { origin: 'https://friend.example' }],
    ['that offers other subprotocols too', { 'sec-websocket-protocol': 'snap-share.v2, snap-share.v1' }],
    ['that spells WebSocket in its own way', { upgrade: 'WebSocket' }],
  ])('is accepted %s', (_, headers) => {
    expect(check(headers)).toBeUndefined();
  });

  test('may carry a query', () => {
    expect(check({}, '/ws?from=here')).toBeUndefined();
  });

  test.each([
    ['of another site', { origin: 'https://evil.example' }],
    ['of another port', { origin: 'http://snap.example:9999' }],
    ['of no site', { origin: 'null' }],
    ['of a site whose name only starts like ours', { origin: 'http://snap.example:8787.evil.example' }],
    ['of an allowed site without TLS', { origin: 'http://friend.example' }],
    ['of a page without a Host to compare', { origin: 'http://snap.example:8787', host: undefined }],
  ])('is refused to a page %s', (_, headers) => {
    expect(check(headers)).toMatchObject({ status: 403, code: 'origin-refused' });
  });

  test.each([undefined, '', 'snap-share.v2', 'snap-share.v10', 'xsnap-share.v1'])(
    'is refused with the subprotocol %s, and says which one is expected',
    (protocol) => {
      const refusal = check({ 'sec-websocket-protocol': protocol });
      expect(refusal).toMatchObject({ status: 400, code: 'version-mismatch' });
      expect(refusal?.line).toContain('expected the WebSocket subprotocol snap-share.v1');
    },
  );

  test.each(['/', '/ws/', '/wss', '//ws', 'ws', '', 'http://snap.example/ws'])('is refused at %j', (url) => {
    expect(check({}, url)).toMatchObject({ status: 404, code: 'not-a-daemon' });
  });

  test('is refused for any other protocol', () => {
    expect(check({ upgrade: 'h2c' })).toMatchObject({ status: 426 });
  });
});

describe('a request at another port than that of the pages', () => {
  const checkAt = (pagePort: number, host: string | undefined, origin: string) =>
    refuseOrigin({ host, origin }, allowed, pagePort);

  test.each([
    [443, 'snap.example:7777', 'https://snap.example'],
    [80, 'snap.example:7777', 'http://snap.example'],
    [8787, 'snap.example:7777', 'http://snap.example:8787'],
    [8787, 'snap.example:7777', 'https://snap.example:8787'],
    [8787, 'SNAP.example:7777', 'http://snap.example:8787'],
    // Its own port is the one that no address names.
    [8787, 'snap.example', 'https://snap.example:8787'],
    [443, '[2001:db8::1]:7777', 'https://[2001:db8::1]'],
    [8787, '[2001:db8::1]', 'http://[2001:db8::1]:8787'],
    // A page of that very port.
    [443, 'snap.example:7777', 'https://snap.example:7777'],
    [8787, 'snap.example:7777', 'https://friend.example'],
  ])('with pages at %i and the host %s is accepted from %s', (pagePort, host, origin) => {
    expect(checkAt(pagePort, host, origin)).toBeUndefined();
  });

  test.each([
    [443, 'snap.example:7777', 'http://snap.example'],
    [80, 'snap.example:7777', 'https://snap.example'],
    [443, 'snap.example:7777', 'https://snap.example:8787'],
    [8787, 'snap.example:7777', 'https://snap.example'],
    [8787, 'snap.example:7777', 'http://snap.example'],
    [8787, 'snap.example:7777', 'http://snap.example:87'],
    [443, 'snap.example:7777', 'https://evil.example'],
    [443, 'snap.example:7777', 'https://sub.snap.example'],
    [443, 'snap.example:7777', 'https://snap.example.evil.example'],
    [443, 'snap.example:7777', 'https://7777'],
    [443, '[2001:db8::1]:7777', 'https://[2001:db8::2]'],
    [443, undefined, 'https://snap.example'],
    [443, 'snap.example:7777', 'file://snap.example'],
    [443, 'snap.example:7777', 'null'],
    [443, 'snap.example:7777', ''],
  ])('with pages at %i and the host %s is refused from %s', (pagePort, host, origin) => {
    expect(checkAt(pagePort, host, origin)).toMatchObject({ status: 403, code: 'origin-refused' });
  });

  test('is refused to pages of the usual ports where there are no others', () => {
    expect(refuseOrigin({ host: 'snap.example:7777', origin: 'https://snap.example' }, allowed)).toBeDefined();
  });
});

test('nothing of a stranger can break out of the line of a refusal', () => {
  const refusal = check({ origin: `x\r\nSet-Cookie: a=b\u001b[2J${'y'.repeat(5_000)}` });
  if (refusal === undefined) throw new Error('expected a refusal');
  const response = refusalResponse(refusal);
  expect(response).not.toContain('\r\nSet-Cookie');
  expect(response).not.toContain('\u001b');
  expect(response.length).toBeLessThan(600);
});
