import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { ClientPage } from './client-page.ts';
import { CHECKS, Party, TRANSPORTS } from './link-checks.ts';
import { OldApplication } from './old-application.ts';

/** Its own checks have all ids in one page; between people they are in several. */
const PLACES = [
  { port: 'own', place: 'one page', pages: [0, 0, 0] },
  { port: 'shared', place: 'a page each', pages: [0, 1, 2] },
] as const;
const CASES = PLACES.flatMap((place) =>
  TRANSPORTS.flatMap((transport) => CHECKS.map((check) => ({ ...place, transport, ...check }))),
);

const application = new OldApplication('web-connections', { beside: 'forward' });
const opened = new Map<string, ClientPage[] & AsyncDisposable>();
beforeAll(async () => {
  for (const { port } of PLACES)
    opened.set(port, await application.openPages(application.urlAt(port), 'Chromium', 'Chromium', 'Chromium'));
});
afterAll(async () => {
  for (const pages of opened.values()) await pages[Symbol.asyncDispose]();
});

test('all checks of its list are here', () => {
  expect(CHECKS.length).toBe(21);
});

test.each(CASES)('$name: $transport, in $place', async ({ port, pages, transport, run }) => {
  const [one, other, third] = pages.map((index) => {
    const page = opened.get(port)?.[index];
    if (page === undefined) throw new Error('expected a page to be open');
    // Ids of this length are listed.
    return new Party(page, transport, randomUUID());
  });
  if (one === undefined || other === undefined || third === undefined) throw new Error('expected three parties');
  const parties = [one, other, third] as const;
  try {
    for (const party of parties) await party.do('open', transport);
    await run(...parties);
  } finally {
    for (const party of parties) await party.do('close');
  }
});
