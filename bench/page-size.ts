import { gzipSync } from 'node:zlib';
import { chromium, type Page } from 'playwright-core';
import sharp from 'sharp';
import { Child, snapShare, startDaemon } from './child.ts';
import { amountFigure, type Benchmark } from './figure.ts';

/** What is counted, by what the daemon says that it is. */
const KINDS = { scripts: 'text/javascript', styles: 'text/css' } as const;

type Kind = keyof typeof KINDS;

/**
 * What a browser loads of the page, gzipped, from the home page through making a room and connecting with a terminal to a
 * photo in each direction. What is loaded later, or only elsewhere, does not count.
 */
export const pageSize: Benchmark = {
  name: 'page-size',
  async run() {
    console.error('page-size: one page and one terminal');
    await using daemon = await startDaemon();
    const browser = await chromium.launch({ executablePath: '/usr/bin/chromium', args: ['--no-sandbox'] });
    try {
      const page = await browser.newPage();
      const bytes = countLoaded(page);
      await exchangePhotos(page, daemon.url);
      const { scripts, styles } = await bytes();
      return [
        amountFigure('page, scripts', 'kB gz', scripts / 1_000, { atMost: 60 }),
        amountFigure('page, styles', 'kB gz', styles / 1_000, { atMost: 12 }),
      ];
    } finally {
      await browser.close();
    }
  },
};

async function exchangePhotos(page: Page, url: string): Promise<void> {
  await page.goto(url);
  await page.getByRole('button', { name: 'Start a room' }).click();
  await page.locator('svg.qr').waitFor();
  const peer = [page.url(), '--no-save', '--test-pattern', '--expect-peers', '1', '--expect-photos', '1'];
  await using terminal = new Child(snapShare('join', ...peer, '--name', 'shed'));
  const { verified } = await terminal.event('peer-connected');
  if (verified !== true) throw new Error('expected the page to be verified');
  const picture = await sharp({ create: { width: 640, height: 480, channels: 3, background: '#a52' } })
    .png()
    .toBuffer();
  await page.getByLabel('Picture to send').setInputFiles({ name: 'a.png', mimeType: 'image/png', buffer: picture });
  await page.getByRole('button', { name: 'Send', exact: true }).click();
  await page.getByText('delivered ✓', { exact: true }).waitFor();
  await page.locator('.latest img').waitFor();
  await terminal.ended();
}

/** Counts from now on; the answer is the gzipped bytes of everything that has come by then. */
function countLoaded(page: Page): () => Promise<Record<Kind, number>> {
  const sizes: Promise<Record<Kind, number>>[] = [];
  page.on('response', (response) => {
    const type = response.headers()['content-type'] ?? '';
    const kind = (Object.keys(KINDS) as Kind[]).find((kind) => type.startsWith(KINDS[kind]));
    if (kind === undefined) return;
    sizes.push(
      response.body().then((body) => ({ scripts: 0, styles: 0, [kind]: gzipSync(body, { level: 9 }).length })),
    );
  });
  return async () => {
    const loaded = await Promise.all(sizes);
    const sum = (kind: Kind): number => loaded.reduce((bytes, each) => bytes + each[kind], 0);
    const sums = { scripts: sum('scripts'), styles: sum('styles') };
    // A limit that nothing can break would be none.
    if (sums.scripts === 0 || sums.styles === 0) throw new Error('expected the page to load scripts and styles');
    return sums;
  };
}
