import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    // Minutes long, and in need of a file: `npm run test:data`.
    exclude: ['test/data/**'],
    globalSetup: ['test/support/global-setup.ts'],
    setupFiles: ['test/support/setup.ts'],
    // Most tests take a second. These are for what hangs, and for a machine that is slow and busy.
    testTimeout: 120_000,
    hookTimeout: 120_000,
    expect: { poll: { timeout: 30_000 } },
    // Many tests wait for processes and timers: one more than there are cores.
    maxWorkers: 3,
    env: { NODE_ENV: 'test' },
  },
});
