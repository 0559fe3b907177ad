import { chromium, type BrowserContext, type BrowserContextOptions, type Page } from 'playwright-core';
import { sha256Hex } from './sha256-hex.ts';

/** Debian's Chromium, for a test that closes it; with further arguments, or by another executable that starts it. */
export async function launchChromium(
  ...options: (string | { readonly executablePath: string })[]
): Promise<AsyncDisposable & { context(options?: BrowserContextOptions): Promise<BrowserContext> }> {
  const args = options.filter((option) => typeof option === 'string');
  const [{ executablePath } = { executablePath: '/usr/bin/chromium' }] = options.filter(
    (option) => typeof option === 'object',
  );
  const browser = await chromium.launch({ executablePath, args: ['--no-sandbox', ...args] });
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
  // Its own policy forbids the page to read a blob: back by its address.
  await page.addInitScript(`
    globalThis.blobs = new Map();
    const create = URL.createObjectURL.bind(URL);
    URL.createObjectURL = (blob) => {
      const url = create(blob);
      globalThis.blobs.set(url, blob);
      return url;
    };
  `);
  await page.goto(href);
  return { page, faults };
}

/** The bytes behind a picture that the page shows, once it is shown. */
export async function shownPicture(page: Page, selector: string): Promise<{ sha256: string; type: string }> {
  await page.locator(selector).first().waitFor();
  const shown: unknown = await page.evaluate(`(async () => {
    const image = document.querySelector(${JSON.stringify(selector)});
    await image.decode();
    const blob = globalThis.blobs.get(image.src);
    return { type: blob.type, bytes: Array.from(new Uint8Array(await blob.arrayBuffer())) };
  })()`);
  const { type, bytes } = shown as { type: string; bytes: number[] };
  return { type, sha256: sha256Hex(Uint8Array.from(bytes)) };
}
