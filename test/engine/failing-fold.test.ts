/** A projection whose fold throws, in what is read and in what is made anew. */
import { expect, onTestFinished, test } from 'vitest';
import { app } from '../../machines/index.ts';
import { type App, defineApp, defineProjection } from '../../src/define/index.ts';
import { type SimulatedNode, SimulatedNodes } from '../support/simulated-nodes.ts';
import { followersSeen, NOTHING, remainsOf } from './rebuild-world.ts';

const FANS = ['fan0', 'fan1', 'fan2'];

/** The domain with a newer version of its followers, whose fold fails where it is told to. */
function withFold(isFailing: () => boolean): App {
  const followers = app.projections.get('followers');
  if (!followers) throw new Error('there are no followers');
  const { name, on, model, folds } = followers;
  const changed = defineProjection({
    name,
    version: 2,
    on,
    model,
    folds: {
      ...folds,
      FollowCreated: (data, event) => {
        if (isFailing()) throw new Error('a fold that fails');
        return folds.FollowCreated?.(data, event) ?? [];
      },
    },
  });
  return defineApp({
    aggregates: [...app.aggregates.values()],
    policies: [...app.policies.values()],
    projections: [...app.projections.values()].map((each) => (each.name === name ? changed : each)),
    queries: app.queries,
  });
}

async function follow(nodes: SimulatedNodes, node: SimulatedNode, followerId: string) {
  const outcome = await nodes.send(node, 'FollowAccount', { followerId, followeeId: 'star' });
  expect(outcome).toMatchObject({ status: 'accepted' });
}

/** A node whose fold fails where it is told to, on a store that has follows already. */
async function start(nodes: SimulatedNodes, isFailing: () => boolean): Promise<SimulatedNode> {
  const former = await nodes.start(app);
  for (const id of ['star', ...FANS]) {
    const body = { accountId: id, email: `${id}@example.org`, username: `user_${id}` };
    expect(await nodes.send(former, 'RegisterAccount', body)).toMatchObject({ status: 'accepted' });
  }
  for (const id of FANS) await follow(nodes, former, id);
  await nodes.untilIdle(former);
  await former.stop();
  const node = await nodes.start(withFold(isFailing));
  onTestFinished(node.stop);
  return node;
}

async function figuresOf(nodes: SimulatedNodes, { engine }: SimulatedNode) {
  const { projections } = await nodes.run(engine.policies());
  return projections.find(({ name }) => name === 'followers');
}

test('stands still and passes nothing over, is logged, and goes on when it is mended', async () => {
  const nodes = new SimulatedNodes({ partitions: 1 });
  let isFailing = true;
  const node = await start(nodes, () => isFailing);
  await nodes.send(node, 'RemoveFollower', { followerId: 'fan1', followeeId: 'star' });
  await nodes.untilIdle(node);
  await follow(nodes, node, 'fan1');
  await nodes.time.advance(60_000);
  expect(await figuresOf(nodes, node)).toMatchObject({ lag: 1 });
  expect(node.log.errors[0]).toMatchObject({ message: 'a projection cannot go on' });
  isFailing = false;
  await nodes.untilIdle(node);
  expect(await nodes.run(followersSeen(node.engine, 'star'))).toHaveLength(FANS.length);
});

test('keeps a rebuild from what is read until it is mended, or given up', async () => {
  const nodes = new SimulatedNodes({ partitions: 1 });
  let isFailing = true;
  const node = await start(nodes, () => isFailing);
  expect(await nodes.run(node.engine.rebuild('followers'))).toBe('started');
  await nodes.time.advance(120_000);
  expect(await figuresOf(nodes, node)).toMatchObject({
    version: 1,
    lag: 0,
    rebuild: { version: 2, phase: 'building', passed: 0 },
  });
  expect(await nodes.run(followersSeen(node.engine, 'star'))).toHaveLength(FANS.length);
  expect(await nodes.run(node.engine.abandonRebuild('followers'))).toBe('abandoned');
  const left = async () => JSON.stringify(await remainsOf(nodes.store, 1));
  await nodes.until(async () => (await left()) === JSON.stringify(NOTHING), 200);

  expect(await nodes.run(node.engine.rebuild('followers'))).toBe('started');
  await nodes.time.advance(60_000);
  isFailing = false;
  await nodes.until(async () => (await figuresOf(nodes, node))?.version === 2, 200);
  expect(await nodes.run(followersSeen(node.engine, 'star'))).toHaveLength(FANS.length);
});
