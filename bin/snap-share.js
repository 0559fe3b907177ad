#!/usr/bin/env node
import { existsSync } from 'node:fs';
import module from 'node:module';

const entry = new URL('../dist/main.js', import.meta.url);
if (!existsSync(entry)) {
  process.stderr.write('error: dist/ is missing; in a checkout run "npm run build" first\n');
  process.exit(1);
}
// Node 22 and later keep compiled code between runs.
module.enableCompileCache?.();
const { main } = await import(entry.href);
await main(process.argv.slice(2));
