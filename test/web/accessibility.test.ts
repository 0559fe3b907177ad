import axe from 'axe-core';
import { expect, test } from 'vitest';
import { visitStates } from './states.ts';

test.each([
  { theme: 'light', width: 320 },
  { theme: 'dark', width: 1_280 },
] as const)('no state breaks a rule of axe-core or is wider than its screen: $theme, $width px', async (looks) => {
  const faults: string[] = [];
  let states = 0;
  await visitStates(looks, async (page, state) => {
    states += 1;
    const found: unknown = await page.evaluate(`${axe.source};
      axe.run({ resultTypes: ['violations'] }).then(({ violations }) => [
        ...violations.map(({ id, nodes }) => id + ' ' + nodes.map(({ html }) => html).join(' ')),
        ...(document.documentElement.scrollWidth > innerWidth ? ['too wide'] : []),
      ])`);
    faults.push(...(found as string[]).map((fault) => `${state}: ${fault}`));
  });
  expect(faults).toEqual([]);
  expect(states).toBe(20);
});
