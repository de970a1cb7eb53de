/** What the commands that read a store themselves have in common. */
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { EXIT } from '../../src/cli/options.ts';
import { orComplain, progressLines } from '../../src/cli/stored.ts';
import { StoreUnavailable } from '../../src/engine/store.ts';

let err: string[] = [];
beforeEach(() => {
  err = [];
  vi.spyOn(console, 'error').mockImplementation((text: string) => void err.push(text));
});
afterEach(() => vi.restoreAllMocks());

test('progress is told every two seconds, however often there is some', () => {
  let now = 500;
  const tell = progressLines(
    () => now,
    (actors: number) => `${actors} actors`,
  );
  for (now of [500, 2_499, 2_500, 2_600, 4_499, 4_500]) tell(now);
  expect(err).toEqual(['2500 actors', '4500 actors']);
});

describe('what cannot be done', () => {
  test('is told in words where an operator can mend it', async () => {
    const failing = orComplain('Nothing was read.', async () => {
      throw new StoreUnavailable('The store is out of reach.', 'no');
    });
    expect(await failing).toBe(EXIT.usage);
    expect(err).toEqual(['Nothing was read. The store is out of reach.']);
  });

  test('is a fault otherwise', async () => {
    const failing = orComplain('Nothing was read.', async () => {
      throw new Error('a fault');
    });
    await expect(failing).rejects.toThrow('a fault');
    expect(err).toEqual([]);
  });
});
