import { expect } from 'vitest';
import { exchangeNotes, link, type Check, type Party } from './party.ts';

/** One end of a link at a time may signal. */
export const LOCK_CHECKS: readonly Check[] = [
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
];

/** All seek the lock at once: no two have it at the same time, and each gets it as often as it is in `order`. */
async function expectTakenInTurn(one: Party, other: Party, order: readonly Party[]): Promise<void> {
  let holders = 0;
  await Promise.all(
    order.map(async (party) => {
      await party.do('lock');
      holders += 1;
      await exchangeNotes(one, other);
      expect(holders).toBe(1);
      holders -= 1;
      await party.do('unlock');
    }),
  );
}
