import { expect } from 'vitest';
import { link, type Check } from './party.ts';

/** What goes through the server from one id to another. */
export const MESSAGE_CHECKS: readonly Check[] = [
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
];
