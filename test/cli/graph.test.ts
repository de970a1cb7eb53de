import { expect, test } from 'vitest';
import { syntheticGraph } from '../../src/cli/graph.ts';
import { pairOf } from '../../src/cli/steps.ts';

const size = { people: 200, commands: 5_000, seed: 7 };

test('the same size and seed draw the same graph, another seed another', () => {
  expect(syntheticGraph(size)).toEqual(syntheticGraph(size));
  expect(syntheticGraph({ ...size, seed: 8 }).history.phases[1]).not.toEqual(
    syntheticGraph(size).history.phases[1],
  );
});

test('it follows above all, blocks and takes back, and nobody acts on themselves', () => {
  const { history } = syntheticGraph(size);
  const steps = history.phases[1] ?? [];
  const count = (type: string) => steps.filter((step) => step.type === type).length;
  expect(steps).toHaveLength(size.commands);
  expect(count('FollowAccount')).toBeGreaterThan(4_000);
  expect(count('BlockAccount')).toBeGreaterThan(200);
  expect(count('RemoveFollower')).toBeGreaterThan(100);
  expect(count('UnblockAccount')).toBeGreaterThan(50);
  for (const { data } of steps) expect(new Set(Object.values(data)).size).toBe(2);
  expect(new Set(steps.map(({ key }) => key)).size).toBe(size.commands);
});

test('some are followed far more than others, and the one named is the first of them', () => {
  const { history, popular, fan } = syntheticGraph(size);
  const followed = new Map<string, number>();
  for (const { type, data } of history.phases[1] ?? []) {
    if (type !== 'FollowAccount' || data.followeeId === undefined) continue;
    followed.set(data.followeeId, (followed.get(data.followeeId) ?? 0) + 1);
  }
  const mean = size.commands / size.people;
  expect(followed.get(popular)).toBeGreaterThan(4 * mean);
  expect(
    history.phases[1]?.some(
      ({ type, data }) =>
        type === 'FollowAccount' && data.followerId === fan && data.followeeId === popular,
    ),
  ).toBe(true);
});

test('a stranger has nothing to do with the popular one', () => {
  const { history, popular, stranger } = syntheticGraph(size);
  if (stranger === null) throw new Error('everybody knows everybody');
  const pair = pairOf(popular, stranger);
  expect(history.phases[1]?.filter((step) => step.pair === pair)).toEqual([]);
  const crowd = syntheticGraph({ people: 3, commands: 200, seed: 1 });
  expect(crowd.stranger).toBeNull();
});

test('the one named still follows when all is done', () => {
  for (const seed of [1, 2, 3, 4, 5]) {
    const { history, popular, fan } = syntheticGraph({ people: 10, commands: 300, seed });
    const pair = pairOf(popular, fan);
    const ofPair = history.phases[1]?.filter((step) => step.pair === pair) ?? [];
    expect(ofPair.map(({ type }) => type)).not.toContain('BlockAccount');
    const own = ofPair.filter(({ data }) => data.followerId === fan);
    expect(own.at(-1)?.type).toBe('FollowAccount');
  }
});

test('two people and one command are enough', () => {
  const { history, popular, fan } = syntheticGraph({ people: 2, commands: 1, seed: 0 });
  expect(history.phases.map((phase) => phase.length)).toEqual([2, 1]);
  expect([popular, fan].toSorted()).toEqual(['demo-0-1', 'demo-0-2']);
});
