import { mkdir, writeFile } from 'node:fs/promises';
import { get } from 'node:http';
import { text } from 'node:stream/consumers';
import { describe, expect, test } from 'vitest';
import { createPage } from '../../src/signal/page.ts';
import { serve } from '../../src/signal/serve.ts';
import { temporaryDirectory } from '../e2e/temporary.ts';

const OPTIONS = { port: 0, version: '0.0.0' };

async function builtPage(path: string): Promise<void> {
  await mkdir(`${path}/assets`);
  await writeFile(`${path}/index.html`, '<!doctype html><title>page</title>');
  await writeFile(`${path}/assets/index-abc.js`, 'export const answer = 42;');
  await writeFile(`${path}/assets/secret.pem`, 'no');
  await writeFile(`${path}/notes.txt`, 'no');
}

describe('the page of a daemon', () => {
  test('is the same for the root and every room, under a policy without anything inline or foreign', async () => {
    await using directory = await temporaryDirectory();
    await builtPage(directory.path);
    await using daemon = await serve({ ...OPTIONS, page: createPage(directory.path) });
    for (const path of ['', 'r/garden', 'r/garden/', 'r/gar%20den', '?x=1']) {
      const response = await fetch(`${daemon.url}${path}`);
      expect([path, response.status, await response.text()]).toEqual([
        path,
        200,
        expect.stringContaining('<title>page'),
      ]);
      const { headers } = response;
      expect(headers.get('content-type')).toBe('text/html; charset=utf-8');
      expect(headers.get('cache-control')).toBe('no-store');
      expect(headers.get('x-content-type-options')).toBe('nosniff');
      expect(headers.get('referrer-policy')).toBe('no-referrer');
      expect(headers.get('permissions-policy')).toContain('camera=(self)');
      const policy = headers.get('content-security-policy') ?? '';
      const { host } = new URL(daemon.url);
      expect(policy.split('; ')).toEqual([
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' blob:",
        "media-src 'self' blob:",
        `connect-src 'self' ws://${host} wss://${host}`,
        "frame-ancestors 'none'",
        "base-uri 'none'",
        "form-action 'none'",
      ]);
    }
  });

  test('has assets that may be kept for ever, packed for who can unpack', async () => {
    await using directory = await temporaryDirectory();
    await builtPage(directory.path);
    await using daemon = await serve({ ...OPTIONS, page: createPage(directory.path) });
    for (const [accepts, packed] of [
      ['gzip', 'gzip'],
      ['br, gzip;q=0.5', 'gzip'],
      ['gzip;q=0', null],
      ['identity', null],
    ] as const) {
      const response = await fetch(`${daemon.url}assets/index-abc.js`, { headers: { 'Accept-Encoding': accepts } });
      expect([accepts, response.headers.get('content-encoding')]).toEqual([accepts, packed]);
      expect(await response.text()).toBe('export const answer = 42;');
      expect(response.headers.get('content-type')).toBe('text/javascript; charset=utf-8');
      expect(response.headers.get('cache-control')).toBe('public, max-age=31536000, immutable');
    }
  });

  test.each([
    'assets/',
    'assets/gone.js',
    'assets/secret.pem',
    'notes.txt',
    'index.html',
    'r/',
    'r/a/b',
    'assets/../notes.txt',
    'assets/%2e%2e/notes.txt',
    '../../etc/passwd',
  ])('ends at its own files: /%s is not found', async (path) => {
    await using directory = await temporaryDirectory();
    await builtPage(directory.path);
    await using daemon = await serve({ ...OPTIONS, page: createPage(directory.path) });
    // `fetch` would tidy the path up.
    const status = await new Promise<number | undefined>((resolve, reject) => {
      get({ port: daemon.port, host: '127.0.0.1', path: `/${path}` }, (response) => {
        resolve(response.statusCode);
        response.resume();
      }).on('error', reject);
    });
    expect(status).toBe(404);
  });

  test('lets no strange Host into its policy', async () => {
    await using directory = await temporaryDirectory();
    await builtPage(directory.path);
    await using daemon = await serve({ ...OPTIONS, page: createPage(directory.path) });
    const policy = await new Promise<string>((resolve, reject) => {
      const headers = { Host: "evil.example; script-src 'unsafe-inline'" };
      get({ port: daemon.port, host: '127.0.0.1', path: '/', headers }, (response) => {
        resolve(String(response.headers['content-security-policy']));
        void text(response);
      }).on('error', reject);
    });
    expect(policy).toContain("connect-src 'self'; frame-ancestors");
  });

  test('that was never built is one plain line, and the daemon works', async () => {
    await using daemon = await serve({ ...OPTIONS, page: createPage('/nowhere/at/all') });
    const response = await fetch(daemon.url);
    expect(response.headers.get('content-type')).toBe('text/plain; charset=utf-8');
    expect(await response.text()).toMatch(/^This is a snap-share daemon\. .*\n$/);
    expect((await fetch(`${daemon.url}healthz`)).status).toBe(200);
    expect((await fetch(`${daemon.url}assets/x.js`)).status).toBe(404);
  });
});
