import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { ClientPage } from './client-page.ts';
import { CONNECTION_CHECKS } from './connection-checks.ts';
import { LOCK_CHECKS } from './lock-checks.ts';
import { MESSAGE_CHECKS } from './message-checks.ts';
import { Party, TRANSPORTS, type Parties, type Transport } from './party.ts';
import { OldApplication } from './old-application.ts';

/** What the system’s own page of checks goes through, in that order. */
const CHECKS = [...MESSAGE_CHECKS, ...LOCK_CHECKS, ...CONNECTION_CHECKS];
/** Its own checks have all ids in one page; between people they are in several. */
const PLACES = [
  { port: 'own', title: 'one page', pages: [0, 0, 0] },
  { port: 'shared', title: 'a page each', pages: [0, 1, 2] },
] as const;
const CASES = PLACES.flatMap((place) =>
  TRANSPORTS.flatMap((transport) => CHECKS.map((check) => ({ place, title: place.title, transport, ...check }))),
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

/** New ids in these pages. */
function partiesAt({ port, pages }: (typeof PLACES)[number], transport: Transport): Parties {
  const [one, other, third] = pages.map((index) => {
    const page = opened.get(port)?.[index];
    if (page === undefined) throw new Error('expected a page to be open');
    return new Party(page, transport, randomUUID());
  });
  if (one === undefined || other === undefined || third === undefined) throw new Error('expected three parties');
  return [one, other, third];
}

async function closeAll(parties: Parties): Promise<void> {
  for (const party of parties) await party.do('close');
}

test.each(CASES)('$name: $transport, in $title', async ({ place, transport, run }) => {
  const parties = partiesAt(place, transport);
  try {
    for (const party of parties) await party.do('open', transport);
    await run(...parties);
  } finally {
    await closeAll(parties);
  }
});

test.each(PLACES)('a stream begins with the list of the others, in $title', async (place) => {
  const parties = partiesAt(place, 'event stream');
  const [one, other, third] = parties;
  try {
    for (const party of parties) await party.do('open', 'event stream');
    const { from, to, type, data } = await third.do<Listing>('listing');
    expect([from, to, type]).toEqual([third.id, third.id, 'listing']);
    expect(data.peers).toEqual(expect.arrayContaining([one.id, other.id]));
    expect(data.peers).not.toContain(third.id);
  } finally {
    await closeAll(parties);
  }
});

test('nothing went wrong in any page but that somebody was not there any more', () => {
  const faults = [...opened.values()].flatMap((pages) => pages.flatMap((page) => page.faults));
  expect(faults.filter((fault) => !fault.includes('404'))).toEqual([]);
});

interface Listing {
  readonly from: string;
  readonly to: string;
  readonly type: string;
  readonly data: { readonly peers: readonly string[] };
}
