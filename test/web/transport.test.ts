import { expect, test } from 'vitest';
import { startDaemon, startPeer } from '../e2e/cli-process.ts';
import { openMiddlebox } from '../lab/middlebox.ts';
import { launchChromium, openPage } from './chromium.ts';
import { picture } from './pictures.ts';

const ROOM = 'garden#aSecretOfTheGarden';
const NOTE = 'This network blocks WebSockets: using event streams.';

test.each(['refuses', 'cuts', 'holds', 'swallows', 'buffers'] as const)(
  'where a network %s WebSockets, a page delivers a photo all the same, says how, and says goodbye',
  async (habit) => {
    await using daemon = await startDaemon();
    await using box = await openMiddlebox(daemon, habit);
    await using browser = await launchChromium();
    await using terminal = startPeer(daemon, ROOM, ['--no-save']);
    await terminal.event('room');
    const { page, faults } = await openPage(await browser.context(), `${box.url}r/${ROOM}`);
    await page.getByText(NOTE).waitFor();
    const { bytes } = await picture(64, 48, '#a52');
    const file = { name: 'a.jpg', mimeType: 'image/jpeg', buffer: Buffer.from(bytes) };
    await page.getByLabel('Picture to send').setInputFiles(file);
    await page.getByRole('button', { name: 'Send', exact: true }).click();
    await page.getByText('delivered ✓', { exact: true }).waitFor();
    await terminal.event('photo-received');
    await page.goto('about:blank');
    const byDaemon = await daemon.event('peer-left');
    expect(byDaemon).toMatchObject({ reason: 'left' });
    // A browser says on its console that a WebSocket failed, whatever the page does about it.
    expect(faults.filter((fault) => !/WebSocket connection to .* failed/.test(fault))).toEqual([]);
  },
);

test('a page that has its WebSocket loads nothing for event streams, and says nothing of them', async () => {
  await using daemon = await startDaemon();
  await using box = await openMiddlebox(daemon, 'passes');
  await using browser = await launchChromium();
  const { page, faults } = await openPage(await browser.context(), `${box.url}r/${ROOM}`);
  await using terminal = startPeer(daemon, ROOM, ['--no-save', '--test-pattern', '--expect-peers', '1']);
  expect(await terminal.exit(), terminal.describe()).toBe(0);
  expect(box.passed).toContain('WebSocket /ws');
  expect(box.passed.filter((line) => line.includes('event'))).toEqual([]);
  expect(await page.getByText(NOTE).count()).toBe(0);
  expect(faults).toEqual([]);
});
