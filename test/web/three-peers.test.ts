import { readdir, readFile, writeFile } from 'node:fs/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startDaemon, startPeer, type CliProcess } from '../e2e/cli-process.ts';
import { temporaryDirectory } from '../e2e/temporary.ts';
import { bytesOf, halves } from '../image/fixtures.ts';
import type { BrowserName } from '../browser/browsers.ts';
import { pictureIn, startPageBrowser, untilSeen, type BrowserPage, type PageBrowser } from './browser-page.ts';
import { sha256Hex } from './sha256-hex.ts';

const SECRET = 'aSecretOfTheGarden';
const BROWSERS = [
  ['Chromium', 'Chromium'],
  ['Firefox', 'Firefox'],
  ['Chromium', 'Firefox'],
] as const;
const ORDERS = [
  ['shed', 'kitchen', 'porch'],
  ['shed', 'porch', 'kitchen'],
  ['kitchen', 'shed', 'porch'],
  ['kitchen', 'porch', 'shed'],
  ['porch', 'shed', 'kitchen'],
  ['porch', 'kitchen', 'shed'],
] as const;
const CASES = BROWSERS.flatMap(([kitchen, porch]) =>
  ORDERS.map((order) => ({ kitchen, porch, order, joining: order.join(', ') })),
);

type Place = (typeof ORDERS)[number][number];

/** The terminal shed and two pages, in one room. */
interface Three extends AsyncDisposable {
  readonly shed: CliProcess;
  readonly kitchen: BrowserPage;
  readonly porch: BrowserPage;
}

const browsers = new Map<BrowserName, PageBrowser>();
let daemon: Awaited<ReturnType<typeof startDaemon>>;
let directory: Awaited<ReturnType<typeof temporaryDirectory>>;

beforeAll(async () => {
  directory = await temporaryDirectory();
  for (const [index, place] of ORDERS[0].entries())
    await writeFile(directory.file(`${place}.png`), await bytesOf(halves(320 + 16 * index, 240).png()));
  daemon = await startDaemon();
  for (const name of ['Chromium', 'Firefox'] as const) browsers.set(name, await startPageBrowser(name));
});
afterAll(async () => {
  for (const browser of browsers.values()) await browser[Symbol.asyncDispose]();
  await daemon[Symbol.asyncDispose]();
  await directory[Symbol.asyncDispose]();
});

test.each(CASES)(
  'the terminal shed, the kitchen in $kitchen and the porch in $porch join as $joining: all six photos arrive',
  async ({ kitchen, porch, order }) => {
    await using three = await joinAll(order, { kitchen, porch });
    const pages = { kitchen: three.kitchen, porch: three.porch };
    for (const [place, page] of Object.entries(pages)) {
      await page.chooseFile(directory.file(`${place}.png`));
      await page.press('Send');
    }
    for (const page of Object.values(pages)) {
      await untilSeen(page, '.deliveries .delivered', 'delivered ✓', 2);
      await untilSeen(page, '.latest img', '', 2);
    }
    expect(await three.shed.exit(), three.shed.describe()).toBe(0);

    const captured = await three.shed.event('photo-captured');
    const sent: Record<Place, unknown> = {
      shed: captured['sha256'],
      kitchen: (await pictureIn(three.kitchen, '.sent img')).sha256,
      porch: (await pictureIn(three.porch, '.sent img')).sha256,
    };
    expect(new Set(Object.values(sent)).size).toBe(3);
    const { shed, ...fromPages } = sent;
    expect(await shownFrom(three.kitchen, ['shed', 'porch'])).toEqual({ shed, porch: sent.porch });
    expect(await shownFrom(three.porch, ['shed', 'kitchen'])).toEqual({ shed, kitchen: sent.kitchen });
    const received = three.shed.of('photo-received').map(({ from, sha256 }) => [from, sha256]);
    expect(Object.fromEntries(received)).toEqual(fromPages);
    const saved = await savedIn(directory.file(order.join('-') + kitchen + porch));
    expect(saved).toEqual(new Set(Object.values(fromPages)));
    expect(three.shed.of('peer-connected').map(({ verified }) => verified)).toEqual([true, true]);
    expect([...three.kitchen.faults, ...three.porch.faults]).toEqual([]);
  },
);

/** One after the other: each is in the room before the next one comes. */
async function joinAll(
  order: readonly Place[],
  names: { readonly kitchen: BrowserName; readonly porch: BrowserName },
): Promise<Three> {
  const room = order.join('-') + names.kitchen + names.porch;
  const join = async (place: 'kitchen' | 'porch'): Promise<BrowserPage> => {
    const browser = browsers.get(names[place]);
    if (browser === undefined) throw new Error(`expected ${names[place]} to run`);
    const page = await browser.open(`${daemon.url}r/${room}#${SECRET}`, place);
    await untilSeen(page, 'h2', 'Send a photo');
    return page;
  };
  const joinShed = async (): Promise<CliProcess> => {
    const files = ['--file', directory.file('shed.png'), '--save', directory.file(room)];
    const until = ['--expect-peers', '2', '--expect-photos', '2', '--timeout', '40s'];
    const shed = startPeer(daemon, `${room}#${SECRET}`, ['--name', 'shed', ...files, ...until]);
    await shed.event('room');
    return shed;
  };
  const joined: { shed?: CliProcess; kitchen?: BrowserPage; porch?: BrowserPage } = {};
  for (const place of order) {
    if (place === 'shed') joined.shed = await joinShed();
    else joined[place] = await join(place);
  }
  const { shed, kitchen, porch } = joined;
  if (shed === undefined || kitchen === undefined || porch === undefined)
    throw new Error(`expected three peers in ${order.join(', ')}`);
  return {
    shed,
    kitchen,
    porch,
    [Symbol.asyncDispose]: async () => {
      for (const peer of [shed, kitchen, porch]) await peer[Symbol.asyncDispose]();
    },
  };
}

async function shownFrom(page: BrowserPage, places: readonly Place[]): Promise<Record<string, string>> {
  const shown: Record<string, string> = {};
  for (const place of places)
    shown[place] = (await pictureIn(page, `img[alt="The latest photo from ${place}"]`)).sha256;
  return shown;
}

async function savedIn(path: string): Promise<Set<string>> {
  const names = await readdir(path);
  return new Set(await Promise.all(names.map(async (name) => sha256Hex(await readFile(`${path}/${name}`)))));
}
