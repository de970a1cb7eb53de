import { describe, expect, test } from 'vitest';
import { nextFence } from '../../../src/engine/background/lease-slot.ts';
import { holderOf } from '../../../src/engine/background/rendezvous.ts';
import { assertLimits, DEFAULT_LIMITS } from '../../../src/engine/limits.ts';
import type { Fence } from '../../../src/engine/work-store.ts';
import { createFakeTime } from '../../../src/testing/fake-time.ts';
import { type TestNode, TestNodes } from './leases-nodes.ts';

/** Enough for a beat of every node, and for what it sets going. */
const A_BEAT_MS = 1_100;

async function started(count: number, options: { partitions?: number } = {}) {
  const nodes = new TestNodes(options);
  for (let index = 0; index < count; index++) nodes.join();
  await nodes.time.advance(3 * A_BEAT_MS);
  await nodes.expectSettled(nodes.nodes);
  return nodes;
}

function nth(nodes: TestNodes, index: number): TestNode {
  const node = nodes.nodes[index];
  if (!node) throw new Error(`there is no node ${index}`);
  return node;
}

describe('who is to hold a partition', () => {
  const partitions = Array.from({ length: 64 }, (_, partition) => partition);

  test('each of three nodes gets a fair share', () => {
    for (let run = 1; run <= 20; run++) {
      const runtime = createFakeTime(run).runtime();
      const nodes = [0, 1, 2].map(() => runtime.digest(`${run}/${runtime.uuid()}`));
      for (const node of nodes) {
        const share = partitions.filter((partition) => holderOf(partition, nodes) === node).length;
        expect(share).toBeGreaterThanOrEqual(8);
        expect(share).toBeLessThanOrEqual(36);
      }
    }
  });

  test('one that joins moves its own share alone, and gives it back when it leaves', () => {
    const before = partitions.map((partition) => holderOf(partition, ['a', 'c']));
    const after = partitions.map((partition) => holderOf(partition, ['a', 'b', 'c']));
    const moved = partitions.filter((partition) => before[partition] !== after[partition]);
    expect(moved.length).toBeGreaterThan(8);
    expect(moved.length).toBeLessThan(36);
    for (const partition of moved) expect(after[partition]).toBe('b');
  });

  test('no node, no holder', () => {
    expect(holderOf(0, [])).toBe(null);
  });
});

describe('a fence', () => {
  test('counts on, and bears what no other has', () => {
    expect(nextFence(null, 'x')).toBe('1.x');
    expect(nextFence('41.y' as Fence, 'x')).toBe('42.x');
    expect(nextFence('nothing counted' as Fence, 'x')).toBe('1.x');
  });
});

test('limits by which a live node could be taken for dead, or a dead one for long, are refused', () => {
  const refused = [{ leaseTtlMs: 2_999 }, { leaseBeatMs: 0 }, { leaseTtlMs: 3_001 }];
  for (const limits of refused) {
    expect(() => assertLimits({ ...DEFAULT_LIMITS, ...limits })).toThrow(/lease/);
  }
  assertLimits({ ...DEFAULT_LIMITS, leaseBeatMs: 50, leaseTtlMs: 150 });
});

