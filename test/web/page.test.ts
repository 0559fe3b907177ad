import { readdir, readFile, writeFile } from 'node:fs/promises';
import sharp from 'sharp';
import { describe, expect, test } from 'vitest';
import { joinRoom } from '../../src/index.ts';
import { startDaemon, startPeer } from '../e2e/cli-process.ts';
import { temporaryDirectory } from '../e2e/temporary.ts';
import { halves, phonePhoto } from '../image/fixtures.ts';
import { FAKE_CAMERA, launchChromium, openPage, shownPicture } from './chromium.ts';
import { sha256Hex } from './sha256-hex.ts';

test('a page and a terminal exchange photos in both directions: the same bytes, small, upright and without GPS', async () => {
  await using daemon = await startDaemon();
  await using directory = await temporaryDirectory();
  await using browser = await launchChromium();
  await writeFile(directory.file('phone.jpg'), await phonePhoto());
  const { page, faults } = await openPage(await browser.context(), daemon.url);
  await page.getByRole('button', { name: 'Start a room' }).click();
  const link = await page.getByLabel('Whoever has this link is in:').inputValue();
  expect(page.url()).toBe(link);

  await using terminal = startPeer(daemon, link, [
    '--name',
    'shed',
    '--file',
    directory.file('phone.jpg'),
    '--save',
    directory.file('saved'),
    '--expect-peers',
    '1',
    '--expect-photos',
    '1',
    '--timeout',
    '60s',
  ]);
  await page.getByLabel('Picture to send').setInputFiles(directory.file('phone.jpg'));
  await page.getByText(/^location removed · .* kB$/).waitFor();
  await page.getByRole('button', { name: 'Send', exact: true }).click();
  await page.getByText('delivered ✓', { exact: true }).waitFor();
  const sent = await shownPicture(page, '.sent img');
  const received = await shownPicture(page, '.latest img');
  expect(await terminal.exit(), terminal.describe()).toBe(0);

  const captured = await terminal.event('photo-captured');
  expect(received).toEqual({ sha256: captured['sha256'], type: 'image/jpeg' });
  const connected = await terminal.event('peer-connected');
  expect(connected['verified']).toBe(true);
  const [name = ''] = await readdir(directory.file('saved'));
  const saved = await readFile(directory.file(`saved/${name}`));
  expect(sha256Hex(saved)).toBe(sent.sha256);
  expect(saved.length).toBeLessThanOrEqual(300_000);
  const { exif, orientation, width, height } = await sharp(saved).metadata();
  expect({ exif, orientation }).toEqual({ exif: undefined, orientation: undefined });
  const { autoOrient } = await sharp(directory.file('phone.jpg')).metadata();
  expect(width / height).toBeCloseTo(autoOrient.width / autoOrient.height, 2);
  await page.getByText('left', { exact: true }).waitFor();
  expect(faults).toEqual([]);
});

test('a photo is taken and sent by keyboard alone, and the camera is off afterwards', async () => {
  await using daemon = await startDaemon();
  await using browser = await launchChromium(...FAKE_CAMERA);
  const { page, faults } = await openPage(await browser.context(), `${daemon.url}r/garden#aSecretOfTheGarden`);
  await using terminal = startPeer(daemon, 'garden#aSecretOfTheGarden', ['--no-save', '--expect-photos', '1']);
  await page.getByRole('button', { name: 'Use the camera' }).focus();
  await page.keyboard.press('Enter');
  const camera = page.getByLabel('What the camera sees');
  await camera.waitFor();
  await page.evaluate('globalThis.track = document.querySelector("video").srcObject.getVideoTracks()[0]');
  await page.getByRole('button', { name: 'Take the photo' }).and(page.locator(':focus')).waitFor();
  await page.keyboard.press('Enter');
  await page.getByRole('button', { name: 'Send', exact: true }).and(page.locator(':focus')).waitFor();
  expect(await page.evaluate('globalThis.track.readyState')).toBe('ended');
  await page.keyboard.press('Enter');
  expect(await terminal.exit(), terminal.describe()).toBe(0);
  expect(faults).toEqual([]);
});

