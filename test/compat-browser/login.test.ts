import { expect, test } from 'vitest';
import { OldApplication } from './old-application.ts';

const application = new OldApplication('login', {
  beside: 'web-connections',
  daemonArgs: () => ['--origin', 'null'],
  // The port that the client looks at is a free one on this machine.
  chromiumArgs: () => [`--host-resolver-rules=MAP localhost:7777 ${new URL(application.urlAt('own')).host}`],
});

const ROWS = [
  ['the daemon', 'port 7777', 'document', 'constructor'],
  ['the daemon', 'port 7777', 'other', '__proto__'],
  ['the daemon', 'the daemon’s port', 'document', 'toString'],
  ['the daemon', 'the daemon’s port', 'other', 'valueOf'],
  ['a file', 'port 7777', 'other', 'hasOwnProperty'],
] as const;

test.each(ROWS.map(([from, place, spelling, odd]) => ({ from, place, spelling, odd })))(
  'a page from $from logs in at $place, connects, texts, disconnects, and so with another one, field as in $spelling',
  async ({ from, place, spelling, odd }) => {
    const served = application.urlAt('shared').replace('127.0.0.1', 'localhost');
    const page = from === 'a file' ? application.fileUrl : served;
    const service = place === 'port 7777' ? undefined : served;
    // Those of the test before may not be free yet.
    const [shedLogin, kitchenLogin] = [`shed ${odd}`, `kitchen ${odd}`];
    await using pages = await application.openPages(page, 'Chromium', 'Chromium', 'Chromium');
    const [shed, kitchen, porch] = pages;
    if (shed === undefined || kitchen === undefined || porch === undefined) throw new Error('expected three pages');
    await shed.call('open', spelling, service);
    await kitchen.call('open', spelling, service);
    // Whoever comes in at the other port, with the other spelling, is in the same system.
    await porch.call('open', spelling === 'other' ? 'document' : 'other');
    expect(await shed.call('join', shedLogin)).toBe(true);
    expect(await kitchen.call('join', shedLogin)).toBe(false);
    expect(await kitchen.call('join', kitchenLogin)).toBe(true);
    expect(await porch.call('join', kitchenLogin)).toBe(false);
    expect(await porch.call('join', odd)).toBe(true);

    for (const [other, login] of [
      [kitchen, kitchenLogin],
      [porch, odd],
      [kitchen, kitchenLogin],
    ] as const) {
      await shed.call('connectTo', login);
      await Promise.all([shed.call('connected', login), other.call('connected', shedLogin)]);
      await shed.call('send', 'hello');
      expect(await other.call('heard')).toEqual([`${shedLogin}: hello`]);
      await other.call('send', 'hello, too');
      expect(await shed.call('heard')).toEqual([`${login}: hello, too`]);
      await shed.call('disconnect');
      await other.call('disconnected');
    }

    await kitchen.call('signOut');
    // The answer to this tells that the service has heard that.
    expect(await kitchen.call('join', `${kitchenLogin} again`)).toBe(true);
    expect(await porch.call('join', kitchenLogin)).toBe(true);
    await shed.call('connectTo', odd);
    expect(await shed.call('failed')).toBe(`Unknown user: ${odd}`);
    expect(pages.flatMap(({ faults }) => faults)).toEqual([]);
  },
);
