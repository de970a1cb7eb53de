// Copies what the compiler leaves behind (Lua scripts, pages) from the sources to dist.
import { cpSync } from 'node:fs';

const isSource = /\.[cm]?tsx?$/;
// The inspector's page is built by Vite.
const page = 'src/inspector/web';

for (const folder of ['src', 'machines']) {
  cpSync(folder, `dist/${folder}`, {
    recursive: true,
    filter: (from) => !isSource.test(from) && from !== page,
  });
}