describe('a room that cannot be had has its own words and a way on:', () => {
  test('full, until somebody leaves', async () => {
    await using daemon = await startDaemon('--capacity', '1');
    await using browser = await launchChromium();
    await using terminal = startPeer(daemon, 'garden#aSecretOfTheGarden', ['--no-save']);
    await terminal.event('room');
    const { page } = await openPage(await browser.context(), `${daemon.url}r/garden#aSecretOfTheGarden`);
    await page.getByRole('heading', { name: 'This room is full' }).waitFor();
    terminal.kill('SIGINT');
    await terminal.exit();
    await page.getByRole('button', { name: 'Try again' }).click();
    await page.getByRole('heading', { name: 'Send a photo' }).waitFor();
  });

  test('another secret: nothing is exchanged, and both sides know', async () => {
    await using daemon = await startDaemon();
    await using browser = await launchChromium();
    const { page } = await openPage(await browser.context(), `${daemon.url}r/garden#aSecretOfTheGarden`);
    await page.getByRole('heading', { name: 'Send a photo' }).waitFor();
    await using terminal = startPeer(daemon, 'garden#aSecretOfSomeoneElse', [
      '--test-pattern',
      '--no-save',
      '--expect-peers',
      '1',
    ]);
    await page.getByText('not verified').waitFor();
    expect(await terminal.exit()).toBe(10);
  });

  test('no secret in the link: joining without one shows the words that the terminal has', async () => {
    await using daemon = await startDaemon();
    await using browser = await launchChromium();
    await using terminal = startPeer(daemon, 'garden', ['--no-save']);
    await terminal.event('room');
    const { page } = await openPage(await browser.context(), `${daemon.url}r/garden`);
    await page.getByRole('heading', { name: 'The key is missing' }).waitFor();
    await page.getByRole('button', { name: 'Join without a key' }).click();
    const { words } = await terminal.event('peer-connected');
    await page.getByText(String(words), { exact: true }).waitFor();
  });

  test('the daemon goes and comes back', async () => {
    const first = await startDaemon();
    await using browser = await launchChromium();
    const { page } = await openPage(await browser.context(), `${first.url}r/garden#aSecretOfTheGarden`);
    await page.getByRole('heading', { name: 'Send a photo' }).waitFor();
    await first[Symbol.asyncDispose]();
    await page.getByText('The server is out of reach: reconnecting.').waitFor();
    await using _ = await startDaemon('--port', new URL(first.url).port);
    await page.getByText('The server is out of reach: reconnecting.').waitFor({ state: 'detached' });
  });
});

test('a picture of one’s own with more pixels than may be sent is refused before it is decoded, with a word on why', async () => {
  await using daemon = await startDaemon();
  await using browser = await launchChromium();
  const { page, faults } = await openPage(await browser.context(), `${daemon.url}r/garden#aSecretOfTheGarden`);
  await page
    .getByLabel('Picture to send')
    .setInputFiles({ name: 'huge.png', mimeType: 'image/png', buffer: await pixelBomb() });
  await page.getByText('This picture has 196 megapixels; up to 50 can be sent. Make it smaller first.').waitFor();
  expect(faults).toEqual([]);
});

/** 196 megapixels in 600 kB. */
function pixelBomb(): Promise<Buffer> {
  return sharp({
    create: { width: 14_000, height: 14_000, channels: 3, background: '#000' },
    limitInputPixels: false,
  })
    .png()
    .toBuffer();
}

/** A JPEG whose quantisation tables (DQT) are gone: every other segment is as it should be, and nothing can decode it. */
function withoutQuantisation(jpeg: Buffer): Uint8Array {
  const kept = [jpeg.subarray(0, 2)];
  let offset = 2;
  while (jpeg[offset + 1] !== 0xda) {
    const end = offset + 2 + jpeg.readUInt16BE(offset + 2);
    if (jpeg[offset + 1] !== 0xdb) kept.push(jpeg.subarray(offset, end));
    offset = end;
  }
  return Buffer.concat([...kept, jpeg.subarray(offset)]);
}

