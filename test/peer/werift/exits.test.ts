import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

// The limit on the time between the last close and the end: what a user takes for at once. Unmended it is up to half a minute.
test.each(['open', 'offered', 'waiting for servers', 'in a handshake'])(
  'a process that has closed its connection ends by itself: %s',
  async (way) => {
    const script = fileURLToPath(new URL('exits.ts', import.meta.url));
    const child = spawn(process.execPath, ['--import', 'tsx', script, way], { stdio: ['ignore', 'pipe', 'inherit'] });
    await once(child.stdout, 'data');
    const closed = performance.now();
    const [code] = (await once(child, 'exit')) as [number | null];
    expect(code).toBe(0);
    expect(performance.now() - closed).toBeLessThan(1_000);
  },
);
