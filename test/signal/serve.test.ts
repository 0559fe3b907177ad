import { once } from 'node:events';
import { describe, expect, test } from 'vitest';
import { WebSocket } from 'ws';
import { SnapError } from '../../src/protocol/errors.ts';
import type { DaemonEvent } from '../../src/signal/events.ts';
import { serve } from '../../src/signal/serve.ts';
import { join, open, rawSocket, readToEnd, refusal, wsUrl } from './ws-client.ts';

const options = { port: 0, version: '1' };

async function failure(promise: Promise<unknown>): Promise<SnapError> {
  const error: unknown = await promise.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (error instanceof SnapError) return error;
  throw new Error('expected a SnapError', { cause: error });
}

describe('listening', () => {
  test('port 0 takes a free port and tells which', async () => {
    const events: DaemonEvent[] = [];
    await using daemon = await serve({ ...options, onEvent: (event) => events.push(event) });
    expect(daemon.port).toBeGreaterThan(0);
    expect(daemon.url).toBe(`http://127.0.0.1:${daemon.port}/`);
    expect(events).toEqual([{ type: 'listening', url: daemon.url, host: '127.0.0.1', port: daemon.port }]);
    expect(await (await fetch(daemon.url + 'healthz')).text()).toBe('ok\n');
  });

  test('a daemon that listens everywhere gives an address that works', async () => {
    await using daemon = await serve({ ...options, host: '0.0.0.0' });
    expect((await fetch(`${daemon.url}readyz`)).status).toBe(200);
  });

  test('a port in use is said so, with what to do', async () => {
    await using daemon = await serve(options);
    const error = await failure(serve({ ...options, port: daemon.port }));
    expect(error.code).toBe('usage');
    expect(error.message).toContain(`${daemon.port}`);
    expect(error.message).toContain('--port');
  });

  test('an address that is not of this machine is said so', async () => {
    expect((await failure(serve({ ...options, host: '192.0.2.1' }))).message).toContain('--host');
    expect((await failure(serve({ ...options, host: 'no-such-host.invalid' }))).message).toContain('--host');
  });

  test.each([
    { port: -1 },
    { port: 65_536 },
    { port: 1.5 },
    { capacity: 0 },
    { capacity: 65 },
    { origins: ['example.org'] },
    { origins: ['https://example.org/page'] },
    { origins: ['ftp://example.org'] },
  ])('%j is refused before anything is opened', async (wrong) => {
    expect((await failure(serve({ ...options, ...wrong }))).code).toBe('usage');
  });
});

describe('http', () => {
  test.each([
    ['GET', 'healthz', 200, 'ok\n'],
    ['HEAD', 'healthz', 200, ''],
    ['GET', 'healthz?verbose', 200, 'ok\n'],
    ['GET', 'readyz', 200, 'ready\n'],
    ['GET', '', 404, 'nothing here\n'],
    ['GET', 'r/garden', 404, 'nothing here\n'],
    ['GET', 'ws', 426, 'expected a WebSocket with the subprotocol snap-share.v1\n'],
    ['POST', 'healthz', 405, 'expected GET or HEAD, got POST\n'],
    ['DELETE', 'ws', 405, 'expected GET or HEAD, got DELETE\n'],
  ])('%s /%s is answered with %i, in plain text and with safe headers', async (method, path, status, body) => {
    await using daemon = await serve(options);
    const response = await fetch(daemon.url + path, { method });
    expect(response.status).toBe(status);
    expect(await response.text()).toBe(body);
    expect(response.headers.get('content-type')).toBe('text/plain; charset=utf-8');
    expect(response.headers.get('x-content-type-options')).toBe('nosniff');
    expect(response.headers.get('content-security-policy')).toBe("default-src 'none'");
  });

  test('a page may answer what the daemon does not, and its failure harms nobody', async () => {
    await using daemon = await serve({
      ...options,
      page: (request, response) => {
        if (request.url === '/broken') throw new Error('broken');
        if (request.url !== '/') return false;
        response.end('a page');
        return true;
      },
    });
    await expect(fetch(`${daemon.url}broken`)).rejects.toThrow('fetch failed');
    expect(await (await fetch(daemon.url)).text()).toBe('a page');
    expect((await fetch(`${daemon.url}other`)).status).toBe(404);
  });
});

