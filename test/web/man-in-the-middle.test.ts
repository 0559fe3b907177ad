import { writeFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { readOuter } from '../../src/protocol/frames.ts';
import { startDaemon, startPeer, type CliProcess } from '../e2e/cli-process.ts';
import { temporaryDirectory } from '../e2e/temporary.ts';
import { bytesOf, halves } from '../image/fixtures.ts';
import { startPageBrowser, untilSeen, type BrowserPage, type PageBrowser } from './browser-page.ts';
import { Middle } from './middle.ts';
import { ROOM, SECRET } from './room-peer.ts';

let browser: PageBrowser;
let daemon: Awaited<ReturnType<typeof startDaemon>>;
let directory: Awaited<ReturnType<typeof temporaryDirectory>>;
beforeAll(async () => {
  browser = await startPageBrowser('Chromium');
  daemon = await startDaemon();
  directory = await temporaryDirectory();
  await writeFile(directory.file('a.png'), await bytesOf(halves().png()));
});
afterAll(async () => {
  await browser[Symbol.asyncDispose]();
  await daemon[Symbol.asyncDispose]();
  await directory[Symbol.asyncDispose]();
});

async function openPage(middle: Middle): Promise<BrowserPage> {
  const page = await browser.open(`${middle.url}r/${ROOM}#${SECRET}`, 'kitchen');
  await page.chooseFile(directory.file('a.png'));
  await page.press('Send');
  return page;
}

/** With a photo for the page, which it gives up on after `seconds`. */
async function startTerminal(middle: Middle, seconds: number): Promise<CliProcess> {
  const until = ['--expect-peers', '1', '--expect-photos', '1', '--timeout', `${seconds}s`];
  const files = ['--name', 'shed', '--file', directory.file('a.png'), '--save', directory.file('saved')];
  const terminal = startPeer(middle, `${ROOM}#${SECRET}`, [...files, ...until]);
  await terminal.event('room');
  return terminal;
}

async function expectNothingExchanged(page: BrowserPage, terminal: CliProcess): Promise<void> {
  expect(await page.evaluate(`document.querySelectorAll('.latest img, .delivered').length`)).toBe(0);
  expect(terminal.of('peer-connected')).toEqual([]);
  expect([...terminal.of('photo-received'), ...terminal.of('photo-delivered')]).toEqual([]);
}

describe('a daemon that ends the connection of a page and a terminal at itself is noticed by both:', () => {
  test.each(['page', 'terminal'] as const)('the %s was there first', async (first) => {
    await using middle = await Middle.start(daemon, 'connections');
    const open = { page: () => openPage(middle), terminal: () => startTerminal(middle, 40) };
    const early = first === 'page' ? await open.page() : undefined;
    await using terminal = await open.terminal();
    await using page = early ?? (await open.page());
    await untilSeen(page, '.tile.bad .tile-state', 'not verified');
    await untilSeen(page, '.tile.bad', 'somebody is in between');
    expect(await terminal.exit(), terminal.describe()).toBe(10);
    const { error } = await terminal.event('done');
    expect(error).toMatchObject({ code: 'verification-mismatch' });

    await expectNothingExchanged(page, terminal);
    // It did stand in between, and what it saw was the handshake of each side, in the clear, and nothing sealed or else.
    expect(middle.altered).toBeGreaterThanOrEqual(2);
    expect(new Set(middle.overheard.map(({ by }) => by)).size).toBe(2);
    for (const { message } of middle.overheard)
      expect(readOuter(message)).toMatchObject({ ok: true, frame: { type: 'handshake' } });
    expect(page.faults).toEqual([]);
  });
});

test(
  'a daemon that only exchanges the certificates keeps them apart, and both say that there is no connection',
  { timeout: 120_000 },
  async () => {
    await using middle = await Middle.start(daemon, 'fingerprints');
    await using page = await openPage(middle);
    // The page says so 30 s after the first try; by then the terminal is still there.
    await using terminal = await startTerminal(middle, 45);
    await untilSeen(page, '.tile.bad', 'no connection to the other side came about');
    expect(await terminal.exit(), terminal.describe()).toBe(6);
    const { error } = await terminal.event('done');
    expect(error).toMatchObject({ code: 'no-connection' });
    await expectNothingExchanged(page, terminal);
    expect(middle.altered).toBeGreaterThanOrEqual(2);
  },
);

test('through the same daemon, while it keeps its hands off, both photos arrive', async () => {
  await using middle = await Middle.start(daemon, 'none');
  await using page = await openPage(middle);
  await using terminal = await startTerminal(middle, 40);
  await untilSeen(page, '.latest img');
  expect(await terminal.exit(), terminal.describe()).toBe(0);
});
