import { mkdir, symlink, writeFile } from 'node:fs/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { ask } from '../signal/ask.ts';
import { JsonClient } from '../signal/compat/json-client.ts';
import { CliProcess, startDaemon } from './cli-process.ts';
import { temporaryDirectory } from './temporary.ts';

let directory: Awaited<ReturnType<typeof temporaryDirectory>>;
let daemon: Awaited<ReturnType<typeof startDaemon>>;
/** The daemon’s own port, and that of a system. */
let urls: readonly string[];

beforeAll(async () => {
  directory = await temporaryDirectory();
  await writeFile(directory.file('secret.txt'), 'secret');
  await mkdir(directory.file('client/r'), { recursive: true });
  await mkdir(directory.file('client/.git'));
  for (const [name, content] of [
    ['index.html', '<title>client</title>'],
    ['client.js', 'connect();'],
    ['.env', 'secret'],
    ['.git/config', 'secret'],
    ['r/garden', 'not the room'],
    ['healthz', 'not the health'],
  ] as const)
    await writeFile(directory.file(`client/${name}`), content);
  await symlink('../secret.txt', directory.file('client/link.txt'));
  daemon = await startDaemon('--static', directory.file('client'), '--compat', 'forward', '--compat', 'login@0');
  const { compat } = await daemon.event('ready');
  urls = (compat as { readonly url: string }[]).map(({ url }) => url);
});
afterAll(async () => {
  await daemon[Symbol.asyncDispose]();
  await directory[Symbol.asyncDispose]();
});

test('serve --static serves a client at the root of all ports', async () => {
  expect(urls).toEqual([daemon.url, expect.not.stringMatching(daemon.url)]);
  for (const url of urls) {
    expect((await ask(url, '/')).body).toBe('<title>client</title>');
    const script = await ask(url, '/client.js');
    expect([script.headers['content-type'], script.body]).toEqual(['text/javascript; charset=utf-8', 'connect();']);
  }
});

test('the page of a room stays what it is, and so does the health', async () => {
  const room = await ask(daemon.url, '/r/garden');
  expect(room.body).toContain('<title>snap-share</title>');
  expect(room.headers['content-security-policy']).toContain("default-src 'none'");
  expect((await ask(daemon.url, '/healthz')).body).toBe('ok\n');
});

test.each(['/.env', '/.git/config', '/%2eenv', '/../secret.txt', '/r/..%2f..%2fsecret.txt', '/link.txt'])(
  'nothing is served for %s',
  async (path) => {
    for (const url of urls) expect((await ask(url, path)).body).not.toContain('secret');
  },
);

test('what is served speaks to its system, at whichever port it is', async () => {
  const headers = { origin: new URL(daemon.url).origin };
  const [own = '', alone = ''] = urls;
  await using forward = await JsonClient.open(own, '', { headers });
  expect(await forward.hearType('connected-peers')).toMatchObject({ peerIds: [] });
  await using login = await JsonClient.open(alone, '', { headers });
  login.say({ type: 'login', login: 'shed' });
  expect(await login.hearType('login')).toMatchObject({ success: true });
  await expect(JsonClient.open(alone, '', { headers: { origin: 'https://elsewhere.example' } })).rejects.toThrow('403');
});

test.each(['nowhere', 'client/client.js'])('serve --static %s ends with 2 and says what was expected', async (name) => {
  await using process = new CliProcess(['serve', '--port', '0', '--static', directory.file(name)]);
  expect(await process.exit()).toBe(2);
  expect(process.stderr).toContain('expected a directory of files to serve');
});
