import type { BrowserContext as ChromiumContext } from 'playwright-core';
import type { BrowserContext as FirefoxContext } from 'puppeteer-core';
import { startChromium, startFirefox, type BrowserName } from '../browser/browsers.ts';
import { FAKE_CAMERA } from './chromium.ts';
import { sha256Hex } from './sha256-hex.ts';
import { blobOf, FOCUSED, focused, seen, WATCH_PAGE } from './watch-page.ts';

/** A page of some browser: a test need not know of which. */
export interface BrowserPage extends AsyncDisposable {
  /** What it must not do, and did: requests to elsewhere, errors, breaches of its policy. */
  readonly faults: readonly string[];
  /** Presses the button with exactly this accessible name, as soon as it is there. */
  press(name: string): Promise<void>;
  /** One key on the keyboard, such as `Tab`, or ` ` for the space bar. */
  key(name: 'Tab' | 'Enter' | ' ' | 'Escape'): Promise<void>;
  /** Gives a file to the page's only file field. */
  chooseFile(path: string): Promise<void>;
  /** Runs a script in the page; what it resolves to has to be plain data. */
  evaluate(script: string): Promise<unknown>;
}

/** A running browser; each page is a person with storage of his own. */
export interface PageBrowser extends AsyncDisposable {
  /** `name` is what the others see. */
  open(href: string, name: string): Promise<BrowserPage>;
}

/** What a page that asks for a camera gets. */
export type CameraFate = 'fake' | 'denied' | 'none';

const CHROMIUM_ARGS: Readonly<Record<CameraFate, readonly string[]>> = {
  fake: FAKE_CAMERA,
  denied: ['--use-fake-device-for-media-stream', '--deny-permission-prompts'],
  none: ['--use-fake-ui-for-media-stream'],
};

const FIREFOX_PREFS = {
  fake: { 'media.navigator.streams.fake': true, 'media.navigator.permission.disabled': true },
  // 2: blocked for every page.
  denied: { 'media.navigator.streams.fake': true, 'permissions.default.camera': 2 },
  none: { 'media.navigator.permission.disabled': true },
} as const satisfies Readonly<Record<CameraFate, object>>;

/** Nobody is ever asked for a camera: `camera` is the answer. `chromiumArgs` are further ones of that browser. */
export async function startPageBrowser(
  name: BrowserName,
  camera: CameraFate = 'fake',
  chromiumArgs: readonly string[] = [],
): Promise<PageBrowser> {
  switch (name) {
    case 'Chromium': {
      const browser = await startChromium([...CHROMIUM_ARGS[camera], ...chromiumArgs]);
      return {
        open: async (href, own) => openInChromium(await browser.newContext(), href, own),
        [Symbol.asyncDispose]: () => browser.close(),
      };
    }
    case 'Firefox': {
      const browser = await startFirefox(FIREFOX_PREFS[camera]);
      return {
        open: async (href, own) => openInFirefox(await browser.createBrowserContext(), href, own),
        [Symbol.asyncDispose]: () => browser.close(),
      };
    }
  }
}

/** Waits until `count` elements with these words are seen; resolves to their whole texts. */
export async function untilSeen(page: BrowserPage, selector: string, words = '', count = 1): Promise<string[]> {
  return (await page.evaluate(seen(selector, words, count))) as string[];
}

/** The bytes behind a picture that the page shows, once it is shown. */
export async function pictureIn(page: BrowserPage, selector: string): Promise<{ sha256: string; type: string }> {
  await untilSeen(page, selector);
  const { type, base64 } = (await page.evaluate(blobOf(selector))) as { type: string; base64: string };
  return { type, sha256: sha256Hex(Buffer.from(base64, 'base64')) };
}

/** More than any page of ours has places to stop at. */
const TABS_MAX = 60;

/** Goes to a control by the Tab key alone. */
export async function tabTo(page: BrowserPage, name: string): Promise<void> {
  const stops: unknown[] = [];
  while (stops.length < TABS_MAX) {
    const stop = await page.evaluate(FOCUSED);
    if (stop === name) return;
    stops.push(stop);
    await page.key('Tab');
  }
  throw new Error(`expected the Tab key to come to "${name}", it came to: ${stops.join(' | ')}`);
}

/** Waits until the page itself has given the keyboard to a control. */
export async function untilFocused(page: BrowserPage, name: string): Promise<void> {
  await page.evaluate(focused(name));
}

async function openInChromium(context: ChromiumContext, href: string, name: string): Promise<BrowserPage> {
  await context.addInitScript(initScript(name));
  const page = await context.newPage();
  const faults: string[] = [];
  page.on('request', (request) => faults.push(...elsewhere(request.url(), href)));
  page.on('pageerror', (error) => faults.push(String(error)));
  page.on('console', (message) => {
    if (message.type() === 'error') faults.push(message.text());
  });
  await page.goto(href);
  return {
    faults,
    press: (button) => page.getByRole('button', { name: button, exact: true }).click(),
    key: (key) => page.keyboard.press(key),
    chooseFile: (path) => page.locator('input[type=file]').setInputFiles(path),
    evaluate: (script) => page.evaluate(script),
    [Symbol.asyncDispose]: () => context.close(),
  };
}

async function openInFirefox(context: FirefoxContext, href: string, name: string): Promise<BrowserPage> {
  // A window: pages in tabs that are not in front run slowly.
  const page = await context.newPage({ type: 'window' });
  await page.evaluateOnNewDocument(initScript(name));
  const faults: string[] = [];
  page.on('request', (request) => faults.push(...elsewhere(request.url(), href)));
  page.on('pageerror', (error) => faults.push(String(error)));
  page.on('console', (message) => {
    if (message.type() === 'error') faults.push(message.text());
  });
  await page.goto(href);
  return {
    faults,
    press: async (button) => {
      const found = await page.waitForSelector(`::-p-aria([role="button"][name="${button}"])`);
      await found?.click();
    },
    key: (key) => page.keyboard.press(key),
    chooseFile: async (path) => {
      const field = await page.waitForSelector('input[type=file]');
      await field?.uploadFile(path);
    },
    evaluate: (script) => page.evaluate(script),
    [Symbol.asyncDispose]: () => context.close(),
  };
}

/** Firefox runs it on the blank page, too, which has no storage. */
function initScript(name: string): string {
  return `if (location.protocol === 'http:') {
    ${WATCH_PAGE}
    localStorage.setItem('snap-share name', ${JSON.stringify(name)});
  }`;
}

/** Breaches of the policy are console errors; this is what it does not forbid. */
function elsewhere(url: string, href: string): string[] {
  return /^(?:blob|data):/.test(url) || new URL(url).origin === new URL(href).origin ? [] : [url];
}