describe('what a stranger sends', () => {
  const room = { room: 'garden', secret: 'aSecretOfTheGarden', kind: 'terminal' } as const;
  const sink = { store: () => Promise.resolve({ stored: false }) };
  const text = (content: string): Uint8Array => new TextEncoder().encode(content);

  test('is refused with a reason unless it is the picture it claims to be, and the page goes on', async () => {
    await using daemon = await startDaemon();
    await using browser = await launchChromium();
    const { page, faults } = await openPage(await browser.context(), `${daemon.url}r/garden#aSecretOfTheGarden`);
    const png = await sharp({ create: { width: 40, height: 30, channels: 3, background: '#a52' } })
      .png()
      .toBuffer();
    const jpeg = await sharp(png).jpeg().toBuffer();
    const turned = await sharp(png).withMetadata({ orientation: 6 }).jpeg().toBuffer();
    const bomb = await pixelBomb();
    const bad = [
      { bytes: text('<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>'), width: 1, height: 1 },
      { bytes: text('<!doctype html><script>alert(1)</script>'), width: 1, height: 1 },
      { bytes: png, width: 41, height: 30 },
      { bytes: png, width: 40, height: 30, mediaType: 'image/jpeg' },
      { bytes: png.subarray(0, 60), width: 40, height: 30 },
      { bytes: jpeg.subarray(0, -2), width: 40, height: 30, mediaType: 'image/jpeg' },
      // Upright it is 30×40.
      { bytes: turned, width: 40, height: 30, mediaType: 'image/jpeg' },
      { bytes: bomb, width: 40, height: 30 },
      { bytes: bomb, width: 14_000, height: 14_000 },
    ] as const;
    const outcomes: string[] = [];
    let resolve = (): void => {};
    const done = new Promise<void>((settle) => (resolve = settle));
    await using stranger = await joinRoom({
      ...room,
      server: daemon.url,
      name: '<img src=x onerror=alert(1)>',
      sink,
      onEvent: (event) => {
        if (event.type === 'photo-failed') outcomes.push(event.error.code);
        if (event.type === 'photo-delivered') outcomes.push('delivered');
        if (outcomes.length === bad.length + 1) resolve();
      },
    });
    for (const photo of bad) stranger.share({ mediaType: 'image/png', ...photo });
    stranger.share({ bytes: png, mediaType: 'image/png', width: 40, height: 30, name: '<b>x</b>' });
    await done;
    expect(outcomes).toEqual([...bad.map(() => 'photo-refused'), 'delivered']);
    expect(await shownPicture(page, '.latest img')).toEqual({ type: 'image/png', sha256: sha256Hex(png) });
    expect(await page.locator('.latest img').count()).toBe(1);
    await page.locator('.tile-name bdi').getByText('<img src=x onerror=alert(1)>', { exact: true }).waitFor();
    expect(faults).toEqual([]);
  });

  test('is never shown when it is damaged in a way that no header tells of, and the page says why', async () => {
    await using daemon = await startDaemon();
    await using browser = await launchChromium();
    const { page, faults } = await openPage(await browser.context(), `${daemon.url}r/garden#aSecretOfTheGarden`);
    await using stranger = await joinRoom({ ...room, server: daemon.url, name: 'shed', sink, onEvent: () => {} });
    const bytes = withoutQuantisation(await halves(40, 30).jpeg().toBuffer());
    stranger.share({ bytes, mediaType: 'image/jpeg', width: 40, height: 30 });
    await page.locator('.tile').getByText('this browser cannot read the image/jpeg picture').waitFor();
    expect(await page.locator('.latest img').count()).toBe(0);
    expect(faults).toEqual([]);
  });
});
