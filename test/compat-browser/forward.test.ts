import { expect, test } from 'vitest';
import type { BrowserName } from '../browser/browsers.ts';
import type { ClientPage } from './client-page.ts';
import { OldApplication, type Port } from './old-application.ts';

type Spelling = 'document' | 'other';

interface Case {
  readonly port: Port;
  readonly spellings: readonly Spelling[];
  readonly browsers: readonly BrowserName[];
}

const CHROMIUM = ['Chromium', 'Chromium', 'Chromium'] as const;
const CASES: readonly Case[] = [
  { port: 'shared', spellings: ['document', 'document', 'document'], browsers: CHROMIUM },
  { port: 'shared', spellings: ['other', 'other', 'other'], browsers: CHROMIUM },
  { port: 'shared', spellings: ['document', 'other', 'document'], browsers: ['Chromium', 'Firefox', 'Chromium'] },
  { port: 'own', spellings: ['other', 'document', 'other'], browsers: CHROMIUM },
];
/** Both names of a channel are in use; each page gives its own. */
const CHANNELS = ['chat', 'AlgoreaForum', 'chat'];

const application = new OldApplication('forward', { beside: 'snap-photo', browsers: ['Chromium', 'Firefox'] });

test.each(CASES)(
  'three pages at the $port port, spelling as $spellings in $browsers, text one another both ways',
  async ({ port, spellings, browsers }) => {
    // Its page is served at one port and may speak to another one.
    await using pages = await application.openPages(application.urlAt('shared'), ...browsers);
    const there: string[][] = [];
    for (const [index, page] of pages.entries()) {
      there.push(await page.call('connect', application.urlAt(port), spellings[index], CHANNELS[index]));
      await connected(pages.slice(0, index + 1), index);
    }
    expect(there.map(({ length }) => length)).toEqual([0, 1, 2]);
    for (const [index, page] of pages.entries()) await page.call('say', `from ${index}`);
    for (const [index, page] of pages.entries())
      expect(await page.call('heard', 2)).toEqual(
        [0, 1, 2].filter((from) => from !== index).map((from) => `from ${from}`),
      );
    // Nobody is told by the daemon that somebody has left: the channels say so.
    const [leaving] = pages.splice(1, 1);
    await leaving?.call('leave');
    await connected(pages, 1);
    expect(pages.flatMap(({ faults }) => faults)).toEqual([]);
  },
);

async function connected(pages: readonly ClientPage[], count: number): Promise<void> {
  await Promise.all(pages.map((page) => page.call('connected', count)));
}
