import { existsSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { describe, expect, test } from 'vitest';

const docs = new URL('../../docs/', import.meta.url);
const tests = new URL('../', import.meta.url);
const names = (await readdir(docs)).filter((name) => name.endsWith('.md'));
const pages = new Map(
  await Promise.all(
    names.map(async (name) => [name, await readFile(new URL(name, docs), 'utf8')] as const),
  ),
);

/** The headings of a page as links name them. */
function anchorsOf(page: string): string[] {
  const headings = [...page.matchAll(/^#+ (.+)$/gm)].map(([, heading = '']) => heading);
  return headings.map((heading) =>
    heading
      .toLowerCase()
      .replace(/[^\w -]/g, '')
      .replaceAll(' ', '-'),
  );
}

describe.each([...pages])('%s', (_, page) => {
  test('links to what is there', () => {
    const links = [...page.matchAll(/\]\((?!https?:)([^)]+)\)/g)].map(([, link = '']) => link);
    for (const link of links) {
      const [file = '', anchor] = link.split('#');
      expect(existsSync(new URL(file, docs)), link).toBe(true);
      if (anchor !== undefined) expect(anchorsOf(pages.get(file) ?? ''), link).toContain(anchor);
    }
  });

  test('names tests that are there', () => {
    const named = [...page.matchAll(/`(?:test\/)?([\w/-]+\.test\.ts|contract\/suite\/\w+\.ts)`/g)];
    for (const [, file = ''] of named) expect(existsSync(new URL(file, tests)), file).toBe(true);
  });

  test('can be read at a sitting', () => {
    expect(page.split('\n').length).toBeLessThan(260);
  });
});

test('the pages are found, with their links and tests', () => {
  expect(names).toEqual(expect.arrayContaining(['architecture.md', 'guarantees.md', 'guide.md']));
  expect([...pages.values()].join('').match(/\]\((?!http)/g)?.length).toBeGreaterThan(30);
  expect(pages.get('guarantees.md')?.match(/\.test\.ts`/g)?.length).toBeGreaterThan(15);
});
