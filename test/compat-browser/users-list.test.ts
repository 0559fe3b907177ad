import { afterAll, beforeAll, expect, test } from 'vitest';
import { startDaemon } from '../e2e/cli-process.ts';
import type { ClientPage } from './client-page.ts';
import { clientFiles, OldApplication, PORTS } from './old-application.ts';

/** The client comes from the daemon that it speaks to, or with its page. */
const VERSIONS = [
  { version: 4, path: '' },
  { version: 2, path: 'version-2.html' },
] as const;

/** Where the page comes from: it is of another origin than the system that it speaks to. */
let elsewhere: Awaited<ReturnType<typeof startDaemon>>;
let files: Awaited<ReturnType<typeof clientFiles>>;
beforeAll(async () => {
  files = await clientFiles('users-list');
  elsewhere = await startDaemon('--static', files.path);
});
afterAll(async () => {
  await elsewhere[Symbol.asyncDispose]();
  await files[Symbol.asyncDispose]();
});

const application = new OldApplication('users-list', {
  beside: 'snap-photo',
  daemonArgs: () => ['--origin', elsewhere.url],
});

test.each(PORTS.flatMap((port) => VERSIONS.map((version) => ({ port, ...version }))))(
  'a page of another origin, Socket.IO version $version, at the $port port is declined, calls, is called and hangs up',
  async ({ port, path }) => {
    await using pages = await application.openPages(`${elsewhere.url}${path}`, 'Chromium', 'Chromium');
    const [shed, kitchen] = await connect(pages, application.urlAt(port));
    await shed.page.call('call', kitchen.id);
    expect(await kitchen.page.call('ringing')).toBe(shed.id);
    await kitchen.page.call('decline');
    expect(await shed.page.call('ended')).toEqual(['decline', kitchen.id]);
    await call(shed, kitchen);
    await shed.page.call('hangUp');
    expect(await kitchen.page.call('ended')).toEqual(['hangup', shed.id]);
    await call(kitchen, shed);
    await shed.page.call('hangUp');
    expect(await kitchen.page.call('ended')).toEqual(['hangup', shed.id]);
    await kitchen.page[Symbol.asyncDispose]();
    await shed.page.call('sees', [shed.id]);
    const faults = pages.flatMap((page) => page.faults);
    expect(faults.filter((fault) => !fault.startsWith(application.urlAt(port)))).toEqual([]);
  },
);

interface User {
  readonly page: ClientPage;
  readonly id: string;
}

/** The users of two pages, once each sees the other one. */
async function connect(pages: readonly ClientPage[], url: string): Promise<[User, User]> {
  const users: User[] = [];
  for (const page of pages) users.push({ page, id: await page.call('connect', url) });
  for (const { page } of users)
    await page.call(
      'sees',
      users.map(({ id }) => id),
    );
  const [first, second] = users;
  if (first === undefined || second === undefined) throw new Error('expected two pages');
  return [first, second];
}

/** Both see and hear the other one in the end. */
async function call(caller: User, callee: User): Promise<void> {
  await caller.page.call('call', callee.id);
  expect(await callee.page.call('ringing')).toBe(caller.id);
  await callee.page.call('accept');
  await Promise.all([caller, callee].map(({ page }) => page.call('seesAndHears')));
}
