import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    // Minutes long, and in need of a file: `npm run test:data`.
    exclude: ['test/data/**'],
    globalSetup: ['test/support/global-setup.ts'],
    testTimeout: 30_000,
    hookTimeout: 60_000,
    // A condition is awaited for as long as a slow machine may take, not for a second.
    expect: { poll: { timeout: 20_000 } },
    // Many tests wait for processes and timers: one more than there are cores.
    maxWorkers: 3,
    env: { NODE_ENV: 'test' },
  },
});
