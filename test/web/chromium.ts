import type { BrowserContext, BrowserContextOptions, Page } from 'playwright-core';
import { startChromium } from '../browser/browsers.ts';
import { sha256Hex } from './sha256-hex.ts';
import { blobOf, WATCH_PAGE } from './watch-page.ts';

/** Debian's Chromium, for a test that closes it; with further arguments, or by another executable that starts it. */
export async function launchChromium(
  ...options: (string | { readonly executablePath: string })[]
): Promise<AsyncDisposable & { context(options?: BrowserContextOptions): Promise<BrowserContext> }> {
  const args = options.filter((option) => typeof option === 'string');
  const [{ executablePath } = {}] = options.filter((option) => typeof option === 'object');
  const browser = await startChromium(args, executablePath);
  return {
    context: (options) => browser.newContext(options),
    [Symbol.asyncDispose]: () => browser.close(),
  };
}

export const FAKE_CAMERA = ['--use-fake-device-for-media-stream', '--use-fake-ui-for-media-stream'];

/** A page, with whatever it must not do: requests to elsewhere, errors, breaches of its policy. */
export async function openPage(context: BrowserContext, href: string): Promise<{ page: Page; faults: string[] }> {
  const page = await context.newPage();
  const faults: string[] = [];
  const { origin } = new URL(href);
  page.on('request', (request) => {
    if (!request.url().startsWith('blob:') && new URL(request.url()).origin !== origin) faults.push(request.url());
  });
  page.on('pageerror', (error) => faults.push(String(error)));
  // Breaches of the policy are console errors.
  page.on('console', (message) => {
    if (message.type() === 'error') faults.push(message.text());
  });
  await page.addInitScript(WATCH_PAGE);
  await page.goto(href);
  return { page, faults };
}

/** The bytes behind a picture that the page shows, once it is shown. */
export async function shownPicture(page: Page, selector: string): Promise<{ sha256: string; type: string }> {
  await page.locator(selector).first().waitFor();
  const { type, base64 } = (await page.evaluate(blobOf(selector))) as { type: string; base64: string };
  return { type, sha256: sha256Hex(Buffer.from(base64, 'base64')) };
}
