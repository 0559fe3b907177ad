import { expect, test } from 'vitest';
import type { ClientPage } from './client-page.ts';
import { OldApplication, PORTS } from './old-application.ts';

/** The script of Socket.IO 4 comes from the daemon, that of version 2 with the page. */
const VERSIONS = [
  { version: 4, path: '' },
  { version: 2, path: 'version-2.html' },
] as const;
const CASES = PORTS.flatMap((port) => VERSIONS.map((version) => ({ port, ...version })));
const THREE = ['Chromium', 'Chromium', 'Chromium'] as const;
const GREETINGS = ['created', 'joined', 'secondjoined'];

const application = new OldApplication('snap-photo', { beside: 'users-list', browsers: ['Chromium', 'Firefox'] });

/** Who greets with what, one after the other. */
async function join(pages: readonly ClientPage[], room: string): Promise<string[]> {
  const answers: string[] = [];
  for (const page of pages) answers.push(await page.call<string>('join', room));
  return answers;
}

async function connected(pages: readonly ClientPage[], count: number): Promise<void> {
  await Promise.all(pages.map((page) => page.call('connected', count)));
}

/** Each sends a photo to the two others; resolves once all six are there, every pixel of them. */
async function exchange(pages: readonly ClientPage[]): Promise<void> {
  await connected(pages, 2);
  const sent = await Promise.all(pages.map((page) => page.call<string>('snap')));
  expect(new Set(sent).size).toBe(3);
  for (const [index, page] of pages.entries()) {
    const photos = await page.call<Record<string, string>>('received', 2);
    const expected = Object.fromEntries(sent.map((hash, sender) => [String(sender + 1), hash]));
    delete expected[String(index + 1)];
    expect(photos).toEqual(expected);
  }
}

test.each(CASES)(
  'three pages at the $port port, Socket.IO version $version, send each other their photos: six deliveries, every pixel',
  async ({ port, version, path }) => {
    await using pages = await application.openPages(`${application.urlAt(port)}${path}`, ...THREE);
    expect(await join(pages, `garden ${port} ${version}`)).toEqual(GREETINGS);
    await exchange(pages);
    expect(pages.flatMap(({ faults }) => faults)).toEqual([]);
  },
);

test.each(VERSIONS)(
  'a fourth page of version $version finds the room full, until somebody leaves',
  async ({ version, path }) => {
    const room = `shed ${version}`;
    await using pages = await application.openPages(`${application.urlAt('shared')}${path}`, ...THREE, 'Chromium');
    expect(await join(pages, room)).toEqual([...GREETINGS, 'full']);
    const members = pages.slice(0, 3);
    let [outside] = pages.slice(3);
    for (const [index, greeting] of GREETINGS.entries()) {
      await connected(members, 2);
      const newcomers = outside === undefined ? [] : [outside];
      [outside] = members.splice(index, 1);
      await outside?.call('exit', room);
      for (const member of members) await member.call('missed');
      await connected(members, 1);
      expect(await join(newcomers, room)).toEqual([greeting]);
      members.splice(index, 0, ...newcomers);
    }
    await exchange(members);
  },
);

test('a page of Firefox between two others sends and gets photos', async () => {
  await using pages = await application.openPages(application.urlAt('shared'), 'Chromium', 'Firefox', 'Chromium');
  expect(await join(pages, 'porch')).toEqual(GREETINGS);
  await exchange(pages);
  expect(pages.flatMap(({ faults }) => faults)).toEqual([]);
});
