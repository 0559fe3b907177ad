import { writeFile } from 'node:fs/promises';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startDaemon } from '../e2e/cli-process.ts';
import { temporaryDirectory } from '../e2e/temporary.ts';
import { bytesOf, halves } from '../image/fixtures.ts';
import type { BrowserName } from '../browser/browsers.ts';
import { startPageBrowser, untilSeen, type BrowserPage, type CameraFate } from './browser-page.ts';
import { FAKE_CAMERA, launchChromium, openPage } from './chromium.ts';
import { Y4mCamera } from './y4m-camera.ts';

const ROOM = 'r/garden#aSecretOfTheGarden';

/** A camera that is had at once and shows nothing before it is told to. */
const SLOW_CAMERA = `
  globalThis.slowCamera = {
    canvas: document.createElement('canvas'),
    showPicture() {
      this.canvas.getContext('2d').fillRect(0, 0, 64, 48);
    },
  };
  navigator.mediaDevices.getUserMedia = async () => slowCamera.canvas.captureStream();
`;

/** What is seen to move by a part of the screen that anybody would notice. */
const WATCH_SHIFTS = `
  globalThis.shifts = [];
  new PerformanceObserver((list) => {
    for (const { value, sources } of list.getEntries())
      if (value > 0.001) shifts.push(value + sources.map(({ node }) => node?.className ?? node?.nodeName).join());
  }).observe({ type: 'layout-shift' });
`;

let daemon: Awaited<ReturnType<typeof startDaemon>>;
let directory: Awaited<ReturnType<typeof temporaryDirectory>>;
beforeAll(async () => {
  daemon = await startDaemon('--capacity', '20');
  directory = await temporaryDirectory();
  await writeFile(directory.file('a.png'), await bytesOf(halves(8, 8).png()));
});
afterAll(async () => {
  await daemon[Symbol.asyncDispose]();
  await directory[Symbol.asyncDispose]();
});

async function expectTrouble(page: BrowserPage, button: string, title: string): Promise<void> {
  await page.press(button);
  await untilSeen(page, '.trouble h3', title);
}

async function takesPhoto(page: Page): Promise<void> {
  await page.getByRole('button', { name: 'Try again' }).click();
  await page.getByRole('button', { name: 'Take the photo' }).click();
  await page.getByRole('button', { name: 'Send', exact: true }).waitFor();
}

describe('a camera that cannot be had is explained, and a file can still be sent:', () => {
  test.each<[string, BrowserName, CameraFate, string]>([
    ['not allowed', 'Chromium', 'denied', 'The camera is blocked'],
    ['not allowed', 'Firefox', 'denied', 'The camera is blocked'],
    ['none there', 'Chromium', 'none', 'No camera was found'],
    ['none there', 'Firefox', 'none', 'No camera was found'],
  ])('%s, in %s', async (_, name, fate, title) => {
    await using browser = await startPageBrowser(name, fate);
    await using page = await browser.open(daemon.url + ROOM, 'kitchen');
    await expectTrouble(page, 'Use the camera', title);
    await expectTrouble(page, 'Try again', title);
    await page.chooseFile(directory.file('a.png'));
    await untilSeen(page, '.snap button', 'Send');
    expect(page.faults).toEqual([]);
  });

  test('insecure, in Chromium', async () => {
    await using browser = await launchChromium(...FAKE_CAMERA, '--host-resolver-rules=MAP snap.test 127.0.0.1');
    const server = daemon.url.replace('127.0.0.1', 'snap.test');
    const { page, faults } = await openPage(await browser.context(), server + ROOM);
    await page.getByRole('button', { name: 'Use the camera' }).click();
    await page.getByRole('heading', { name: 'Cameras need a secure page' }).waitFor();
    await page.getByLabel('Picture to send').setInputFiles(directory.file('a.png'));
    await page.getByRole('button', { name: 'Send', exact: true }).waitFor();
    // Chromium says that Cross-Origin-Opener-Policy has no meaning on an insecure origin.
    expect(faults.filter((fault) => !fault.includes('Cross-Origin-Opener-Policy'))).toEqual([]);
  });
});

