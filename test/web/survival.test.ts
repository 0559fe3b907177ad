import { setTimeout as sleep } from 'node:timers/promises';
import type { Page } from 'playwright-core';
import { launch } from 'puppeteer-core';
import { describe, expect, test } from 'vitest';
import { serve } from '../../src/index.ts';
import { createPage } from '../../src/signal/page.ts';
import { serve as serveVersion } from '../../src/signal/serve.ts';
import { openPhoneNetwork } from '../lab/phone-network.ts';
import { launchChromium, openPage, shownPicture } from './chromium.ts';
import { picture } from './pictures.ts';
import { ROOM, RoomPeer, SECRET } from './room-peer.ts';

const PATH = `r/${ROOM}#${SECRET}`;
const PHONE = { viewport: { width: 390, height: 780 }, isMobile: true, hasTouch: true };

async function send(page: Page, background: string): Promise<void> {
  const { bytes } = await picture(64, 48, background);
  await page
    .getByLabel('Picture to send')
    .setInputFiles({ name: 'a.jpg', mimeType: 'image/jpeg', buffer: Buffer.from(bytes) });
  await page.getByRole('button', { name: 'Send', exact: true }).click();
}

async function rename(page: Page, name: string): Promise<void> {
  await page.getByRole('button', { name: 'change your name' }).click();
  await page.getByLabel('Your name').fill(name);
  await page.keyboard.press('Enter');
}

describe('a photo that could not be delivered', () => {
  test('goes out again to that peer alone when Retry is pressed', async () => {
    await using daemon = await serve({ port: 0, page: createPage() });
    await using browser = await launchChromium();
    const { page, faults } = await openPage(await browser.context(), daemon.url + PATH);
    await using shed = await RoomPeer.join(daemon.url, 'shed');
    await using kitchen = await RoomPeer.join(daemon.url, 'kitchen');
    await kitchen.until('peer-connected', 2);
    kitchen.keeps = false;
    await send(page, '#a52');
    await page.getByText('not delivered: the other peer could not store the photo').waitFor();
    kitchen.keeps = true;
    await page.getByRole('button', { name: 'Retry for kitchen' }).click();
    await kitchen.until('photo-received');
    await page.locator('.deliveries .delivered').nth(1).waitFor();
    expect([shed.received.length, kitchen.received.length]).toEqual([1, 1]);
    expect(faults).toEqual([]);
  });
});

describe('a page that takes a new seat', () => {
  test('under another name loses nothing, and sends nothing twice', async () => {
    await using daemon = await serve({ port: 0, page: createPage() });
    await using browser = await launchChromium();
    const { page, faults } = await openPage(await browser.context(), daemon.url + PATH);
    await using shed = await RoomPeer.join(daemon.url, 'shed');
    await send(page, '#a52');
    await shed.until('photo-received');
    shed.room.share(await picture(32, 24, '#25a'));
    const [shown] = [await shownPicture(page, '.latest img')];
    await rename(page, 'Porch Lamp');
    // Whether that is before, between or after the two seats: it arrives.
    await send(page, '#2a5');
    await shed.until('photo-received', 2);
    expect(shed.of('peer-joined').map(({ name }) => name)).toContain('Porch Lamp');
    expect(await shownPicture(page, '.latest img')).toEqual(shown);
    await using kitchen = await RoomPeer.join(daemon.url, 'kitchen');
    // Both of the page's, and the one from the shed.
    await kitchen.until('photo-received', 3);
    await page.locator('.deliveries .delivered').nth(3).waitFor();
    expect(new Set(shed.received).size).toBe(2);
    const fromPage = kitchen.of('photo-received').filter(({ from }) => from === 'Porch Lamp');
    expect(fromPage.map(({ sha256 }) => sha256)).toEqual(shed.received);
    expect(shed.received).toHaveLength(2);
    expect(faults).toEqual([]);
  });

  test('because it was loaded anew gets one, also where there are no others', async () => {
    await using daemon = await serve({ port: 0, page: createPage(), capacity: 1 });
    await using browser = await launchChromium();
    const { page } = await openPage(await browser.context(), daemon.url + PATH);
    await page.getByRole('heading', { name: 'Send a photo' }).waitFor();
    await page.reload();
    await page.getByRole('heading', { name: 'Send a photo' }).waitFor();
    expect(daemon.stats().peers).toBe(1);
  });
});

