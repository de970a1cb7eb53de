import { defineConfig } from 'vitest/config';

/** Makes the pictures of docs/inspector anew: `npm run screenshots`. */
export default defineConfig({
  test: {
    include: ['test/inspector/pictures/pictures.ts'],
    testTimeout: 120_000,
    hookTimeout: 120_000,
    expect: { poll: { timeout: 30_000 } },
    env: { NODE_ENV: 'test', SCREENSHOTS: 'docs/inspector' },
  },
});
