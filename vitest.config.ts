import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    // Deadlines, not expectations: a test waits for an event and is only cut off here when that never comes.
    testTimeout: 60_000,
    hookTimeout: 120_000,
    // Two cores: more workers only make real processes wait for one another.
    maxWorkers: 2,
  },
});
