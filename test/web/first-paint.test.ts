import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import { expect, test } from 'vitest';
import { createPage } from '../../src/signal/page.ts';
import { launchChromium, openPage } from './chromium.ts';

test('a page is painted while a daemon that serves it leaves its socket unanswered', async () => {
  await using daemon = await startMuteDaemon();
  await using browser = await launchChromium();
  const { page, faults } = await openPage(await browser.context(), daemon.url);
  await page.getByRole('button', { name: 'Start a room' }).click();
  const [asked] = await daemon.asked;
  expect(asked?.url).toBe('/ws');
  await page.getByRole('heading', { name: 'Joining…' }).waitFor();
  // The link to the room opens on a page that knows nothing yet.
  await page.reload({ waitUntil: 'commit' });
  await page.getByRole('heading', { name: 'Joining…' }).waitFor();
  await page.waitForFunction('performance.getEntriesByName("first-contentful-paint").length === 1');
  expect(faults).toEqual([]);
});

/** Serves the built page as the daemon does, and never answers who asks for a WebSocket. */
async function startMuteDaemon(): Promise<
  AsyncDisposable & { readonly url: string; readonly asked: Promise<{ url?: string | undefined }[]> }
> {
  const servePage = createPage();
  const server = createServer((request, response) => {
    if (!servePage(request, response)) response.writeHead(404).end();
  });
  const sockets: Duplex[] = [];
  const asked = once(server, 'upgrade') as Promise<{ url?: string }[]>;
  server.on('upgrade', (_, socket) => sockets.push(socket.on('error', () => {})));
  await once(server.listen(0, '127.0.0.1'), 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    asked,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
