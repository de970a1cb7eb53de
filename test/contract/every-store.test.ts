import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

/** What stores share, no store itself. */
const SHARED = ['kv'];

const SOURCES = new URL('../../src/storage/', import.meta.url);
const stores = readdirSync(SOURCES, { withFileTypes: true })
  .filter((entry) => entry.isDirectory() && !SHARED.includes(entry.name))
  .map(({ name }) => name);

test('there are the three stores', () => {
  expect(stores.toSorted()).toEqual(['embedded', 'memory', 'redis']);
});

test.each(stores)('the %s store runs the suite under its name, with no skips', (name) => {
  const file = fileURLToPath(new URL(`./${name}.test.ts`, import.meta.url));
  const source = readFileSync(file, 'utf8');
  expect(source).toContain(`../../src/storage/${name}/`);
  expect(source).toMatch(new RegExp(`storeContract\\(\\s*['"\`]${name}['"\` ]`));
});

test('nothing that runs the suite, and nothing in it, skips', () => {
  const here = new URL('./', import.meta.url);
  const files = readdirSync(here, { recursive: true, encoding: 'utf8' });
  for (const file of files.filter((each) => each.endsWith('.ts') && !each.startsWith('every-'))) {
    const source = readFileSync(new URL(file, here), 'utf8');
    expect(source, file).not.toMatch(/\.(skip|skipIf|runIf|only|todo|fails)\b/);
  }
});
