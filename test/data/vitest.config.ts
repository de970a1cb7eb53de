import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

/** The replay of real input, several minutes long: `npm run test:data`. */
export default defineConfig({
  root: fileURLToPath(new URL('../..', import.meta.url)),
  test: {
    include: ['test/data/**/*.test.ts'],
    globalSetup: ['test/support/global-setup.ts'],
    setupFiles: ['test/support/setup.ts'],
    reporters: ['verbose'],
    fileParallelism: false,
    testTimeout: 300_000,
    hookTimeout: 120_000,
    env: { NODE_ENV: 'test' },
  },
});
