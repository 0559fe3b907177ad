import type { BrowserPage } from '../web/browser-page.ts';

/** A page of an old application, whose script has put its functions into the global `client`. */
export class ClientPage implements AsyncDisposable {
  readonly #page: BrowserPage;

  constructor(page: BrowserPage) {
    this.#page = page;
  }

  /** Calls a function of `client`; arguments and result are plain data. */
  async call<Result = void>(name: string, ...args: readonly unknown[]): Promise<Result> {
    const list = args.map((arg) => JSON.stringify(arg) ?? 'undefined').join(', ');
    return (await this.#page.evaluate(`client.${name}(${list})`)) as Result;
  }

  /** What the page must not do, and did. */
  get faults(): readonly string[] {
    return this.#page.faults;
  }

  [Symbol.asyncDispose](): PromiseLike<void> {
    return this.#page[Symbol.asyncDispose]();
  }
}

/** Opens pages at once; all are closed when their scope ends, also when one of them cannot be opened. */
export async function openAll(opening: readonly Promise<BrowserPage>[]): Promise<ClientPage[] & AsyncDisposable> {
  const settled = await Promise.allSettled(opening);
  const pages = settled.flatMap((one) => (one.status === 'fulfilled' ? new ClientPage(one.value) : []));
  const close = async (): Promise<void> => {
    for (const page of pages) await page[Symbol.asyncDispose]();
  };
  const failed = settled.find((one) => one.status === 'rejected');
  if (failed === undefined) return Object.assign(pages, { [Symbol.asyncDispose]: close });
  await close();
  throw failed.reason;
}
