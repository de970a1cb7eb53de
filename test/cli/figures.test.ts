import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { compared, expectedFigures, noFigures, pairsAtOnce } from '../../src/cli/figures.ts';
import { FOLLOWS_MAX } from '../../src/cli/limits.ts';
import { parseRatings, ratingsHistory, readRatings } from '../../src/cli/ratings.ts';

const history = (lines: readonly string[]) => ratingsHistory(parseRatings(lines.join('\n')), 'x');

test('a block ends the follows between the two, once, and forbids new ones', () => {
  const lines = ['1,2,1,0', '2,1,1,1', '1,2,1,2', '2,1,-1,3', '2,1,-1,4', '1,2,1,5', '3,1,1,6'];
  expect(expectedFigures(history(lines))).toEqual({
    'accounts registered': 3,
    FollowCreated: 3,
    'FollowAccount with no effect': 1,
    'FollowRejected, blocked': 1,
    AccountBlocked: 2,
    FollowRemoved: 2,
    'follows left': 1,
    'pairs that follow and block at once': 0,
  });
});

test('who rates themselves changes nothing', () => {
  const figures = { ...noFigures(), 'accounts registered': 1 };
  expect(expectedFigures(history(['1,1,1,0', '1,1,-1,1', '1,1,1,2']))).toEqual(figures);
});

test('beyond the limit of follows nothing can be told', () => {
  const follows = (n: number) => Array.from({ length: n }, (_, k) => `0,${k + 1},1,${k}`);
  expect(expectedFigures(history(follows(FOLLOWS_MAX)))).not.toBeNull();
  expect(expectedFigures(history(follows(FOLLOWS_MAX + 1)))).toBeNull();
});

test('a pair is at once what it is in any direction, and counts once', () => {
  const follows = [
    ['a', 'b'],
    ['b', 'a'],
    ['a', 'c'],
  ] as const;
  expect(pairsAtOnce(follows, [['b', 'a']])).toBe(1);
  expect(pairsAtOnce(follows, [['b', 'c']])).toBe(0);
  expect(pairsAtOnce(follows, [['c', 'a'], ...follows])).toBe(2);
});

test('figures that differ are marked', () => {
  const file = { ...noFigures(), FollowRemoved: 1_341 };
  const { text, differing } = compared(file, { ...file, 'follows left': 2 });
  expect(differing).toBe(1);
  expect(text).toMatch(/\nFollowRemoved +1,341 +1,341\n/);
  expect(text).toMatch(/\nfollows left +0 +2 +<- differs\n/);
});

const FILE = fileURLToPath(new URL('../../../shared/data/bitcoin-otc.csv', import.meta.url));

test.skipIf(!existsSync(FILE))(
  'the real ratings come to what was worked out for them',
  async () => {
    expect(expectedFigures(await readRatings(FILE))).toEqual({
      'accounts registered': 5_881,
      FollowCreated: 32_010,
      'FollowAccount with no effect': 2,
      'FollowRejected, blocked': 17,
      AccountBlocked: 3_563,
      FollowRemoved: 341,
      'follows left': 31_669,
      'pairs that follow and block at once': 0,
    });
  },
);
