import { writeFile } from 'node:fs/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { AccessKeys } from '../../src/signal/access.ts';
import { startDaemon, startPeer, type CliProcess } from '../e2e/cli-process.ts';
import { temporaryDirectory } from '../e2e/temporary.ts';
import { launchChromium, openPage } from './chromium.ts';

const KEY = 'Wm3uZ0pXyQ7c9kVtB1sR5nEhJ2gLd8aF';
const NEW_KEY = 'pT6bY4vC8xN1mK0qL3wE7rU5iO9aS2dF';
const SECRET = 'aSecretOfTheGarden';

let directory: Awaited<ReturnType<typeof temporaryDirectory>>;

beforeAll(async () => {
  directory = await temporaryDirectory();
  await writeFile(directory.file('keys'), KEY, { mode: 0o600 });
});
afterAll(() => directory[Symbol.asyncDispose]());

function privateDaemon(): Promise<CliProcess & { url: string }> {
  return startDaemon('--access-key-file', directory.file('keys'));
}

function mint(room: string): Promise<string> {
  return new AccessKeys([KEY]).mint(room, Date.now(), Date.now() + 3_600_000);
}

test('a page whose link has a token is in a private room at once, and passes the token on in its link only', async () => {
  await using daemon = await privateDaemon();
  await using browser = await launchChromium();
  const context = await browser.context();
  const asked: string[] = [];
  context.on('request', (request) => asked.push(`${request.url()} ${JSON.stringify(request.headers())}`));
  const token = await mint('garden');
  const link = `${daemon.url}r/garden#${SECRET}&access=${token}`;
  const { page, faults } = await openPage(context, link);
  await page.getByRole('heading', { name: 'Send a photo' }).waitFor();
  expect(await page.getByLabel('Whoever has this link is in:').inputValue()).toBe(link);
  // A terminal takes the same link.
  await using terminal = startPeer(daemon, link, ['--no-save', '--test-pattern', '--expect-peers', '1']);
  expect(await terminal.exit(), terminal.describe()).toBe(0);
  expect((await terminal.event('peer-connected'))['verified']).toBe(true);
  await page.locator('.latest img').waitFor();
  expect(asked.filter((text) => text.includes(token) || text.includes('private-door'))).toEqual([]);
  expect(faults).toEqual([]);
});

test('a page without a token asks for one, says when it is not good, and keeps one that is for this tab alone', async () => {
  await using daemon = await privateDaemon();
  await using browser = await launchChromium();
  const context = await browser.context();
  const { page, faults } = await openPage(context, `${daemon.url}r/garden#${SECRET}`);
  const asks = page.getByRole('heading', { name: 'This server is private' });
  const field = page.getByLabel('Key or token');
  const isIn = page.getByRole('heading', { name: 'Send a photo' });
  await asks.waitFor();
  await page.getByText('expected a key or a token, got none').waitFor();
  await field.fill('a key with spaces');
  await page.keyboard.press('Enter');
  await page.getByRole('alert').filter({ hasText: 'without spaces' }).waitFor();
  await field.fill(await mint('attic'));
  await page.keyboard.press('Enter');
  await page.getByText('expected a token for this room, got one for another').waitFor();
  await field.fill(KEY);
  await page.keyboard.press('Enter');
  await isIn.waitFor();
  // Whoever gets the link shall not get the key with it.
  expect(await page.getByLabel('Whoever has this link is in:').inputValue()).toBe(`${daemon.url}r/garden#${SECRET}`);

  await page.reload();
  await isIn.waitFor();
  await page.goto(daemon.url);
  await page.getByRole('button', { name: 'Start a room' }).click();
  await isIn.waitFor();
  const { page: another } = await openPage(context, `${daemon.url}r/garden#${SECRET}`);
  await another.getByRole('heading', { name: 'This server is private' }).waitFor();
  expect(await page.evaluate('JSON.stringify({ ...localStorage }) + document.cookie')).not.toContain(KEY);
  expect(faults).toEqual([]);
});

test('a page whose token is good no more when the server comes back is asked for another, and goes on with it', async () => {
  const before = await privateDaemon();
  await using browser = await launchChromium();
  const token = await mint('garden');
  const { page } = await openPage(await browser.context(), `${before.url}r/garden#${SECRET}&access=${token}`);
  const isIn = page.getByRole('heading', { name: 'Send a photo' });
  await isIn.waitFor();
  const { port } = new URL(before.url);
  await before[Symbol.asyncDispose]();
  await page.getByText('The server is out of reach').first().waitFor();
  await writeFile(directory.file('new-keys'), NEW_KEY, { mode: 0o600 });
  await using _ = await startDaemon('--access-key-file', directory.file('new-keys'), '--port', port);
  await page.getByRole('heading', { name: 'This server is private' }).waitFor();
  await page.getByText('got neither').waitFor();
  await page.getByLabel('Key or token').fill(NEW_KEY);
  await page.getByRole('button', { name: 'Join', exact: true }).click();
  await isIn.waitFor();
});
