import { describe, expect, test } from 'vitest';
import { bugs } from './planted/bugs.ts';
import { find } from './planted/plant.ts';

/** A bug that takes more seeds than this is as good as not found. */
const SEEDS_MAX = 200;

describe('a bug that is planted in the code that ships is found', () => {
  test.each([...bugs])('$name', { timeout: 300_000 }, async (bug) => {
    const { seeds, rule } = await find(bug, SEEDS_MAX);
    console.log(`${bug.name}: ${seeds ?? 'no'} seeds; ${rule.slice(0, 200)}`);
    expect(seeds).not.toBeNull();
  });
});
