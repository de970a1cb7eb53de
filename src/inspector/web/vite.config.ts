import { fileURLToPath } from 'node:url';
import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));

/** Builds the page into dist/, beside the server that serves it. Nothing is inlined: see its policy. */
export default defineConfig({
  root: here('.'),
  base: '/inspector/',
  plugins: [react()],
  build: {
    outDir: here('../../../dist/src/inspector/web'),
    emptyOutDir: true,
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    target: 'es2022',
  },
});
