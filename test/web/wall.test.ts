import { expect, test } from 'vitest';
import { createPage } from '../../src/signal/page.ts';
import { joinRoom, serve, type Room } from '../../src/index.ts';
import { launchChromium, openPage, shownPicture } from './chromium.ts';
import { picture } from './pictures.ts';

const ROOM = { room: 'garden', secret: 'aSecretOfTheGarden' } as const;

function join(server: string, name: string): Promise<Room> {
  const sink = { store: () => Promise.resolve({ stored: true }) };
  return joinRoom({ ...ROOM, server, name, kind: 'terminal', sink, onEvent: () => {} });
}

test('a wall shows what the others send, the newest at once, stands still on request, and leads into the room', async () => {
  await using daemon = await serve({ port: 0, page: createPage() });
  await using browser = await launchChromium();
  const { page, faults } = await openPage(await browser.context(), `${daemon.url}r/garden/wall#${ROOM.secret}`);
  await page.getByText('It appears on this wall.').waitFor();
  await using shed = await join(daemon.url, 'shed');
  await page.getByText('1 other is here.').waitFor();
  const first = await picture(640, 480, '#3a6ea5');
  const { sha256 } = shed.share(first);
  expect(await shownPicture(page, '.wall figure img')).toEqual({ sha256, type: 'image/jpeg' });
  await page.getByRole('button', { name: 'Pause' }).waitFor({ state: 'detached' });

  await using kitchen = await join(daemon.url, 'kitchen');
  const { sha256: second } = kitchen.share(await picture(480, 640, '#6e2a1b'));
  await page.getByRole('img', { name: 'Photo from kitchen' }).waitFor();
  expect((await shownPicture(page, '.wall figure img')).sha256).toBe(second);
  // By itself it goes on to the older one.
  await page.getByRole('img', { name: 'Photo from shed' }).waitFor();
  await page.getByRole('button', { name: 'Pause' }).click();
  await page.getByRole('button', { name: 'Go on' }).waitFor();
  await page.keyboard.press('ArrowRight');
  await page.getByRole('img', { name: 'Photo from kitchen' }).waitFor();

  await page.getByRole('button', { name: 'Full screen' }).click();
  await page.evaluate(`new Promise((resolve) => {
    if (document.fullscreenElement !== null) resolve();
    else document.addEventListener('fullscreenchange', () => resolve());
  })`);
  await page.getByRole('link', { name: 'The room' }).click();
  await page.getByRole('heading', { name: 'Send a photo' }).waitFor();
  expect(page.url()).toBe(`${daemon.url}r/garden#${ROOM.secret}`);
  expect(faults).toEqual([]);
});
