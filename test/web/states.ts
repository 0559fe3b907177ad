import type { Page } from 'playwright-core';
import { joinRoom, serve, type PhotoSink, type Room } from '../../src/index.ts';
import { createPage } from '../../src/signal/page.ts';
import { join as takeSeat } from '../signal/ws-client.ts';
import { FAKE_CAMERA, launchChromium } from './chromium.ts';
import { ROOM, SECRET } from './room-peer.ts';
import { scene } from './scenes.ts';

interface Looks {
  readonly theme: 'light' | 'dark';
  /** CSS pixels. */
  readonly width: number;
}

/** Goes through the states that a person may see, and has each looked at. */
export async function visitStates(looks: Looks, look: (page: Page, state: string) => Promise<void>): Promise<void> {
  await using daemon = await serve({ port: 0, page: createPage() });
  await using browser = await launchChromium(...FAKE_CAMERA);
  const context = await browser.context({
    colorScheme: looks.theme,
    reducedMotion: 'reduce',
    viewport: { width: looks.width, height: 800 },
  });
  await context.addInitScript(`localStorage.setItem('snap-share name', 'Coral Heron')`);
  const page = await context.newPage();
  const button = (name: string): ReturnType<Page['getByRole']> => page.getByRole('button', { name, exact: true });

  await page.goto(daemon.url);
  await button('Start a room').waitFor();
  await look(page, 'home');
  await page.goto(`${daemon.url}r/garden`);
  await page.getByRole('heading', { name: 'The key is missing' }).waitFor();
  await look(page, 'no-secret');
  await page.goto(`${daemon.url}r/gar%20den#x`);
  await page.getByRole('heading', { name: 'This link is not whole' }).waitFor();
  await look(page, 'broken-link');

  {
    await using closed = await serve({
      port: 0,
      page: createPage(),
      accessKeys: ['k'.repeat(32)],
      limits: { failedJoins: 1 },
    });
    await page.goto(`${closed.url}r/garden#${SECRET}`);
    await page.getByRole('heading', { name: 'This server is private' }).waitFor();
    await look(page, 'private');
    await page.getByLabel('Key or token').fill('w'.repeat(32));
    await button('Join').click();
    await page.getByText('got neither').waitFor();
    await page.getByLabel('Key or token').fill('w'.repeat(32));
    await button('Join').click();
    await page.getByRole('heading', { name: 'Too many attempts' }).waitFor();
    await look(page, 'too-many-attempts');
  }

  await page.goto(`${daemon.url}r/garden#${SECRET}`);
  await button('Use the camera').waitFor();
  await look(page, 'alone');
  await button('Use the camera').click();
  await page.getByLabel('What the camera sees').waitFor();
  await page.evaluate(`new Promise((resolve) => {
    const video = document.querySelector('video');
    if (video.readyState >= HTMLMediaElement.HAVE_CURRENT_DATA) resolve();
    else video.addEventListener('loadeddata', () => resolve());
  })`);
  await look(page, 'camera');
  await button('Back camera').click();
  await page.getByRole('heading', { name: 'That camera is not there' }).waitFor();
  await look(page, 'camera-trouble');
  await button('Use the other camera').click();
  await button('Take the photo').click();
  await button('Send').waitFor();
  await look(page, 'review');
  await button('Send').click();

  await using shed = await join(daemon.url, 'garden-shed', SECRET);
  await page.getByText('delivered ✓ · same network').waitFor();
  shed.share(await scene('sea'));
  await page.locator('.latest img').waitFor();
  await look(page, 'photo');
  {
    await using stranger = await join(daemon.url, 'مرحبا <b>', 'anotherSecret');
    await page.getByText('not verified').waitFor();
    await look(page, 'not-verified');
    await stranger.leave();
  }
  await using kitchen = await join(
    daemon.url,
    'the-kitchen-ö-with-a-name-that-does-not-end-before-the-line-does',
    SECRET,
  );
  kitchen.share(await scene('forest', true));
  shed.share(await scene('dusk'));
  await page.locator('.strip li').nth(2).waitFor();
  await look(page, 'photos');
  await page.locator('.print-picture').first().click();
  await page.getByRole('dialog').waitFor();
  await look(page, 'viewer');
  await page.keyboard.press('Escape');
  await kitchen.leave();
  await page.getByText('left', { exact: true }).waitFor();
  await look(page, 'left');
  {
    await using full = await join(daemon.url, 'full-disk', SECRET, ROOM, () =>
      Promise.reject(new Error('no room left')),
    );
    await page.getByRole('button', { name: 'Retry for full-disk' }).waitFor();
    await look(page, 'not-delivered');
    await full.leave();
  }
  {
    await using slow = await join(daemon.url, 'slow-disk', SECRET, ROOM, () => new Promise(() => {}));
    await page.getByText('sending 100 %').waitFor();
    await look(page, 'sending');
    await slow.leave();
  }
  {
    // It has a seat, and never answers.
    await using silent = await takeSeat(daemon, ROOM);
    await page.getByText('connecting', { exact: true }).waitFor();
    await look(page, 'connecting');
    silent.send({ type: 'leave' });
    await silent.closed;
  }

  await using third = await join(daemon.url, 'third', SECRET);
  const late = await context.newPage();
  await late.goto(`${daemon.url}r/garden#${SECRET}`);
  await late.getByRole('heading', { name: 'This room is full' }).waitFor();
  await look(late, 'full');
  await late.close();
  await third.leave();

  await page.goto(`${daemon.url}r/open`);
  await button('Join without a key').click();
  await using guest = await join(daemon.url, 'guest', undefined, 'open');
  await page.getByText('Do they see the same words?').waitFor();
  await look(page, 'words');
  await daemon.close();
  await page.getByText('The server was stopped').first().waitFor();
  await look(page, 'daemon-gone');
  await guest.leave();
}

function join(
  server: string,
  name: string,
  secret: string | undefined,
  room = ROOM,
  store: PhotoSink['store'] = () => Promise.resolve({ stored: false }),
): Promise<Room> {
  return joinRoom({
    server,
    room,
    name,
    kind: 'terminal',
    ...(secret === undefined ? {} : { secret }),
    sink: { store },
    onEvent: () => {},
  });
}
