import type { BrowserContext, Page } from 'playwright-core';
import { inTime } from './in-time.ts';

/** What is measured is a photo of about 300 kB, and the page makes none larger. */
const DRAFT_BYTES_MIN = 280_000;

/** In the page, before anything of ours: the pictures behind its `blob:` addresses, and when what was seen happened. */
const WATCH = `
  globalThis.bench = { blobs: new Map() };
  const create = URL.createObjectURL.bind(URL);
  URL.createObjectURL = (blob) => {
    const url = create(blob);
    bench.blobs.set(url, blob);
    return url;
  };
  addEventListener('click', ({ target }) => {
    if (target.closest('button')?.textContent !== 'Send') return;
    const clickedAt = performance.now();
    bench.ticked = new Promise((resolve) => {
      const observer = new MutationObserver(() => {
        // The newest photo is the first one.
        if (document.querySelector('.sent .deliveries')?.textContent.includes('delivered ✓') !== true) return;
        observer.disconnect();
        resolve(performance.now() - clickedAt);
      });
      observer.observe(document, { childList: true, characterData: true, subtree: true });
    });
  }, true);
`;

/** Our page in a browser of its own, connected to one other peer. */
export class RoomPage {
  readonly #page: Page;

  private constructor(page: Page) {
    this.#page = page;
  }

  static async open(context: BrowserContext, href: string): Promise<RoomPage> {
    const page = await context.newPage();
    await page.addInitScript(WATCH);
    await page.goto(href);
    await page.getByRole('heading', { name: 'Send a photo' }).waitFor();
    return new RoomPage(page);
  }

  /** Resolves once a photo can be sent. */
  async connected(): Promise<void> {
    await this.#page.locator('.tile .verified').waitFor();
  }

  /** Chooses a picture, and waits until it may be sent. Returns what will be sent, in base64. */
  async choose(picture: Uint8Array): Promise<string> {
    const file = { name: 'photo.jpg', mimeType: 'image/jpeg', buffer: Buffer.from(picture) };
    await this.#page.getByLabel('Picture to send').setInputFiles(file);
    await this.#page.getByRole('button', { name: 'Send', exact: true }).waitFor();
    const draft: string = await this.#page.evaluate(`(async () => {
      const image = document.querySelector('.snap img');
      await image.decode();
      const bytes = new Uint8Array(await bench.blobs.get(image.src).arrayBuffer());
      return btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(''));
    })()`);
    const { length } = Buffer.from(draft, 'base64');
    if (length < DRAFT_BYTES_MIN)
      throw new Error(`expected a draft of ${DRAFT_BYTES_MIN} bytes or more, got ${length}`);
    return draft;
  }

  /** From the click on Send to the tick, ms. */
  async send(): Promise<number> {
    await this.#page.getByRole('button', { name: 'Send', exact: true }).click();
    return inTime('tick', this.#page.evaluate<number>('bench.ticked'));
  }

  /** Resolves once the latest photo of the other peer is another one than before, and can be seen. */
  async shown(): Promise<void> {
    const shown = this.#page.evaluate(`new Promise((resolve) => {
      const look = async () => {
        const src = document.querySelector('.latest img')?.src;
        if (src === undefined || src === bench.shown) return;
        bench.shown = src;
        observer.disconnect();
        await document.querySelector('.latest img').decode();
        resolve();
      };
      const observer = new MutationObserver(look);
      observer.observe(document, { childList: true, attributes: true, subtree: true });
      look();
    })`);
    await inTime('photo on the page', shown);
  }
}
