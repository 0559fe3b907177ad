// node .ci/count.mjs passed|failed FILE…: adds up the tests in reports of vitest's json reporter.
import { readFileSync } from 'node:fs';

const [what, ...files] = process.argv.slice(2);
const key = { passed: 'numPassedTests', failed: 'numFailedTests' }[what];
console.log(files.reduce((sum, file) => sum + JSON.parse(readFileSync(file, 'utf8'))[key], 0));
