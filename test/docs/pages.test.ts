import { existsSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { describe, expect, test } from 'vitest';
import { DEFAULT_BACKGROUND_LIMITS } from '../../src/engine/background/limits.ts';
import { DEFAULT_LIMITS } from '../../src/engine/limits.ts';

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

describe.each([...pages])('%s', (name, page) => {
  test('links to what is there', () => {
    const links = [...page.matchAll(/\]\((?!https?:)([^)]+)\)/g)].map(([, link = '']) => link);
    for (const link of links) {
      const [file = '', anchor] = link.split('#');
      expect(existsSync(new URL(file, docs)), link).toBe(true);
      if (anchor !== undefined)
        expect(anchorsOf(pages.get(file || name) ?? ''), link).toContain(anchor);
    }
  });

  test('names tests that are there', () => {
    const named = [
      ...page.matchAll(/`(?:test\/)?([\w/-]+\.test\.ts|contract\/suite\/[\w/]+\.ts)`/g),
    ];
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

test('the figures it gives of background work are the limits', () => {
  const { batchMessagesMax, cycleMsMax, lingerMs, retryWaitMs, ...rest } =
    DEFAULT_BACKGROUND_LIMITS;
  expect(pages.get('architecture.md')?.replaceAll('\n', ' ')).toMatch(
    new RegExp(
      [
        `at most ${cycleMsMax} ms each`,
        `up to ${batchMessagesMax} messages in one commit`,
        `lingers up to ${lingerMs} ms`,
        `below ${2 * retryWaitMs} ms, then ${4 * retryWaitMs} ms and so on, ${rest.retryWaitMsMax / 1_000} seconds`,
      ].join('.*'),
    ),
  );
  expect([rest.cyclesMax, rest.answerTtlMs, rest.lookMs, rest.deadLetterWaitMs]).toEqual([
    4, 600_000, 5_000, 2_000,
  ]);
  expect([DEFAULT_LIMITS.leaseBeatMs, DEFAULT_LIMITS.leaseTtlMs]).toEqual([1_000, 3_000]);
});
