import { describe, expect, test } from 'vitest';
import { refusalResponse, refuseUpgrade } from '../../src/signal/upgrade.ts';

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

test('nothing of a stranger can break out of the line of a refusal', () => {
  const refusal = check({ origin: `x\r\nSet-Cookie: a=b\u001b[2J${'y'.repeat(5_000)}` });
  if (refusal === undefined) throw new Error('expected a refusal');
  const response = refusalResponse(refusal);
  expect(response).not.toContain('\r\nSet-Cookie');
  expect(response).not.toContain('\u001b');
  expect(response.length).toBeLessThan(600);
});
