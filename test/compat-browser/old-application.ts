import { copyFile, cp } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { afterAll, beforeAll } from 'vitest';
import type { DialectName } from '../../src/signal/compat/names.ts';
import { CliProcess, type Line } from '../e2e/cli-process.ts';
import { temporaryDirectory } from '../e2e/temporary.ts';
import type { BrowserName } from '../browser/browsers.ts';
import { startPageBrowser, type PageBrowser } from '../web/browser-page.ts';
import { openAll, type ClientPage } from './client-page.ts';

const CLIENTS = fileURLToPath(new URL('clients', import.meta.url));
/** What a client of version 2 has in its bundle. */
const SOCKET_IO_2 = createRequire(import.meta.url).resolve('socket.io-client-2/dist/socket.io.js');

/** Ports at which the daemon serves a system: its own port, which another system shares, and a port of the system alone. */
export const PORTS = ['shared', 'own'] as const;
export type Port = (typeof PORTS)[number];

interface ApplicationOptions {
  /** Another system that is served at the same time. */
  readonly beside: DialectName;
  /** Chromium alone unless given. */
  readonly browsers?: readonly BrowserName[];
  /** Further arguments, asked for when what comes before is running. */
  readonly daemonArgs?: () => readonly string[];
  readonly chromiumArgs?: () => readonly string[];
}

/**
 * For the tests of a file, an old application as its owner would run it: a daemon with the files of the client and with its
 * system, and real browsers for its pages.
 */
export class OldApplication {
  readonly #client: DialectName;
  readonly #resources: AsyncDisposable[] = [];
  readonly #browsers = new Map<BrowserName, PageBrowser>();
  #ready: Line | undefined;
  #files = '';

  constructor(client: DialectName, options: ApplicationOptions) {
    this.#client = client;
    const { beside, browsers = ['Chromium'] } = options;
    beforeAll(async () => {
      const files = this.#keep(await clientFiles(client));
      this.#files = files.path;
      const compat = [client, beside, `${client}@0`].flatMap((name) => ['--compat', name]);
      const args = ['--static', files.path, ...compat, ...(options.daemonArgs?.() ?? [])];
      // The usual port of `login` belongs to whoever works at this machine.
      const daemon = new CliProcess(['serve', '--port', '0', '--json', ...args], { env: { PORT: '0' } });
      this.#keep(daemon);
      this.#ready = await daemon.event('ready');
      for (const name of browsers)
        this.#browsers.set(name, this.#keep(await startPageBrowser(name, 'fake', options.chromiumArgs?.() ?? [])));
    });
    afterAll(async () => {
      for (const resource of this.#resources.toReversed()) await resource[Symbol.asyncDispose]();
    });
  }

  /** The address of the daemon at a port that serves the client’s system. */
  urlAt(port: Port): string {
    const served = (this.#ready?.['compat'] ?? []) as { readonly name: DialectName; readonly url: string }[];
    const urls = served.filter(({ name }) => name === this.#client).map(({ url }) => url);
    const url = urls[PORTS.indexOf(port)];
    if (url === undefined) throw new Error(`expected ${this.#client} at two ports, got ${JSON.stringify(served)}`);
    return url;
  }

  /** The address of its page on the disk. */
  get fileUrl(): string {
    return pathToFileURL(join(this.#files, 'index.html')).href;
  }

  /** A page in each of these browsers, a person of its own. `url` is absolute. */
  openPages(url: string, ...names: readonly BrowserName[]): Promise<ClientPage[] & AsyncDisposable> {
    return openAll(
      names.map(async (name) => {
        const browser = this.#browsers.get(name);
        if (browser === undefined) throw new Error(`expected ${name} to run`);
        return browser.open(url, name);
      }),
    );
  }

  #keep<Resource extends AsyncDisposable>(resource: Resource): Resource {
    this.#resources.push(resource);
    return resource;
  }
}

/** A directory with the files of a client, as it would be on a disk. */
export async function clientFiles(client: DialectName): ReturnType<typeof temporaryDirectory> {
  const directory = await temporaryDirectory();
  for (const folder of ['shared', client]) await cp(join(CLIENTS, folder), directory.path, { recursive: true });
  await copyFile(SOCKET_IO_2, directory.file('socket.io-2.js'));
  return directory;
}
