import { EventEmitter, once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import type { BrowserContext, Route } from 'playwright-core';
import { describe, expect, test } from 'vitest';
import { startDaemon, startPeer } from '../e2e/cli-process.ts';
import { temporaryDirectory } from '../e2e/temporary.ts';
import { phonePhoto } from '../image/fixtures.ts';
import { launchChromium, openPage } from './chromium.ts';

/** Leads to this machine in the browsers of this file, and is no `localhost`: a page of it is on an insecure origin. */
const INSECURE_HOST = 'snap.test';
const INSECURE = `--host-resolver-rules=MAP ${INSECURE_HOST} 127.0.0.1`;
const STRONG = 'Zk3vQ0m9XcT1bYw8LrD5Ug';

describe('a page on an insecure origin', () => {
  test('is verified by a terminal and gives it a photo', async () => {
    await using daemon = await startDaemon();
    await using directory = await temporaryDirectory();
    await using browser = await launchChromium(INSECURE);
    await writeFile(directory.file('phone.jpg'), await phonePhoto());
    await using terminal = startPeer(daemon, `garden#${STRONG}`, [
      '--no-save',
      '--test-pattern',
      '--expect-photos',
      '1',
    ]);
    await terminal.event('room');
    const server = daemon.url.replace('127.0.0.1', INSECURE_HOST);
    const context = await browser.context();
    const scripts = scriptsOf(context);
    const { page } = await openPage(context, `${server}r/garden#${STRONG}`);
    expect(await page.evaluate('[isSecureContext, typeof crypto.subtle]')).toEqual([false, 'undefined']);
    await page.locator('.latest img').waitFor();
    await page.getByLabel('Picture to send').setInputFiles(directory.file('phone.jpg'));
    await page.getByRole('button', { name: 'Send', exact: true }).click();
    expect(await terminal.exit(), terminal.describe()).toBe(0);
    expect((await terminal.event('peer-connected'))['verified']).toBe(true);
    expect(scripts).toEqual(['index', 'noble-key-exchange']);
  });

  test('says that the server does not answer when its key exchange cannot be loaded, and goes on once it can', async () => {
    await using daemon = await startDaemon();
    await using browser = await launchChromium(INSECURE);
    const context = await browser.context();
    const part = await hold(context, 'noble-key-exchange');
    const server = daemon.url.replace('127.0.0.1', INSECURE_HOST);
    const { page } = await openPage(context, `${server}r/garden#${STRONG}`);
    await page.getByRole('heading', { name: 'Joining…' }).waitFor();
    await (await part.asked).abort();
    await page.getByRole('heading', { name: 'The server does not answer' }).waitFor();
    await part.release();
    await page.getByRole('button', { name: 'Try again' }).click();
    await page.getByRole('heading', { name: 'Send a photo' }).waitFor();
  });
});

test('a page on a secure origin joins with its one script', async () => {
  await using daemon = await startDaemon();
  await using browser = await launchChromium();
  const context = await browser.context();
  const scripts = scriptsOf(context);
  await using _ = startPeer(daemon, `garden#${STRONG}`, ['--no-save', '--test-pattern']);
  const { page } = await openPage(context, `${daemon.url}r/garden#${STRONG}`);
  await page.locator('.latest img').waitFor();
  expect(scripts).toEqual(['index']);
});

test.each([
  { room: 'without a secret', secret: '', part: 'english' },
  { room: 'with a secret of words', secret: '#plum-jam', part: 'scrypt' },
])('a room $room waits for the part of the page that it needs, and is whole then', async ({ secret, part }) => {
  await using daemon = await startDaemon();
  await using browser = await launchChromium();
  const context = await browser.context();
  const held = await hold(context, part);
  await using terminal = startPeer(daemon, `garden${secret}`, ['--no-save', '--test-pattern']);
  await terminal.event('room');
  const { page } = await openPage(context, `${daemon.url}r/garden${secret}`);
  if (secret === '') await page.getByRole('button', { name: 'Join without a key' }).click();
  const route = await held.asked;
  await page.getByRole('heading', { name: 'Joining…' }).waitFor();
  await route.continue();
  await page.locator('.latest img').waitFor();
  const { verified, words } = await terminal.event('peer-connected');
  expect(verified).toBe(secret !== '');
  if (secret === '') await page.getByText(String(words), { exact: true }).waitFor();
});

test('a wall whose part of the page cannot be loaded asks for it again by itself', async () => {
  await using daemon = await startDaemon();
  await using browser = await launchChromium();
  const context = await browser.context();
  const part = await hold(context, 'wall-page');
  const { page } = await openPage(context, `${daemon.url}r/garden/wall#${STRONG}`);
  await (await part.asked).abort();
  await part.release();
  await page.getByText('It appears on this wall.').waitFor();
});

/** The names of the scripts that the pages of this browser ask for, in order and without their hashes. */
function scriptsOf(context: BrowserContext): string[] {
  const names: string[] = [];
  context.on('request', (request) => {
    const [, name] = /\/assets\/(.+)-[\w-]{8}\.js$/.exec(new URL(request.url()).pathname) ?? [];
    if (name !== undefined) names.push(name);
  });
  return names;
}

/** Keeps this script of the page waiting: whoever holds the request decides how it ends. */
async function hold(
  context: BrowserContext,
  script: string,
): Promise<{ readonly asked: Promise<Route>; release(): Promise<void> }> {
  const pattern = `**/assets/${script}-*.js`;
  const requests = new EventEmitter();
  const asked = once(requests, 'asked').then(([route]) => route as Route);
  await context.route(pattern, (route) => void requests.emit('asked', route));
  return { asked, release: () => context.unroute(pattern) };
}
