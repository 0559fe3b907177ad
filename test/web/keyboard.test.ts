import { expect, test } from 'vitest';
import { startDaemon } from '../e2e/cli-process.ts';
import { startPageBrowser, tabTo, untilFocused, untilSeen, type BrowserPage } from './browser-page.ts';
import { RoomPeer, ROOM, SECRET } from './room-peer.ts';

/** Takes a photo, takes another one instead, and sends that. */
async function snap(page: BrowserPage): Promise<void> {
  await tabTo(page, 'Use the camera');
  await page.key('Enter');
  await untilFocused(page, 'Take the photo');
  await page.key(' ');
  await untilFocused(page, 'Send');
  await tabTo(page, 'Retake');
  await page.key('Enter');
  await untilFocused(page, 'Take the photo');
  await page.key('Enter');
  await untilFocused(page, 'Send');
  await page.key(' ');
  await untilFocused(page, 'Use the camera');
}

/** Sees it large and comes back to where it was. */
async function look(page: BrowserPage, from: string): Promise<void> {
  const picture = `The latest photo from ${from}, show it large`;
  for (const close of ['Enter', 'Escape'] as const) {
    await tabTo(page, picture);
    await page.key('Enter');
    await untilSeen(page, 'dialog img');
    if (close === 'Enter') await tabTo(page, 'Close');
    await page.key(close);
    await untilFocused(page, picture);
  }
}

test(
  'three browsers make a room, take, retake, send and look at photos by keyboard alone; a fourth finds it full',
  { timeout: 120_000 },
  async () => {
    await using daemon = await startDaemon();
    await using browser = await startPageBrowser('Chromium');
    await using kitchen = await browser.open(daemon.url, 'kitchen');
    await tabTo(kitchen, 'Start a room');
    await kitchen.key('Enter');
    await untilSeen(kitchen, 'h2', 'Send a photo');
    const link = String(await kitchen.evaluate('location.href'));
    await using porch = await browser.open(link, 'porch');
    await using attic = await browser.open(link, 'attic');
    const pages = { kitchen, porch, attic };

    await Promise.all(Object.values(pages).map(snap));
    for (const [place, page] of Object.entries(pages)) {
      await untilSeen(page, '.deliveries .delivered', 'delivered ✓', 2);
      for (const other of Object.keys(pages)) if (other !== place) await look(page, other);
    }

    await using cellar = await browser.open(link, 'cellar');
    await using hall = await browser.open(link, 'hall');
    for (const page of [cellar, hall]) await untilSeen(page, 'h1', 'This room is full');
    await tabTo(cellar, 'Start a new room');
    await cellar.key('Enter');
    await untilSeen(cellar, 'h2', 'Send a photo');
    expect(await cellar.evaluate('location.href')).not.toBe(link);
    await attic[Symbol.asyncDispose]();
    await untilSeen(kitchen, '.tile', 'left');
    await tabTo(hall, 'Try again');
    await hall.key('Enter');
    await untilSeen(hall, '.latest img', '', 2);

    expect([kitchen, porch, attic, cellar, hall].flatMap(({ faults }) => faults)).toEqual([]);
  },
);

test('in Firefox, too', async () => {
  await using daemon = await startDaemon();
  await using browser = await startPageBrowser('Firefox');
  await using page = await browser.open(`${daemon.url}r/${ROOM}#${SECRET}`, 'kitchen');
  await using shed = await RoomPeer.join(daemon.url, 'shed');
  await snap(page);
  await shed.until('photo-received');
  await untilSeen(page, '.deliveries .delivered', 'delivered ✓');
  expect(page.faults).toEqual([]);
});
