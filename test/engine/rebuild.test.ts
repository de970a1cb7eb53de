/** A read model is made anew beside the one that is read, and takes its place at once. */
import { describe, expect, onTestFinished, test } from 'vitest';
import { app } from '../../machines/index.ts';
import { GenerationView } from '../../src/engine/generations/generations.ts';
import { StoreUnavailable } from '../../src/engine/store.ts';
import { type NodeFate, type SimulatedNode, SimulatedNodes } from '../support/simulated-nodes.ts';
import { CHANGED_SINCE, changedApp, followersSeen, NOTHING, remainsOf } from './rebuild-world.ts';

/** A short page: a rebuild takes many, and can be met in the middle. */
const backgroundLimits = { feedPage: 4 };
const FANS = 12;

/** An account that many follow, on a node that ends with the test. */
async function withFans(nodes: SimulatedNodes): Promise<SimulatedNode> {
  const node = await nodes.start(app, { backgroundLimits });
  for (const id of ['star', ...Array.from({ length: FANS }, (_, n) => `fan${n}`)]) {
    const body = { accountId: id, email: `${id}@example.org`, username: `user_${id}` };
    expect(await nodes.send(node, 'RegisterAccount', body)).toMatchObject({ status: 'accepted' });
  }
  for (let n = 0; n < FANS; n++) await follow(nodes, node, `fan${n}`);
  await nodes.untilIdle(node);
  return node;
}

async function follow(nodes: SimulatedNodes, node: SimulatedNode, followerId: string) {
  const outcome = await nodes.send(node, 'FollowAccount', { followerId, followeeId: 'star' });
  expect(outcome).toMatchObject({ status: 'accepted' });
  return outcome;
}

async function figuresOf(nodes: SimulatedNodes, { engine }: SimulatedNode) {
  const { projections } = await nodes.run(engine.policies());
  return projections.find(({ name }) => name === 'followers');
}

async function untilRead(nodes: SimulatedNodes, node: SimulatedNode, version: number) {
  const isRead = async () => {
    const figures = await figuresOf(nodes, node);
    return figures?.version === version && figures.rebuild === null;
  };
  await nodes.until(isRead, 200);
}

async function untilGone(nodes: SimulatedNodes, number: number) {
  const isGone = async () => {
    const remains = await remainsOf(nodes.store, number);
    return remains.owners.length === 0 && !remains.isSubscribed;
  };
  await nodes.until(isGone, 200);
}

function newNodes(): SimulatedNodes {
  return new SimulatedNodes({ partitions: 2 });
}

/** The node with the old version ends, and one with the new begins. */
async function deploy(nodes: SimulatedNodes, old: SimulatedNode): Promise<SimulatedNode> {
  await old.stop();
  const node = await nodes.start(changedApp, { backgroundLimits });
  onTestFinished(node.stop);
  return node;
}

