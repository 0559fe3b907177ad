import { readFile } from 'node:fs/promises';
import type { BrowserContext, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { serve, type Daemon } from '../../src/index.ts';
import { createPage } from '../../src/signal/page.ts';
import { HISTORY } from '../../src/web/room-view.ts';
import { bytesOf, halves } from '../image/fixtures.ts';
import { launchChromium, openPage } from './chromium.ts';
import { picture } from './pictures.ts';
import { ROOM, RoomPeer, SECRET } from './room-peer.ts';
import { sha256Hex } from './sha256-hex.ts';

const PATH = `r/${ROOM}#${SECRET}`;

let browser: Awaited<ReturnType<typeof launchChromium>>;
beforeAll(async () => {
  browser = await launchChromium('--host-resolver-rules=MAP snap.test 127.0.0.1');
});
afterAll(() => browser[Symbol.asyncDispose]());

function startDaemon(): Promise<Daemon> {
  return serve({ port: 0, page: createPage() });
}

/** A page in the room, with a context of its own. */
async function join(
  daemon: Daemon,
  { host = '127.0.0.1', prepare }: { host?: string; prepare?: (context: BrowserContext) => Promise<unknown> } = {},
): Promise<{ page: Page; faults: string[] } & AsyncDisposable> {
  const context = await browser.context();
  await prepare?.(context);
  const opened = await openPage(context, daemon.url.replace('127.0.0.1', host) + PATH);
  await opened.page.getByRole('heading', { name: 'Send a photo' }).waitFor();
  return { ...opened, [Symbol.asyncDispose]: () => context.close() };
}

describe('a picture is taken from', () => {
  /** What a browser hands over with a file in it. */
  const TRANSFER = `(async () => {
    const canvas = new OffscreenCanvas(40, 30);
    canvas.getContext('2d').fillRect(0, 0, 20, 30);
    const transfer = new DataTransfer();
    transfer.items.add(new File([await canvas.convertToBlob()], 'a.png', { type: 'image/png' }));
    return transfer;
  })()`;

  test('a drop, wherever it is let go', async () => {
    await using daemon = await startDaemon();
    await using opened = await join(daemon);
    const { page, faults } = opened;
    await using shed = await RoomPeer.join(daemon.url, 'shed');
    const transfer = await page.evaluateHandle(TRANSFER);
    await page.locator('.people').dispatchEvent('dragover', { dataTransfer: transfer });
    await page.getByText('Let go to send this picture').waitFor();
    await page.locator('.people').dispatchEvent('drop', { dataTransfer: transfer });
    await page.getByText('Let go to send this picture').waitFor({ state: 'detached' });
    await page.getByRole('button', { name: 'Send', exact: true }).click();
    await shed.until('photo-received');
    expect(shed.of('photo-received')).toEqual([expect.objectContaining({ width: 40, height: 30 })]);
    expect(faults).toEqual([]);
  });

  test('the clipboard', async () => {
    await using daemon = await startDaemon();
    await using opened = await join(daemon);
    const { page, faults } = opened;
    await using shed = await RoomPeer.join(daemon.url, 'shed');
    await page.evaluate(
      `${TRANSFER}.then((clipboardData) =>
        document.body.dispatchEvent(new ClipboardEvent('paste', { clipboardData, bubbles: true })))`,
    );
    await page.getByRole('button', { name: 'Send', exact: true }).click();
    await shed.until('photo-received');
    expect(shed.of('photo-received')).toEqual([expect.objectContaining({ width: 40, height: 30 })]);
    expect(faults).toEqual([]);
  });
});

describe('the link is copied', () => {
  test.each([
    ['where a page may use the clipboard', '127.0.0.1', ['clipboard-read', 'clipboard-write']],
    ['where it may not', '127.0.0.1', ['geolocation']],
    ['on a page that came over plain http', 'snap.test', []],
  ])('%s', async (_, host, permissions) => {
    await using daemon = await startDaemon();
    await using opened = await join(daemon, { host, prepare: (context) => context.grantPermissions(permissions) });
    const { page } = opened;
    await page.getByRole('button', { name: 'Copy link' }).click();
    await page.getByRole('button', { name: 'Link copied' }).waitFor();
    await page.getByRole('button', { name: 'change your name' }).click();
    await page.getByLabel('Your name').fill('');
    await page.keyboard.press('Control+V');
    expect(await page.getByLabel('Your name').inputValue()).toBe(page.url());
  });
});

describe('a received photo', () => {
  test('is saved byte for byte under a name of ours, alone and with all others', async () => {
    await using daemon = await startDaemon();
    await using opened = await join(daemon);
    const { page, faults } = opened;
    await using shed = await RoomPeer.join(daemon.url, '../../shed <b>');
    const sent = new Map<string, string>();
    for (const colour of ['#a52', '#25a', '#5a2']) {
      const photo = await picture(40, 30, colour);
      const { sha256 } = shed.room.share(photo);
      sent.set(`garden-shed-b-${sha256.slice(0, 8)}.jpg`, sha256);
    }
    await page.getByRole('button', { name: 'Save all 3' }).waitFor();
    const downloads: Promise<[string, string]>[] = [];
    const all = new Promise<void>((resolve) => {
      page.on('download', (download) => {
        downloads.push(
          (async () => [download.suggestedFilename(), sha256Hex(await readFile(await download.path()))])(),
        );
        if (downloads.length === 4) resolve();
      });
    });
    await page.getByRole('link', { name: 'Save the photo from' }).click();
    await page.getByRole('button', { name: 'Save all 3' }).click();
    await all;
    const [alone, ...together] = await Promise.all(downloads);
    expect(sent).toContainEqual(alone);
    expect(new Map(together)).toEqual(sent);
    expect(faults).toEqual([]);
  });

  test('is shown once although it came twice', async () => {
    await using daemon = await startDaemon();
    await using opened = await join(daemon);
    const { page, faults } = opened;
    await using shed = await RoomPeer.join(daemon.url, 'shed');
    const photo = await picture(40, 30, '#a52');
    shed.room.share(photo);
    await shed.until('photo-delivered');
    const first = await page.locator('.latest img').getAttribute('src');
    shed.room.share(photo);
    await shed.until('photo-delivered', 2);
    await page.locator(`.latest img:not([src="${first}"])`).waitFor();
    expect(await page.locator('.photos img').count()).toBe(1);
    expect(faults).toEqual([]);
    expect(await isAlive(page, first)).toBe(false);
  });

  test(`is let go of when ${HISTORY} newer ones are there`, async () => {
    await using daemon = await startDaemon();
    await using opened = await join(daemon);
    const { page } = opened;
    await using shed = await RoomPeer.join(daemon.url, 'shed');
    const urls: (string | null)[] = [];
    for (let count = 1; count <= HISTORY + 1; count += 1) {
      shed.room.share(await picture(8 + count, 8, '#a52'));
      await shed.until('photo-delivered', count);
      urls.push(await page.locator(`.latest img[width="${8 + count}"]`).getAttribute('src'));
    }
    expect(await page.locator('.strip img').count()).toBe(HISTORY);
    const [oldest = null, second = null] = urls;
    expect([await isAlive(page, oldest), await isAlive(page, second)]).toEqual([false, true]);
  });
});

test('the screen stays on while a photo is on its way, and no longer', async () => {
  await using daemon = await startDaemon();
  await using opened = await join(daemon, {
    prepare: (context) =>
      context.addInitScript(`
        globalThis.locks = [];
        globalThis.released = new Promise((resolve) => (globalThis.release = resolve));
        const request = WakeLock.prototype.request;
        WakeLock.prototype.request = async function (type) {
          const lock = await request.call(this, type);
          globalThis.locks.push('taken');
          lock.addEventListener('release', () => {
            globalThis.locks.push('released');
            globalThis.release();
          });
          return lock;
        };
      `),
  });
  const { page } = opened;
  await using shed = await RoomPeer.join(daemon.url, 'shed');
  await shed.until('peer-connected');
  expect(await page.evaluate('globalThis.locks')).toEqual([]);
  // Megabytes: what is here in an instant needs no lock.
  const bytes = await bytesOf(halves(2_400, 2_400, 200).png());
  shed.room.share({ bytes, mediaType: 'image/png', width: 2_400, height: 2_400 });
  await shed.until('photo-delivered');
  await page.evaluate('globalThis.released');
  expect(await page.evaluate('globalThis.locks')).toEqual(['taken', 'released']);
});

test('two tabs of one browser are two peers', async () => {
  await using daemon = await startDaemon();
  await using opened = await join(daemon);
  await using shed = await RoomPeer.join(daemon.url, 'shed');
  const { page: second, faults } = await openPage(opened.page.context(), daemon.url + PATH);
  await shed.until('peer-connected', 2);
  expect(new Set(shed.of('peer-connected').map(({ peer }) => peer)).size).toBe(2);
  for (const page of [opened.page, second]) {
    await page.getByRole('heading', { name: 'In the room 3 of 3' }).waitFor();
    await page.locator('.tile.good').nth(1).waitFor();
  }
  expect([...opened.faults, ...faults]).toEqual([]);
});

/** Does this `blob:` address still lead to a picture? */
function isAlive(page: Page, url: string | null): Promise<unknown> {
  return page.evaluate(`new Promise((resolve) => {
    const image = new Image();
    image.onload = () => resolve(true);
    image.onerror = () => resolve(false);
    image.src = ${JSON.stringify(url)};
  })`);
}
