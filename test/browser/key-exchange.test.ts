import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { keyExchangeContract } from '../contract/key-exchange.ts';
import { INSECURE_HOST, type BrowserName, type PageHost } from './browsers.ts';
import { TestPage } from './test-page.ts';

/** In a real page: the key exchange of the browser, where it has one, and the one in JavaScript everywhere. */
describe.each<{ name: BrowserName; host: PageHost; own: boolean }>([
  { name: 'Chromium', host: '127.0.0.1', own: true },
  { name: 'Chromium', host: INSECURE_HOST, own: false },
  { name: 'Firefox', host: '127.0.0.1', own: true },
  { name: 'Firefox', host: INSECURE_HOST, own: false },
])('$name with a page of $host', ({ name, host, own }) => {
  let page: TestPage | undefined;
  beforeAll(async () => {
    page = await TestPage.open(name, host);
  });
  afterAll(() => page?.[Symbol.asyncDispose]());

  const inPage = {
    run: (test: string): Promise<void> => page?.run(test) ?? Promise.reject(new Error('the page is not there')),
  };
  if (own) keyExchangeContract('the browser', inPage);
  keyExchangeContract('noble', inPage);

  const used = own ? "the browser's own key exchange is used" : "noble's key exchange is used";
  test(used, async () => {
    await expect(inPage.run(used)).resolves.toBeUndefined();
  });
});