describe('a projection of another version', () => {
  test('says at the start that it wants a rebuild, and leaves what is read as it is', async () => {
    const nodes = newNodes();
    const node = await deploy(nodes, await withFans(nodes));
    expect(node.log.warnings.map(({ message }) => message)).toContainEqual(
      expect.stringContaining('everstate rebuild followers'),
    );
    expect(await figuresOf(nodes, node)).toMatchObject({ version: 1, wantsRebuild: true });
    const seen = await nodes.run(followersSeen(node.engine, 'star'));
    expect(seen).toHaveLength(FANS);
    expect(seen.every(({ since }) => since !== CHANGED_SINCE)).toBe(true);
  });

  test('is read as before until it is whole, then as it is now, and the old one is gone', async () => {
    const nodes = newNodes();
    const node = await deploy(nodes, await withFans(nodes));
    const before = await nodes.run(followersSeen(node.engine, 'star'));
    expect(await nodes.run(node.engine.rebuild('followers'))).toBe('started');
    const seen = new Set<string>();
    const isThrough = async () => {
      const now = await followersSeen(node.engine, 'star');
      expect(now.map(({ id }) => id).sort()).toEqual(before.map(({ id }) => id).sort());
      const times = new Set(now.map(({ since }) => since === CHANGED_SINCE));
      // Never a part of the one and a part of the other.
      expect(times.size).toBe(1);
      seen.add([...times].join());
      return (await node.engine.policies()).projections.every(({ wantsRebuild }) => !wantsRebuild);
    };
    await nodes.until(isThrough, 50);
    await untilRead(nodes, node, 2);
    await nodes.until(
      async () => (await followersSeen(node.engine, 'star'))[0]?.since === CHANGED_SINCE,
    );
    expect(seen.has('false')).toBe(true);
    await untilGone(nodes, 0);
    expect(await remainsOf(nodes.store, 0)).toEqual(NOTHING);
    // The new one is complete, and goes on.
    await nodes.send(node, 'RemoveFollower', { followerId: 'fan3', followeeId: 'star' });
    await nodes.untilIdle(node);
    expect(await nodes.run(followersSeen(node.engine, 'star'))).toHaveLength(FANS - 1);
  });

  test('is left by a node of the former version to those that have it', async () => {
    const nodes = newNodes();
    const old = await withFans(nodes);
    onTestFinished(old.stop);
    const node = await nodes.start(changedApp, { backgroundLimits });
    await nodes.run(node.engine.rebuild('followers'));
    // The old node holds one of the partitions: it does not write what it does not know.
    await nodes.time.advance(30_000);
    expect((await figuresOf(nodes, node))?.version).toBe(1);
    expect(await nodes.run(old.engine.rebuild('followers'))).toBe('newer');
    await old.stop();
    await untilRead(nodes, node, 2);
    await nodes.untilIdle(node);
    expect(await nodes.run(followersSeen(node.engine, 'star'))).toHaveLength(FANS);
    await node.stop();
  });
});

describe('a rebuild', () => {
  test('is one at a time, and can be given up: nothing of it stays', async () => {
    const nodes = newNodes();
    const node = await withFans(nodes);
    onTestFinished(node.stop);
    expect(await nodes.run(node.engine.rebuild('followers'))).toBe('started');
    expect(await nodes.run(node.engine.rebuild('followers'))).toBe('under_way');
    expect((await figuresOf(nodes, node))?.rebuild).toMatchObject({ version: 1 });
    expect(await nodes.run(node.engine.abandonRebuild('followers'))).toBe('abandoned');
    expect(await nodes.run(node.engine.abandonRebuild('followers'))).toBe('none');
    expect((await figuresOf(nodes, node))?.rebuild).toBeNull();
    await untilGone(nodes, 1);
    expect(await remainsOf(nodes.store, 1)).toEqual(NOTHING);
    expect(await nodes.run(followersSeen(node.engine, 'star'))).toHaveLength(FANS);
    expect(await nodes.run(node.engine.rebuild('followers'))).toBe('started');
    await untilGone(nodes, 0);
  });

  test('of a projection that there is not is said to be so', async () => {
    const nodes = newNodes();
    const node = await withFans(nodes);
    onTestFinished(node.stop);
    expect(await nodes.run(node.engine.rebuild('nothing'))).toBe('unknown');
    expect(await nodes.run(node.engine.abandonRebuild('nothing'))).toBe('unknown');
  });

  test('is refused where the history does not go back to its beginning', async () => {
    const nodes = newNodes();
    const node = await withFans(nodes);
    onTestFinished(node.stop);
    const trimmed = await Promise.all([0, 1].map((partition) => nodes.store.trim(partition, 5)));
    expect(Math.max(...trimmed)).toBeGreaterThan(0);
    expect(await nodes.run(node.engine.rebuild('followers'))).toBe('trimmed');
    expect((await figuresOf(nodes, node))?.rebuild).toBeNull();
    expect(await remainsOf(nodes.store, 1)).toEqual(NOTHING);
  });

  test.each([0, 500, 5_000, 14_000, 16_000, 20_000, 31_000, 33_000])(
    'goes on where the node that conducts it dies after %i ms',
    async (ms) => {
      const nodes = newNodes();
      const node = await withFans(nodes);
      const other = await nodes.start(app, { backgroundLimits });
      onTestFinished(other.stop);
      await nodes.run(node.engine.rebuild('followers'));
      await nodes.time.advance(ms);
      node.crash();
      await untilGone(nodes, 0);
      await nodes.untilIdle(other);
      expect(await remainsOf(nodes.store, 0)).toEqual(NOTHING);
      expect(await nodes.run(followersSeen(other.engine, 'star'))).toHaveLength(FANS);
    },
  );

  test('shows what was written before it, to one who asks for that, all the time', async () => {
    const nodes = newNodes();
    const node = await withFans(nodes);
    onTestFinished(node.stop);
    const reading = await nodes.start(app, { backgroundLimits });
    onTestFinished(reading.stop);
    await nodes.run(node.engine.rebuild('followers'));
    const ending = new AbortController();
    for (let n = 0; n < 60; n++) {
      const isThere = n % 2 === 1;
      const body = { followerId: 'fan0', followeeId: 'star' };
      const outcome = await nodes.send(node, isThere ? 'FollowAccount' : 'RemoveFollower', body);
      if (outcome.status !== 'accepted') throw new Error('it was not accepted');
      const [partition = 0, position = 0] = outcome.position.split(':').map(Number);
      const passing = reading.engine.untilPassed([{ partition, position }], 20_000, ending.signal);
      expect(await nodes.run(passing)).toBe('passed');
      const seen = await nodes.run(followersSeen(reading.engine, 'star'));
      expect(seen.some(({ id }) => id === 'fan0')).toBe(isThere);
      await nodes.time.advance(1_000);
    }
    expect(await remainsOf(nodes.store, 0)).toEqual(NOTHING);
  });
});

