import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { parseRatings, RatingsError, ratingsHistory, readRatings } from '../../src/cli/ratings.ts';

const hash = 'f'.repeat(64);

test('ratings become commands in time order, everybody registered first', () => {
  const history = ratingsHistory(parseRatings('7,3,-10,20.5\n3,7,+1,10\n7,9,2,20.25\n'), hash);
  const [registrations, rest] = history.phases;
  expect(registrations?.map(({ data }) => data)).toEqual(
    ['3', '7', '9'].map((number) => ({
      accountId: `person-${number}`,
      username: `person_${number}`,
      email: `person-${number}@example.com`,
    })),
  );
  expect(rest?.map(({ type, data }) => [type, ...Object.values(data)])).toEqual([
    ['FollowAccount', 'person-3', 'person-7'],
    ['FollowAccount', 'person-7', 'person-9'],
    ['BlockAccount', 'person-7', 'person-3'],
  ]);
});

test('lines of one time keep their order, and keys follow the line, not the order', () => {
  const history = ratingsHistory(parseRatings('1,2,1,5\n1,3,1,4\n1,4,1,5\n'), hash);
  expect(history.phases[1]?.map(({ key }) => key.split(':').at(-1))).toEqual(['2', '1', '3']);
});

test('what is derived from a number meets the contract', () => {
  const { phases } = ratingsHistory(parseRatings(`${'9'.repeat(15)},0,1,1`), hash);
  for (const { data, key } of phases[0] ?? []) {
    expect(data.accountId).toMatch(/^[A-Za-z0-9_-]{1,64}$/);
    expect(data.username).toMatch(/^[a-zA-Z0-9_]{3,32}$/);
    expect(data.email).toMatch(/^[^@\s]+@[^@\s]+\.[^@\s]+$/);
    expect(key).toMatch(/^[\x21-\x7e]{1,255}$/);
  }
});

test.each([
  ['1,2,3', 1],
  ['1,2,3,4\n\n1,2,3,4', 2],
  ['1,2,3,4\n1,2,0,4', 2],
  ['1,2,3,4\n1,2,3,4\n1,2,11,4', 3],
  ['rater,rated,rating,time\n1,2,3,4', 1],
  ['1,2,3,4\n1,-2,3,4', 2],
  ['1,2,3,4,5', 1],
])('%j is refused, naming its line', (text, line) => {
  expect(() => parseRatings(text)).toThrow(RatingsError);
  expect(() => parseRatings(text)).toThrow(`line ${line}`);
});

test('an empty or missing file is refused; line ends of either kind are read', async () => {
  expect(() => parseRatings('')).toThrow('empty');
  await expect(readRatings('/nowhere/at/all.csv')).rejects.toThrow(RatingsError);
  expect(parseRatings('1,2,3,4\r\n2,1,3,4\r\n')).toHaveLength(2);
});

test('the same content under another name is the same history, other content is another', async () => {
  const dir = await mkdtemp(join(tmpdir(), 'everstate-ratings-'));
  try {
    const files = { a: '1,2,3,4\n', b: '1,2,3,4\n', c: '1,2,3,5\n' };
    for (const [name, text] of Object.entries(files)) await writeFile(join(dir, name), text);
    const [a, b, c] = await Promise.all(
      ['a', 'b', 'c'].map((name) => readRatings(join(dir, name))),
    );
    expect(b).toEqual(a);
    expect(c?.id).not.toBe(a?.id);
  } finally {
    await rm(dir, { recursive: true });
  }
});