describe('leases', () => {
  test('one node holds all, as soon as it has started', async () => {
    const nodes = new TestNodes();
    const node = nodes.join();
    await nodes.time.settle();
    await nodes.expectSettled([node]);
    expect(node.leases.held()).toHaveLength(64);
  });

  test('spread over the nodes that live, each held by one', async () => {
    const nodes = await started(3);
    for (const node of nodes.nodes) expect(node.leases.held().length).toBeGreaterThan(8);
  });

  test('two nodes that start at once agree', async () => {
    const nodes = new TestNodes();
    nodes.join();
    nodes.join();
    await nodes.time.settle();
    const held = nodes.nodes.flatMap(({ leases }) => leases.held());
    expect(new Set(held).size).toBe(held.length);
    await nodes.time.advance(2 * A_BEAT_MS);
    await nodes.expectSettled(nodes.nodes);
    nodes.expectFenced();
  });

  test('a node that joins takes its share within a beat, and nothing else moves', async () => {
    const nodes = await started(2);
    const before = await nodes.store.leases();
    const joined = nodes.join();
    await nodes.time.advance(A_BEAT_MS);
    await nodes.expectSettled(nodes.nodes);
    const after = await nodes.store.leases();
    const moved = after.flatMap((lease, at) => (lease?.fence === before[at]?.fence ? [] : [at]));
    expect(moved).toEqual(joined.leases.held());
    expect(moved.length).toBeGreaterThan(8);
    expect(moved.length).toBeLessThan(36);
    nodes.expectFenced();
  });

  test('a node that stops hands over at once', async () => {
    const nodes = await started(3);
    const [leaving, ...staying] = [nth(nodes, 0), nth(nodes, 1), nth(nodes, 2)];
    await leaving.leases.stop();
    expect(leaving.leases.held()).toEqual([]);
    await nodes.time.settle();
    await nodes.expectSettled(staying);
    nodes.expectFenced();
  });

  test('a node that stops while it starts holds nothing after', async () => {
    for (let turns = 0; turns < 12; turns++) {
      const nodes = new TestNodes({ partitions: 4 });
      const node = nodes.join();
      for (let turn = 0; turn < turns; turn++) await Promise.resolve();
      await node.leases.stop();
      await nodes.time.advance(3 * A_BEAT_MS);
      expect(node.leases.held()).toEqual([]);
      expect(await nodes.holders()).toEqual([null, null, null, null]);
    }
  });

  test('a node that never started, or has stopped, says nothing to the store', async () => {
    const nodes = new TestNodes({ partitions: 4 });
    const [never, once] = [nodes.make(), nodes.join()];
    await never.leases.stop();
    await once.leases.stop();
    once.calls.clear();
    await once.leases.stop();
    never.leases.start();
    once.leases.start();
    await nodes.time.advance(A_BEAT_MS);
    expect([...never.calls, ...once.calls]).toEqual([]);
  });

  test('a dead node’s leases are taken within 5 s', async () => {
    const nodes = await started(3);
    const [dead, ...living] = [nth(nodes, 0), nth(nodes, 1), nth(nodes, 2)];
    dead.runtime.freeze();
    await nodes.time.advance(5_000);
    await nodes.expectSettled(living);
    nodes.expectFenced();
  });

  test('a frozen node changes nothing when it goes on, and ends what was taken from it', async () => {
    const nodes = await started(2);
    const [frozen, other] = [nth(nodes, 0), nth(nodes, 1)];
    const had = frozen.leases.held();
    frozen.runtime.freeze();
    await nodes.time.advance(10_000);
    expect(other.leases.held()).toHaveLength(64);
    const stepsOfFrozen = () => nodes.steps.filter(({ node }) => node === frozen.name).length;
    const before = stepsOfFrozen();
    frozen.runtime.thaw();
    await nodes.time.settle();
    expect(stepsOfFrozen()).toBe(before);
    expect(frozen.leases.held()).toEqual([]);
    await nodes.time.advance(2 * A_BEAT_MS);
    expect(frozen.leases.held()).toEqual(had);
    await nodes.expectSettled(nodes.nodes);
    nodes.expectFenced();
  });
});

describe('wake-ups', () => {
  test('reach the work of the partition alone', async () => {
    const nodes = await started(2, { partitions: 8 });
    const [one, other] = [nth(nodes, 0), nth(nodes, 1)];
    const [mine = -1] = one.leases.held();
    await nodes.store.post({ partition: mine, expected: [], rows: [row('a')] });
    await nodes.time.settle();
    expect([...one.wakes]).toEqual([[mine, 1]]);
    expect([...other.wakes]).toEqual([]);
  });

  test('after a lost connection reach all work, and have the leases looked at', async () => {
    const nodes = await started(1, { partitions: 2 });
    const node = nth(nodes, 0);
    node.calls.clear();
    node.tell('all');
    await nodes.time.settle();
    expect([...node.wakes]).toEqual([
      [0, 1],
      [1, 1],
    ]);
    expect(node.calls.get('leases')).toBe(1);
  });

  test('nothing to do costs a beat, and a look at the leases now and then', async () => {
    const nodes = await started(2, { partitions: 2 });
    for (const node of nodes.nodes) node.calls.clear();
    await nodes.time.advance(60_000);
    for (const { calls } of nodes.nodes) {
      expect(calls.get('beat')).toBe(60);
      expect(calls.get('leases')).toBe(12);
      expect(calls.get('swapLease')).toBe(undefined);
    }
  });
});

function row(key: string) {
  return { table: 'inbox/x', key, body: '{}', order: { kind: 'next' } } as const;
}