test('a node that cannot learn which read model is read answers nothing rather than what is gone', async () => {
  const nodes = newNodes();
  const node = await withFans(nodes);
  onTestFinished(node.stop);
  const cut = await nodes.start(app, { backgroundLimits });
  onTestFinished(cut.stop);
  expect(await nodes.run(followersSeen(cut.engine, 'star'))).toHaveLength(FANS);
  cut.fate = (method) => (method === 'rows' ? 'refused' : 'answered');
  await nodes.run(node.engine.rebuild('followers'));
  const hasEnded = async () => {
    const seen = await followersSeen(cut.engine, 'star').catch((error: unknown) => error);
    if (seen instanceof StoreUnavailable) return true;
    expect(seen).toHaveLength(FANS);
    return false;
  };
  await nodes.until(hasEnded, 200);
  expect((await figuresOf(nodes, node))?.rebuild).not.toBeNull();
  cut.fate = () => 'answered';
  await untilGone(nodes, 0);
  expect(await nodes.run(followersSeen(cut.engine, 'star'))).toHaveLength(FANS);
});

test('what a projection that stood still brings late to a read model that is gone stays nowhere', async () => {
  const nodes = newNodes();
  const node = await withFans(nodes);
  onTestFinished(node.stop);
  await nodes.send(node, 'RemoveFollower', { followerId: 'fan3', followeeId: 'star' });
  await nodes.untilIdle(node);
  let release = () => {};
  const released = new Promise<void>((resolve) => {
    release = resolve;
  });
  let isHeld = false;
  node.fate = async (method, [transfer]): Promise<NodeFate> => {
    const { cursor } = (method === 'transfer' ? transfer : { cursor: '' }) as { cursor: string };
    if (!cursor.startsWith('followers@') || isHeld) return 'answered';
    isHeld = true;
    await released;
    return 'answered';
  };
  await follow(nodes, node, 'fan3');
  await nodes.until(() => isHeld);
  await nodes.run(node.engine.rebuild('followers'));
  await untilGone(nodes, 0);
  release();
  await nodes.time.advance(60_000);
  expect(await remainsOf(nodes.store, 0)).toEqual(NOTHING);
  await nodes.untilIdle(node);
  expect(await nodes.run(followersSeen(node.engine, 'star'))).toHaveLength(FANS);
});

test('a read waits for every read model that may be read before or after it', () => {
  const phases = ['leaving', 'active', 'entering', 'building', 'discarding'] as const;
  const generations = phases.map((phase, number) => ({ number, version: 1, phase }));
  const lineages = new Map([['followers', { lineage: { next: 5, generations } }]]);
  const view = new GenerationView(app.projections.values(), lineages);
  expect(view.serving('followers')).toEqual(['followers', 'followers#1', 'followers#2']);
  expect(view.serving()).toContain('usernames');
  expect(view.typeOf('~followers')).toBe('~followers#1');
  expect(view.typeOf('account')).toBe('account');
});
