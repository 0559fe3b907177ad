import { mkdir, symlink, writeFile } from 'node:fs/promises';
import { describe, expect, test } from 'vitest';
import { loadDialect } from '../../src/signal/compat/names.ts';
import { createPage } from '../../src/signal/page.ts';
import { serve } from '../../src/signal/serve.ts';
import { temporaryDirectory } from '../e2e/temporary.ts';
import { ask } from './ask.ts';

const OPTIONS = { port: 0, version: '0.0.0' };

/** A client’s files in `client`, with a secret beside it. */
async function files(path: string): Promise<string> {
  const client = `${path}/client`;
  await mkdir(`${client}/sub/empty`, { recursive: true });
  await mkdir(`${client}/.git`);
  await mkdir(`${path}/client-two`);
  for (const [name, content] of [
    ['client/index.html', '<title>client</title>'],
    ['client/app.js', 'export {};'],
    ['client/a b.txt', 'spaces'],
    ['client/sub/index.html', '<title>sub</title>'],
    ['client/sub/style.css', 'p {}'],
    ['client/.env', 'secret'],
    ['client/.git/config', 'secret'],
    ['client/healthz', 'secret'],
    ['client/message', 'secret'],
    ['secret.txt', 'secret'],
    ['client-two/secret.txt', 'secret'],
  ] as const)
    await writeFile(`${path}/${name}`, content);
  await symlink('../secret.txt', `${client}/out.txt`);
  await symlink('..', `${client}/up`);
  await symlink('../client-two', `${client}/two`);
  await symlink('.env', `${client}/env.txt`);
  await symlink('loop', `${client}/loop`);
  await symlink('app.js', `${client}/inside.js`);
  return client;
}

describe('a directory of files', () => {
  test.each([
    ['/', 'text/html; charset=utf-8', '<title>client</title>'],
    ['/?x=1', 'text/html; charset=utf-8', '<title>client</title>'],
    ['/index.html', 'text/html; charset=utf-8', '<title>client</title>'],
    ['/app.js', 'text/javascript; charset=utf-8', 'export {};'],
    ['/inside.js', 'text/javascript; charset=utf-8', 'export {};'],
    ['/a%20b.txt', 'text/plain; charset=utf-8', 'spaces'],
    ['/sub/', 'text/html; charset=utf-8', '<title>sub</title>'],
    ['/sub/style.css', 'text/css; charset=utf-8', 'p {}'],
  ])('is served: %s as %s', async (path, type, body) => {
    await using directory = await temporaryDirectory();
    await using daemon = await serve({ ...OPTIONS, static: await files(directory.path) });
    const response = await ask(daemon.url, path);
    expect([response.statusCode, response.headers['content-type'], response.body]).toEqual([200, type, body]);
    expect(response.headers['x-content-type-options']).toBe('nosniff');
    expect(response.headers['content-security-policy']).toBeUndefined();
    const head = await ask(daemon.url, path, 'HEAD');
    expect([head.statusCode, head.headers['content-length'], head.body]).toEqual([200, String(body.length), '']);
    expect((await ask(daemon.url, path, 'POST')).statusCode).toBe(405);
  });

  test.each([
    '/../secret.txt',
    '/sub/../../secret.txt',
    '/%2e%2e/secret.txt',
    '/..%2fsecret.txt',
    '/sub%2f..%2f..%2fsecret.txt',
    '/%252e%252e/secret.txt',
    '/..\\secret.txt',
    '/..%5csecret.txt',
    '/../client-two/secret.txt',
    '//secret.txt',
    '//etc/passwd',
    '/app.js%00.txt',
    '/app.js/',
    '/app.js/index.html',
    '/%ff',
    '/%',
    '/sub//style.css',
    '/./app.js',
    '/sub/empty/',
    '/sub/empty',
    '/.env',
    '/%2eenv',
    '/.git/config',
    '/.git/',
    '/out.txt',
    '/up/secret.txt',
    '/up/client-two/secret.txt',
    '/two/secret.txt',
    '/env.txt',
    '/loop',
    `/${'x'.repeat(256)}`,
    'http://elsewhere.example/app.js',
    '*',
  ])('gives nothing for %s', async (path) => {
    await using directory = await temporaryDirectory();
    await using daemon = await serve({ ...OPTIONS, static: await files(directory.path) });
    const response = await ask(daemon.url, path);
    expect([response.statusCode, response.body]).toEqual([404, 'nothing here\n']);
  });

  test('sends a directory to its slash, so that what is in it is found', async () => {
    await using directory = await temporaryDirectory();
    await using daemon = await serve({ ...OPTIONS, static: await files(directory.path) });
    const { statusCode, headers } = await ask(daemon.url, '/sub?x=1');
    expect([statusCode, headers.location]).toEqual([302, '/sub/?x=1']);
  });

  test('comes before our page, but not where rooms, health and other systems are', async () => {
    await using directory = await temporaryDirectory();
    const page = `${directory.path}/page`;
    await mkdir(`${page}/assets`, { recursive: true });
    await writeFile(`${page}/index.html`, '<title>ours</title>');
    await writeFile(`${page}/assets/ours.js`, 'ours');
    const client = await files(directory.path);
    for (const folder of ['r', 'assets']) await mkdir(`${client}/${folder}`);
    for (const name of ['r/garden', 'assets/ours.js', 'assets/theirs.js'])
      await writeFile(`${client}/${name}`, 'theirs');
    await using daemon = await serve({
      ...OPTIONS,
      static: client,
      page: createPage(page),
      dialects: [{ open: await loadDialect('web-connections') }, { open: await loadDialect('forward'), port: 0 }],
    });
    const bodyOf = async (path: string): Promise<string> => (await ask(daemon.url, path)).body;
    expect(await bodyOf('/')).toBe('<title>client</title>');
    expect(await bodyOf('/r/garden')).toBe('<title>ours</title>');
    expect(await bodyOf('/assets/ours.js')).toBe('ours');
    expect(await bodyOf('/assets/theirs.js')).toBe('theirs');
    expect(await bodyOf('/healthz')).toBe('ok\n');
    expect(await bodyOf('/message')).toBe('expected POST, got GET\n');
    // Also at the port of another system.
    expect((await ask(daemon.dialectUrls[1] ?? '', '/app.js')).body).toBe('export {};');
  });

  test.each(['nowhere', 'client/app.js'])('has to be there: %s is refused at start', async (name) => {
    await using directory = await temporaryDirectory();
    await files(directory.path);
    await expect(serve({ ...OPTIONS, static: `${directory.path}/${name}` })).rejects.toMatchObject({
      code: 'usage',
      message: expect.stringContaining('expected a directory of files to serve'),
    });
  });
});
