import { expect, test } from 'vitest';
import { syntheticGraph } from '../../src/cli/graph.ts';

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

test('two people and one command are enough', () => {
  const { history } = syntheticGraph({ people: 2, commands: 1, seed: 0 });
  expect(history.phases.map((phase) => phase.length)).toEqual([2, 1]);
});
