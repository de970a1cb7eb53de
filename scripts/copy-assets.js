// Copies what the compiler leaves behind (Lua scripts, pages) from the sources to dist.
import { cpSync } from 'node:fs';

const isSource = /\.[cm]?tsx?$/;

for (const folder of ['src', 'machines']) {
  cpSync(folder, `dist/${folder}`, {
    recursive: true,
    filter: (from) => !isSource.test(from),
  });
}
