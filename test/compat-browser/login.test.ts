import { expect, test } from 'vitest';
import { OldApplication } from './old-application.ts';

const PLACES = ['at 7777', 'at the daemon’s own port'] as const;
const SPELLINGS = ['document', 'other'] as const;
const CASES = PLACES.flatMap((place) => SPELLINGS.map((spelling) => ({ place, spelling })));

const application = new OldApplication('login', {
  beside: 'web-connections',
  // The port that the client looks at is a free one on this machine.
  chromiumArgs: () => [`--host-resolver-rules=MAP localhost:7777 ${new URL(application.urlAt('own')).host}`],
});

test.each(CASES)(
  'a page $place, field as in $spelling, logs in, connects, texts, disconnects, and does so with another one',
  async ({ place, spelling }) => {
    const pageUrl = application.urlAt('shared').replace('127.0.0.1', 'localhost');
    await using pages = await application.openPages(pageUrl, 'Chromium', 'Chromium', 'Chromium');
    const [shed, kitchen, porch] = pages;
    if (shed === undefined || kitchen === undefined || porch === undefined) throw new Error('expected three pages');
    const service = place === 'at 7777' ? [] : [pageUrl];
    await shed.call('open', spelling, ...service);
    await kitchen.call('open', spelling, ...service);
    // Whoever comes in at the other port, with the other spelling, is in the same system.
    await porch.call('open', spelling === 'other' ? 'document' : 'other');
    expect(await shed.call('join', 'shed')).toBe(true);
    expect(await kitchen.call('join', 'shed')).toBe(false);
    expect(await kitchen.call('join', 'kitchen')).toBe(true);
    expect(await porch.call('join', 'kitchen')).toBe(false);
    expect(await porch.call('join', 'constructor')).toBe(true);

    for (const [other, login] of [
      [kitchen, 'kitchen'],
      [porch, 'constructor'],
      [kitchen, 'kitchen'],
    ] as const) {
      await shed.call('connectTo', login);
      await Promise.all([shed.call('connected', login), other.call('connected', 'shed')]);
      await shed.call('send', 'hello');
      expect(await other.call('heard')).toEqual(['shed: hello']);
      await other.call('send', 'hello, too');
      expect(await shed.call('heard')).toEqual([`${login}: hello, too`]);
      await shed.call('disconnect');
      await other.call('disconnected');
    }

    await kitchen.call('signOut');
    expect(await porch.call('join', 'kitchen')).toBe(true);
    await shed.call('connectTo', 'constructor');
    expect(await shed.call('failed')).toBe('Unknown user: constructor');
    expect(pages.flatMap(({ faults }) => faults)).toEqual([]);
  },
);
