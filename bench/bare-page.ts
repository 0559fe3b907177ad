import type { BrowserContext, Page } from 'playwright-core';
import { pathOf } from './child.ts';
import { inTime } from './in-time.ts';

/** A blank page with `bare/page.mjs` in it: one end of a bare channel of the browser's own. */
export class BarePage {
  readonly #page: Page;

  private constructor(page: Page) {
    this.#page = page;
  }

  static async open(context: BrowserContext): Promise<BarePage> {
    const page = await context.newPage();
    await page.addScriptTag({ path: pathOf('bare/page.mjs'), type: 'module' });
    return new BarePage(page);
  }

  /** Opens a channel to the receiver at the relay. */
  async connect(relay: string): Promise<void> {
    const connected = this.#page.evaluate(`bare.connect(${JSON.stringify(relay)}, 'sender', 'receiver')`);
    await inTime('bare channel', connected);
  }

  /** Becomes the receiver at the relay. */
  async accept(relay: string): Promise<void> {
    await this.#page.evaluate(`bare.accept(${JSON.stringify(relay)}, 'receiver')`);
  }

  /** Resolves with the time from the first byte to the answer, ms. */
  send(base64: string): Promise<number> {
    return inTime('answer', this.#page.evaluate<number>(`bare.send('${base64}')`));
  }
}
