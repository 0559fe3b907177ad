import { expect } from 'vitest';
import { link, type Check } from './party.ts';

/** What goes from page to page, once the server has brought them together. */
export const CONNECTION_CHECKS: readonly Check[] = [
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
