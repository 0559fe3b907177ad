import { readdirSync, statSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { pathOf } from './child.ts';
import { clickToTick } from './click-to-tick.ts';
import { dialects } from './dialects.ts';
import { eventStreams } from './event-streams.ts';
import type { Figure } from './figure.ts';
import { firstPhoto } from './first-photo.ts';
import { joins } from './joins.ts';
import { memory } from './memory.ts';
import { pageSize } from './page-size.ts';
import { photoPath } from './photo-path.ts';
import { signaling } from './signaling.ts';
import { tableOf } from './table.ts';

/**
 * `npm run bench -- [name…] [--quick] [--json]`: ratios of snap-share to bare programs of the same run, and amounts that
 * have a limit. A table for people on standard error, with --json one document on standard output. Ends with 1 when a
 * limit does not hold.
 */
const benchmarks = [photoPath, firstPhoto, clickToTick, signaling, eventStreams, dialects, memory, joins, pageSize];

const { values: flags, positionals: names } = parseArgs({
  allowPositionals: true,
  options: { quick: { type: 'boolean', default: false }, json: { type: 'boolean', default: false } },
});
const unknown = names.find((name) => benchmarks.every((benchmark) => benchmark.name !== name));
if (unknown !== undefined)
  fail(`expected one of ${benchmarks.map(({ name }) => name).join(', ')}, got ${JSON.stringify(unknown)}`);
if (process.platform !== 'linux') fail('the benchmarks read /proc, which only Linux has');
if (newest(pathOf('../src')) > newest(pathOf('../dist')))
  fail('dist/, which is measured, is missing or older than src/: run "npm run build" first');

const figures: Figure[] = [];
for (const benchmark of benchmarks)
  if (names.length === 0 || names.includes(benchmark.name)) figures.push(...(await benchmark.run(flags)));

console.error(tableOf(figures));
const ok = figures.every((figure) => figure.ok);
if (flags.json) {
  const machine = { node: process.version, cores: availableParallelism() };
  console.log(JSON.stringify({ v: 1, ...machine, quick: flags.quick, ok, figures }, undefined, 2));
}
process.exitCode = ok ? 0 : 1;

/** When the last of a folder's files was written; 0 for a folder that is not there. */
function newest(folder: string): number {
  const entries =
    statSync(folder, { throwIfNoEntry: false }) === undefined ? [] : readdirSync(folder, { recursive: true });
  return Math.max(0, ...entries.map((entry) => statSync(join(folder, String(entry))).mtimeMs));
}

function fail(message: string): never {
  console.error(`error: ${message}`);
  process.exit(1);
}
