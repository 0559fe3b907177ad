import { defineConfig } from 'vitest/config';

/** The packed tarball, installed as a user would, under every supported Node. Slow, so it is a run of its own. */
export default defineConfig({
  test: {
    include: ['test/package/**/*.package.ts'],
    testTimeout: 300_000,
    hookTimeout: 300_000,
    maxWorkers: 1,
  },
});
