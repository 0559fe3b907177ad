import { expect, test } from 'vitest';
import { OldApplication } from './old-application.ts';

const application = new OldApplication('login', {
  beside: 'web-connections',
  daemonArgs: () => ['--origin', 'null'],
  // The port that the client looks at is a free one on this machine.
  chromiumArgs: () => [`--host-resolver-rules=MAP localhost:7777 ${new URL(application.urlAt('own')).host}`],
});

const served = (): string => application.urlAt('shared').replace('127.0.0.1', 'localhost');
const onDisk = (): string => application.fileUrl;

test.each([
  { from: 'the daemon', page: served, place: 'port 7777', service: undefined, spelling: 'document' },
  { from: 'the daemon', page: served, place: 'port 7777', service: undefined, spelling: 'other' },
  { from: 'the daemon', page: served, place: 'the daemon’s port', service: served, spelling: 'document' },
  { from: 'the daemon', page: served, place: 'the daemon’s port', service: served, spelling: 'other' },
  { from: 'a file', page: onDisk, place: 'port 7777', service: undefined, spelling: 'other' },
])(
  'a page from $from logs in at $place, connects, texts, disconnects, and so with another one, field as in $spelling',
  async ({ page, service, spelling }) => {
    await using pages = await application.openPages(page(), 'Chromium', 'Chromium', 'Chromium');
    const [shed, kitchen, porch] = pages;
    if (shed === undefined || kitchen === undefined || porch === undefined) throw new Error('expected three pages');
    await shed.call('open', spelling, service?.());
    await kitchen.call('open', spelling, service?.());
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
