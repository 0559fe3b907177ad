import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { DEEDS, exchange, hear, SAYINGS, type Outcome, type Party, type System } from './system.ts';
import { SYSTEMS, World } from './world.ts';

let world: World;

beforeAll(async () => {
  world = await World.open();
});

afterAll(async () => {
  await world.exchange();
  await world[Symbol.asyncDispose]();
  expect(world.failures).toEqual([]);
});

describe.each(SYSTEMS.map((system) => ({ name: system.name, system })))('a client of $name', ({ system }) => {
  describe('says', () => {
    for (const name of SAYINGS) {
      const said = system.sayings[name];
      if ('because' in said) {
        test(`${name}: does not apply, since ${said.because}`, () => expect(said.because).not.toBe(''));
        continue;
      }
      test(name, async () => {
        await world.exchange();
        let party = await world.gather(system);
        for (const [text, outcome] of said) {
          for (const one of typeof text === 'string' ? [text] : text(party)) {
            await say(system, party, one, outcome);
            if (outcome.ends !== undefined) {
              await party[Symbol.asyncDispose]();
              party = await world.gather(system);
            }
          }
        }
        await world.exchange();
        await party[Symbol.asyncDispose]();
      });
    }
  });

  for (const name of DEEDS) {
    const deed = system.deeds[name];
    if (typeof deed !== 'function') {
      test(`${name}: does not apply, since ${deed.because}`, () => expect(deed.because).not.toBe(''));
      continue;
    }
    test(name, async () => {
      await world.exchange();
      await using party = await world.gather(system);
      await deed(party, world.placeOf(system));
      await world.exchange();
    });
  }
});

/** Says something, and sees what comes of it and that nothing else does. */
async function say(system: System, party: Party, text: string, outcome: Outcome): Promise<void> {
  const { self, other, third } = party;
  const answer = await self.say(text);
  const wanted = outcome.answer ?? system.answer;
  if (wanted === undefined) expect(answer).toBeUndefined();
  else expect(answer).toMatchObject(wanted);
  await hear([self], outcome.hears ?? []);
  await hear([other], outcome.otherHears?.(party) ?? []);
  if (outcome.ends === undefined) {
    await exchange([self, other, third]);
  } else {
    expect(await self.end()).toEqual(outcome.ends);
    await hear([other, third], system.farewell);
    await exchange([other, third]);
  }
}