describe('a page of another version than the daemon', () => {
  test('is loaded anew once, and no more', async () => {
    await using daemon = await serveVersion({ port: 0, page: createPage(), version: '99.0.0' });
    await using browser = await launchChromium();
    const context = await browser.context();
    const page = await context.newPage();
    let loads = 0;
    page.on('load', () => (loads += 1));
    await page.goto(daemon.url + PATH);
    await page.getByText('The server was updated, and this page is older.').waitFor();
    expect(loads).toBe(2);
  });

  test('is left alone while somebody would lose something', async () => {
    const first = await serve({ port: 0, page: createPage() });
    await using browser = await launchChromium();
    const { page } = await openPage(await browser.context(), first.url + PATH);
    await using shed = await RoomPeer.join(first.url, 'shed');
    shed.room.share(await picture(32, 24, '#25a'));
    const shown = await shownPicture(page, '.latest img');
    await first.close();
    await using _ = await serveVersion({ port: first.port, page: createPage(), version: '99.0.0' });
    await page.getByText('The server was updated, and this page is older.').waitFor();
    expect(await shownPicture(page, '.latest img')).toEqual(shown);
    await page.getByRole('button', { name: 'Reload' }).click();
    await page.getByText('Nothing yet. What the others send appears here.').waitFor({ state: 'detached' });
    // A new seat is a new peer: whatever is shared is offered to it.
    expect(await shownPicture(page, '.latest img')).toEqual(shown);
  });
});

describe('a phone', () => {
  test('that puts a hidden page to sleep is connected again once the page is seen, and nothing is lost', async () => {
    await using daemon = await serve({ port: 0, page: createPage() });
    // Unlike Playwright, Puppeteer lets a page that is behind another one be hidden.
    const browser = await launch({ executablePath: '/usr/bin/chromium', args: ['--no-sandbox'] });
    try {
      const page = await browser.newPage();
      await page.goto(daemon.url + PATH);
      await using shed = await RoomPeer.join(daemon.url, 'shed');
      await shed.until('peer-connected');
      const other = await browser.newPage();
      await other.bringToFront();
      const devtools = await page.createCDPSession();
      await devtools.send('Page.setWebLifecycleState', { state: 'frozen' });
      shed.room.share(await picture(32, 24, '#25a'));
      await shed.until('peer-reconnecting');
      await page.bringToFront();
      await shed.until('photo-delivered');
      await page.waitForSelector('.latest img');
      expect(shed.of('peer-left')).toEqual([]);
    } finally {
      await browser.close();
    }
  });

  test('in airplane mode for 20 s is connected again, and nothing is lost', async () => {
    await using network = await openPhoneNetwork();
    await using daemon = await serve({ host: network.address, port: 0, page: createPage() });
    await using browser = await launchChromium({ executablePath: await network.runner('/usr/bin/chromium') });
    const { page } = await openPage(await browser.context(PHONE), daemon.url + PATH);
    await using shed = await RoomPeer.join(daemon.url, 'shed');
    await shed.until('peer-connected');
    await network.setConnected(false);
    const { sha256 } = shed.room.share(await picture(32, 24, '#25a'));
    await send(page, '#2a5');
    await page.getByText('You are offline: reconnecting as soon as there is a network.').waitFor();
    // Not to wait for an event: this is how long the mode is on.
    await Promise.all([sleep(20_000), shed.until('peer-reconnecting')]);
    await network.setConnected(true);
    await shed.until('photo-delivered');
    await shed.until('photo-received');
    expect((await shownPicture(page, '.latest img')).sha256).toBe(sha256);
    await page.getByText('delivered ✓ · same network').waitFor();
    await page.getByText('You are offline').waitFor({ state: 'detached' });
    await page.getByText('The server is out of reach').waitFor({ state: 'detached' });
    expect(shed.of('peer-left')).toEqual([]);
  });
});