describe('asking for a WebSocket', () => {
  test('of another version is refused with what was expected', async () => {
    await using daemon = await serve(options);
    const answer = await refusal(new WebSocket(wsUrl(daemon), 'snap-share.v9'));
    expect(answer).toEqual({
      status: 400,
      code: 'version-mismatch',
      body: 'expected the WebSocket subprotocol snap-share.v1, got "snap-share.v9"\n',
    });
  });

  test('from a page of another site is refused, unless that site is listed', async () => {
    await using daemon = await serve({ ...options, origins: ['https://friend.example/'] });
    const request = (origin: string) => new WebSocket(wsUrl(daemon), 'snap-share.v1', { origin });
    expect(await refusal(request('https://evil.example'))).toEqual({
      status: 403,
      code: 'origin-refused',
      body: 'expected a page of this daemon or of an allowed origin, got one of "https://evil.example"\n',
    });
    for (const origin of ['https://friend.example', daemon.url.slice(0, -1)]) {
      const ws = request(origin);
      await once(ws, 'open');
      ws.terminate();
    }
  });

  test('at another path is refused', async () => {
    await using daemon = await serve(options);
    expect(await refusal(new WebSocket(`${wsUrl(daemon)}/other`, 'snap-share.v1'))).toMatchObject({ status: 404 });
  });
});

describe('stopping', () => {
  test('tells every client that it may come back, and is done at once', async () => {
    const daemon = await serve(options);
    await using peer = await join(daemon, 'garden');
    await using waiting = await open(daemon);
    await daemon.close();
    expect(await peer.closed).toEqual({ code: 1001, reason: 'shutting-down' });
    expect(await waiting.closed).toEqual({ code: 1001, reason: 'shutting-down' });
    await expect(fetch(daemon.url)).rejects.toThrow('fetch failed');
    expect(daemon.stats().connections).toBe(0);
  });

  test('does not wait longer than promised for clients that do not listen', async () => {
    const daemon = await serve({ ...options, limits: { stopMs: 50 } });
    await using deaf = await join(daemon, 'garden');
    deaf.ws.pause();
    const half = await rawSocket(daemon);
    half.write('GET /healthz HTTP/1.1\r\n');
    const idle = await rawSocket(daemon);
    await daemon.close();
    await Promise.all([readToEnd(half), readToEnd(idle)]);
  });

  test('says that it is not ready to who is still connected, and takes nobody new', async () => {
    const daemon = await serve({ ...options, limits: { stopMs: 2_000 } });
    await using deaf = await join(daemon, 'garden');
    deaf.ws.pause();
    const [health, upgrade] = [await rawSocket(daemon), await rawSocket(daemon)];
    // Half a request each: a connection with nothing on it would be closed as idle.
    health.write('GET /readyz HTTP/1.1\r\n');
    upgrade.write('GET /ws HTTP/1.1\r\n');
    await once(await fetchOn(daemon.port), 'close');
    const closing = daemon.close();
    health.write('Host: x\r\nConnection: close\r\n\r\n');
    upgrade.write(
      'Host: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Protocol: snap-share.v1\r\n\r\n',
    );
    expect(await readToEnd(health)).toMatch(/^HTTP\/1\.1 503 .*\r\n\r\nstopping\n$/s);
    upgrade.end();
    expect(await readToEnd(upgrade)).toMatch(/^HTTP\/1\.1 503 .*snap-share-refusal: shutting-down\r\n/s);
    deaf.ws.resume();
    await closing;
  });

  test('twice is fine, by close, by disposal and by signal', async () => {
    const controller = new AbortController();
    const events: string[] = [];
    const onEvent = (event: DaemonEvent) => events.push(event.type);
    const daemon = await serve({ ...options, onEvent, signal: controller.signal });
    controller.abort();
    await Promise.all([daemon.close(), daemon[Symbol.asyncDispose]()]);
    await daemon.close();
    expect(events).toEqual(['listening', 'stopping', 'stopped']);
  });

  test('before the start means no start', async () => {
    expect((await failure(serve({ ...options, signal: AbortSignal.abort() }))).code).toBe('aborted');
  });
});

test('a log that throws does not disturb the daemon', async () => {
  await using daemon = await serve({
    ...options,
    onEvent: () => {
      throw new Error('disk full');
    },
  });
  await using client = await join(daemon, 'garden');
  expect(client.welcome.number).toBe(1);
});

/** A whole request on a connection of its own: when it is answered, what came before it has been read. */
async function fetchOn(port: number) {
  const socket = await rawSocket({ port });
  socket.end('GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n');
  socket.resume();
  return socket;
}
