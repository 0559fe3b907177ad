import { mkdir } from 'node:fs/promises';
import { visitStates } from './states.ts';

/** Every state at three widths in both themes, as pictures to be looked at. Where: the first argument. */
const [directory = 'screens'] = process.argv.slice(2);
await mkdir(directory, { recursive: true });
for (const theme of ['light', 'dark'] as const) {
  for (const width of [320, 768, 1_280]) {
    await visitStates({ theme, width }, async (page, state) => {
      await page.screenshot({ path: `${directory}/${state}-${width}-${theme}.png`, fullPage: true });
    });
  }
}
