import { expect } from 'vitest';
import type { ClientPage } from './client-page.ts';

export const TRANSPORTS = ['WebSocket', 'event stream'] as const;
export type Transport = (typeof TRANSPORTS)[number];

/** An id of the system `web-connections`, in some page. Calls are those of clients/web-connections/client.js. */
export class Party {
  readonly id: string;
  readonly transport: Transport;
  readonly #page: ClientPage;

  constructor(page: ClientPage, transport: Transport, id: string) {
    this.#page = page;
    this.transport = transport;
    this.id = id;
  }

  do<Result = void>(what: string, ...args: readonly unknown[]): Promise<Result> {
    return this.#page.call<Result>(what, this.id, ...args);
  }
}

/** Three ids that are connected to the server; checks of links are about the first two. */
export type Parties = readonly [Party, Party, Party];

/** What its own page of checks goes through, in that order. */
export const CHECKS: readonly { readonly name: string; readonly run: (...parties: Parties) => Promise<void> }[] = [
  {
    name: 'sends to self',
    async run(one) {
      await one.do('receive', 'own', 'note');
      await one.do('send', one.id, 'note', { text: 'häuser' });
      expect(await one.do('heard', 'own', 1)).toEqual([{ text: 'häuser' }]);
    },
  },
  {
    name: 'sends to others',
    async run(...all) {
      for (const party of all) await party.do('receive', 'others', 'note');
      for (const from of all)
        for (const to of all) if (from !== to) await from.do('send', to.id, 'note', `${from.id} ${to.id}`);
      for (const to of all) {
        const expected = all.filter((from) => from !== to).map((from) => `${from.id} ${to.id}`);
        const heard = await to.do<string[]>('heard', 'others', 2);
        // Two senders are in no order.
        expect(new Set(heard)).toEqual(new Set(expected));
      }
    },
  },
  {
    name: 'sends in order',
    async run(one, other) {
      const numbers = Array.from({ length: 50 }, (_, index) => index);
      for (const party of [one, other]) await party.do('receive', 'numbers', 'number');
      const senders = [one.do('sendAll', other.id, 'number', numbers), other.do('sendAll', one.id, 'number', numbers)];
      await Promise.all(senders);
      for (const party of [one, other]) expect(await party.do('heard', 'numbers', numbers.length)).toEqual(numbers);
    },
  },
  {
    name: 'dispatches by type',
    async run(one, other) {
      for (const type of ['note', 'number']) await other.do('receive', type, type);
      await one.do('send', other.id, 'number', 1);
      await one.do('send', other.id, 'unheard', 'nobody asked');
      await one.do('send', other.id, 'note', 'first');
      await one.do('send', other.id, 'note', 'second');
      expect(await other.do('heard', 'note', 2)).toEqual(['first', 'second']);
      expect(await other.do('heard', 'number', 1)).toEqual([1]);
    },
  },
  {
    name: 'dispatches by to',
    async run(one, other, third) {
      for (const party of [other, third]) await party.do('receive', 'notes', 'note');
      await one.do('send', other.id, 'note', 'to the second');
      await one.do('send', third.id, 'note', 'to the third');
      await one.do('send', other.id, 'note', 'again');
      expect(await other.do('heard', 'notes', 2)).toEqual(['to the second', 'again']);
      expect(await third.do('heard', 'notes', 1)).toEqual(['to the third']);
    },
  },
  {
    name: 'dispatches by from',
    async run(one, other, third) {
      for (const from of [other, third]) await one.do('receive', from.id, 'note', from.id);
      await other.do('send', one.id, 'note', 'from the second');
      await third.do('send', one.id, 'note', 'from the third');
      await other.do('send', one.id, 'note', 'again');
      expect(await one.do('heard', other.id, 2)).toEqual(['from the second', 'again']);
      expect(await one.do('heard', third.id, 1)).toEqual(['from the third']);
    },
  },
  {
    name: 'leaves nothing behind',
    async run(one, other, third) {
      await link(one, other);
      await one.do('createDataChannel', 'data');
      await one.do('closeLink');
      await one.do('closeLink');
      await other.do('linkEnded');
      await other.do('closeLink');
      await third.do('close');
      await third.do('close');
      expect(await one.do('sendUntilNobody', third.id)).toBe(
        one.transport === 'WebSocket' ? 'the connection is over' : '404 Not found',
      );
      // The id is free for a new client, which gets what is sent to it and nothing of before.
      await third.do('open', third.transport);
      await third.do('receive', 'notes', 'note');
      await other.do('send', third.id, 'note', 'welcome back');
      expect(await third.do('heard', 'notes', 1)).toEqual(['welcome back']);
    },
  },
  {
    name: 'a lock waits for the other side',
    async run(one, other) {
      await link(one, other);
      await one.do('lock');
      let isHeld = false;
      const waiting = other.do('lock').then(() => (isHeld = true));
      // What is sent after the request has come, and gone back: had it been answered, the answer would be there.
      await exchangeNotes(one, other);
      expect(isHeld).toBe(false);
      await one.do('unlock');
      await waiting;
      await other.do('unlock');
    },
  },
  {
    name: 'a lock resolves to what its task does',
    async run(one, other) {
      await link(one, other);
      expect(await one.do('runLocked', { result: 'done' })).toBe('done');
      expect(await other.do('runLocked', { result: 'done, too' })).toBe('done, too');
    },
  },
  {
    name: 'a lock rejects with what its task does, and is free again',
    async run(one, other) {
      await link(one, other);
      await expect(one.do('runLocked', { error: 'broken' })).rejects.toThrow('broken');
      expect(await other.do('runLocked', { result: 'free' })).toBe('free');
      expect(await one.do('runLocked', { result: 'free' })).toBe('free');
    },
  },
  {
    name: 'a lock is given up in time',
    async run(one, other) {
      await link(one, other);
      await one.do('lock');
      await expect(other.do('lock', 50)).rejects.toThrow('not to be had in time');
      await one.do('unlock');
      expect(await other.do('runLocked', { result: 'had' })).toBe('had');
    },
  },
  {
    name: 'a lock orders the tasks of one side',
    async run(one, other) {
      await link(one, other);
      await expectTakenInTurn(one, other, [one, one, one, one]);
    },
  },
  {
    name: 'a lock orders the tasks of both sides',
    async run(one, other) {
      await link(one, other);
      await expectTakenInTurn(one, other, [one, other, one, other, one, other]);
    },
  },
  {
    name: 'data on open',
    async run(one, other) {
      await link(one, other);
      await one.do('createDataChannel', 'data', {}, 'at once');
      expect(await other.do('heardOn', 1)).toEqual(['data: at once']);
    },
  },
  {
    name: 'data on a channel, both ways',
    async run(one, other) {
      await link(one, other);
      await one.do('createDataChannel', 'data');
      await one.do('sayOn', 'data', 'there');
      await other.do('reply', 'data', 'and back');
      expect(await other.do('heardOn', 1)).toEqual(['data: there']);
      expect(await one.do('heardOn', 1)).toEqual(['data: and back']);
    },
  },
  {
    name: 'data on two channels',
    async run(one, other) {
      await link(one, other);
      await Promise.all(['left', 'right'].map((label) => one.do('createDataChannel', label, {}, label)));
      expect(await other.do('heardOn', 2)).toEqual(['left: left', 'right: right']);
      for (const label of ['left', 'right']) await other.do('reply', label, 'back');
      expect(await one.do('heardOn', 2)).toEqual(['left: back', 'right: back']);
    },
  },
  {
    name: 'channels that both sides make at once',
    async run(one, other) {
      await link(one, other);
      const made = [
        one.do('createDataChannel', 'one', {}, 'hello'),
        other.do('createDataChannel', 'other', {}, 'hello'),
      ];
      await Promise.all(made);
      expect(await one.do('heardOn', 1)).toEqual(['other: hello']);
      expect(await other.do('heardOn', 1)).toEqual(['one: hello']);
    },
  },
  {
    name: 'a pre-negotiated channel that both sides make at once',
    async run(one, other) {
      await link(one, other);
      const both = [one, other];
      await Promise.all(both.map((party) => party.do('createDataChannel', 'both', { negotiated: true, id: 0 })));
      for (const party of both) await party.do('sayOn', 'both', `from ${party.id}`);
      expect(await one.do('heardOn', 1)).toEqual([`both: from ${other.id}`]);
      expect(await other.do('heardOn', 1)).toEqual([`both: from ${one.id}`]);
    },
  },
  {
    name: 'media one way',
    async run(one, other) {
      await link(one, other);
      await one.do('addStream');
      await other.do('seesAndHears');
    },
  },
  {
    name: 'media both ways at once',
    async run(one, other) {
      await link(one, other);
      await Promise.all([one, other].map((party) => party.do('addStream')));
      await Promise.all([one, other].map((party) => party.do('seesAndHears')));
    },
  },
  {
    name: 'data and media at once',
    async run(one, other) {
      await link(one, other);
      const both = [one, other];
      const channels = both.map((party) => party.do('createDataChannel', party.id, {}, 'hello'));
      await Promise.all([...channels, ...both.map((party) => party.do('addStream'))]);
      expect(await one.do('heardOn', 1)).toEqual([`${other.id}: hello`]);
      expect(await other.do('heardOn', 1)).toEqual([`${one.id}: hello`]);
      await Promise.all(both.map((party) => party.do('seesAndHears')));
    },
  },
];

async function link(one: Party, other: Party): Promise<void> {
  await one.do('link', other.id);
  await other.do('link', one.id);
}

/** What both have said to one another before has come, and what came of it, once this resolves. */
async function exchangeNotes(one: Party, other: Party): Promise<void> {
  for (const [from, to] of [
    [other, one],
    [one, other],
  ] as const) {
    await to.do('receive', 'exchanged', 'note');
    await from.do('send', to.id, 'note');
    await to.do('heard', 'exchanged', 1);
  }
}

/** All seek the lock at once: no two have it at the same time, and each gets it as often as it is in `order`. */
async function expectTakenInTurn(one: Party, other: Party, order: readonly Party[]): Promise<void> {
  let holders = 0;
  await Promise.all(
    order.map(async (party) => {
      await party.do('lock', 20_000);
      holders += 1;
      await exchangeNotes(one, other);
      expect(holders).toBe(1);
      holders -= 1;
      await party.do('unlock');
    }),
  );
}