describe('the same page has the camera as soon as', () => {
  test('a person allows it', async () => {
    await using browser = await launchChromium('--use-fake-device-for-media-stream');
    const context = await browser.context();
    // Whatever is not named is refused.
    await context.grantPermissions(['geolocation']);
    const { page, faults } = await openPage(context, daemon.url + ROOM);
    await page.getByRole('button', { name: 'Use the camera' }).click();
    await page.getByRole('heading', { name: 'The camera is blocked' }).waitFor();
    await context.grantPermissions(['camera']);
    await page.getByRole('button', { name: 'Try again' }).click();
    await page.getByLabel('What the camera sees').waitFor();
    expect(faults).toEqual([]);
  });

  test('it is plugged in', async () => {
    const camera = new Y4mCamera(directory.file('plugged.y4m'));
    await camera.plugIn();
    await using browser = await launchChromium(...camera.args);
    await camera.unplug();
    const { page, faults } = await openPage(await browser.context(), daemon.url + ROOM);
    await page.getByRole('button', { name: 'Use the camera' }).click();
    await page.getByRole('heading', { name: 'No camera was found' }).waitFor();
    await camera.plugIn();
    await takesPhoto(page);
    expect(faults).toEqual([]);
  });

  test('it no longer fails while it starts', async () => {
    const camera = new Y4mCamera(directory.file('loose.y4m'));
    // Chromium refuses such a camera as not readable, or has it and loses it at once: it does the one and the other.
    const titles = new Set<string>();
    const isOver = (): boolean => titles.has('The camera is busy') && titles.has('The camera went away');
    while (!isOver()) {
      await camera.plugIn();
      await using browser = await launchChromium(...camera.args);
      const { page, faults } = await openPage(await browser.context(), daemon.url + ROOM);
      await camera.loosen();
      try {
        await page.getByRole('button', { name: 'Use the camera' }).click();
        titles.add(await page.locator('.trouble h3').innerText());
        while (!isOver()) {
          await page.getByRole('button', { name: 'Try again' }).click();
          titles.add(await page.locator('.trouble h3').innerText());
        }
      } catch (error) {
        // Its own camera from a file ends Chromium in one of some hundred such failures: another one goes on.
        if (page.isClosed()) continue;
        throw error;
      }
      expect([...titles].toSorted()).toEqual(['The camera is busy', 'The camera went away']);
      await camera.plugIn();
      await takesPhoto(page);
      expect(faults).toEqual([]);
    }
  });

  test('a slow one shows its first picture, and the countdown waits for it', async () => {
    await using browser = await launchChromium();
    const { page, faults } = await openPage(await browser.context(), daemon.url + ROOM);
    await page.evaluate(SLOW_CAMERA);
    await page.clock.install();
    await page.getByRole('button', { name: 'Use the camera' }).click();
    await page.getByRole('button', { name: 'Take the photo' }).click();
    await page.clock.runFor(10_000);
    expect(await page.locator('.count').innerText()).toBe('3');
    await page.evaluate('slowCamera.showPicture()');
    await page.clock.resume();
    await page.getByRole('button', { name: 'Send', exact: true }).waitFor();
    expect(faults).toEqual([]);
  });

  test('it shows its picture, and nothing moves away from under a finger', async () => {
    await using browser = await launchChromium(...FAKE_CAMERA);
    const { page, faults } = await openPage(await browser.context(), daemon.url + ROOM);
    await page.evaluate(WATCH_SHIFTS);
    await page.getByRole('button', { name: 'Use the camera' }).click();
    await page.getByRole('button', { name: 'Take the photo' }).click();
    await page.getByRole('button', { name: 'Send', exact: true }).waitFor();
    expect(await page.evaluate('shifts')).toEqual([]);
    expect(faults).toEqual([]);
  });

  test.each(['Chromium', 'Firefox'] as const)(
    'somebody who asked for a camera on the back, where there is none, takes the one from before: %s',
    async (name) => {
      await using browser = await startPageBrowser(name);
      await using page = await browser.open(daemon.url + ROOM, 'kitchen');
      await page.press('Use the camera');
      await untilSeen(page, 'video');
      await expectTrouble(page, 'Back camera', 'That camera is not there');
      await page.press('Use the other camera');
      await untilSeen(page, 'video');
      await page.press('Take the photo');
      await untilSeen(page, '.note');
      await page.press('Retake');
      await untilSeen(page, 'video');
      await page.press('Cancel');
      await untilSeen(page, '.choice');
      expect(page.faults).toEqual([]);
    },
  );
});
