import { mkdir, writeFile } from 'node:fs/promises';
import sharp from 'sharp';
import { showcase } from './showcase.ts';
import { visitStates } from './states.ts';

/** The README's pictures, and every state at three widths in both themes to be looked at. Where: the first argument. */
const [directory = 'screens'] = process.argv.slice(2);
await mkdir('docs', { recursive: true });
await showcase(async (page, name) => {
  // A palette: a third of the bytes, and nobody sees it.
  const picture = await sharp(await page.screenshot())
    .png({ palette: true, quality: 90, effort: 10 })
    .toBuffer();
  await writeFile(`docs/${name}.png`, picture);
});
await mkdir(directory, { recursive: true });
for (const theme of ['light', 'dark'] as const) {
  for (const width of [320, 768, 1_280]) {
    await visitStates({ theme, width }, async (page, state) => {
      await page.screenshot({ path: `${directory}/${state}-${width}-${theme}.png`, fullPage: true });
    });
  }
}
