import type { Page } from 'playwright-core';
import { serve } from '../../src/index.ts';
import { createPage } from '../../src/signal/page.ts';
import { FAKE_CAMERA, launchChromium } from './chromium.ts';
import { ROOM, RoomPeer, SECRET } from './room-peer.ts';
import { scene } from './scenes.ts';

/** The page at its best: at home, and in a room with a terminal and another browser. */
export async function showcase(look: (page: Page, name: 'home' | 'room') => Promise<void>): Promise<void> {
  await using daemon = await serve({ port: 0, page: createPage() });
  await using browser = await launchChromium(...FAKE_CAMERA);
  const open = async (path: string, name: string): Promise<Page> => {
    const context = await browser.context({
      viewport: { width: 1_280, height: 800 },
      colorScheme: 'light',
      reducedMotion: 'reduce',
    });
    await context.addInitScript(`localStorage.setItem('snap-share name', ${JSON.stringify(name)})`);
    const page = await context.newPage();
    await page.goto(daemon.url + path);
    return page;
  };
  const send = async (page: Page, name: Parameters<typeof scene>[0]): Promise<void> => {
    const { bytes } = await scene(name);
    const file = { name: 'a.jpg', mimeType: 'image/jpeg', buffer: Buffer.from(bytes) };
    await page.getByLabel('Picture to send').setInputFiles(file);
    await page.getByRole('button', { name: 'Send', exact: true }).click();
  };

  const page = await open('', 'kitchen');
  await page.getByRole('button', { name: 'Start a room' }).waitFor();
  await look(page, 'home');
  await page.goto(`${daemon.url}r/${ROOM}#${SECRET}`);
  await page.getByRole('heading', { name: 'Send a photo' }).waitFor();
  await using shed = await RoomPeer.join(daemon.url, 'shed');
  const porch = await open(`r/${ROOM}#${SECRET}`, 'porch');
  await porch.getByRole('heading', { name: 'Send a photo' }).waitFor();
  await page.locator('.tile.good').nth(1).waitFor();
  shed.room.share(await scene('sea'));
  await page.locator('.latest img').waitFor();
  shed.room.share(await scene('dusk'));
  await page.locator('.strip li').nth(1).waitFor();
  await send(porch, 'forest');
  await page.locator('.strip li').nth(2).waitFor();
  await send(page, 'dusk');
  await page.locator('.deliveries .delivered').nth(1).waitFor();
  await page.evaluate('document.activeElement.blur()');
  await look(page, 'room');
}
