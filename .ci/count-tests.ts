/** `tsx .ci/count-tests.ts passed|failed FILE…`: adds up the tests in reports of vitest's json reporter. */
import { readFileSync } from 'node:fs';

const [what, ...files] = process.argv.slice(2);
const key = what === 'passed' ? 'numPassedTests' : 'numFailedTests';
const counts = files.map((file) => (JSON.parse(readFileSync(file, 'utf8')) as Record<string, number>)[key] ?? 0);
console.log(counts.reduce((sum, count) => sum + count, 0));
