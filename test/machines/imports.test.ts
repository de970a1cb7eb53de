import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';

const root = resolve(import.meta.dirname, '../..');
const files = readdirSync(join(root, 'machines'), { recursive: true, encoding: 'utf8' })
  .filter((name) => name.endsWith('.ts'))
  .map((name) => join(root, 'machines', name));

/** What a file imports: packages by name, files by their path under the root. */
function importsOf(file: string): string[] {
  const found = readFileSync(file, 'utf8').matchAll(
    /(?:\bfrom|\bimport)\s*\(?\s*['"]([^'"]+)['"]/g,
  );
  return [...found].map(([, name = '']) =>
    name.startsWith('.') ? relative(root, resolve(dirname(file), name)) : name,
  );
}

describe('the domain', () => {
  it.each(files.map((file) => [relative(root, file), file]))(
    '%s imports xstate, zod, the definitions and the domain itself',
    (_, file = '') => {
      const foreign = importsOf(file).filter(
        (name) =>
          !['xstate', 'zod', join('src', 'define', 'index.ts')].includes(name) &&
          !name.startsWith(join('machines', '/')),
      );
      expect(foreign).toEqual([]);
    },
  );

  it('is more than a few files, and they do import', () => {
    expect(files.length).toBeGreaterThan(8);
    expect(files.flatMap(importsOf).length).toBeGreaterThan(20);
  });
});
