import { describe, expect, onTestFailed, test } from 'vitest';
import type { Fence } from '../../../src/engine/work-store.ts';
import { oneOf } from '../../faults/seed.ts';
import { type TestNode, TestNodes } from './leases-nodes.ts';

/** Enough for a beat of every node, and for what it sets going. */
const A_BEAT_MS = 1_100;

async function pair(partitions: number): Promise<[TestNodes, TestNode, TestNode]> {
  const nodes = new TestNodes({ partitions });
  const both: [TestNode, TestNode] = [nodes.join(), nodes.join()];
  await nodes.time.advance(3 * A_BEAT_MS);
  await nodes.expectSettled(both);
  return [nodes, ...both];
}

/** Fails the next calls of a method, in order. */
function failNext(node: TestNode, method: string, ...fates: ReturnType<TestNode['fate']>[]): void {
  const left = [...fates];
  node.fate = (called) => (called === method && left.shift()) || 'answered';
}

describe('a store that does not answer', () => {
  test('for one node: another takes over, and it has its share again when it is back', async () => {
    const [nodes, away, other] = await pair(16);
    const had = away.leases.held();
    away.fate = () => 'out of reach';
    await nodes.time.advance(10_000);
    await nodes.expectFenced();
    expect(other.leases.held()).toHaveLength(16);
    // It keeps what it held: it knows of nothing else, and its fence lets it write nothing.
    expect(away.leases.held()).toEqual(had);
    away.fate = () => 'answered';
    await nodes.time.advance(5 * A_BEAT_MS);
    await nodes.expectSettled(nodes.nodes);
    expect(away.leases.held()).toEqual(had);
    expect(away.log.errors).toEqual([]);
    nodes.expectFenced();
  });

  test('for all: they keep what they held, and go on', async () => {
    const [nodes, ...both] = await pair(16);
    const before = await nodes.store.leases();
    for (const node of both) node.fate = () => 'out of reach';
    await nodes.time.advance(10_000);
    for (const node of both) node.fate = () => 'answered';
    await nodes.time.advance(5 * A_BEAT_MS);
    await nodes.expectSettled(both);
    expect((await nodes.store.leases()).map((lease) => lease?.node)).toEqual(
      before.map((lease) => lease?.node),
    );
    nodes.expectFenced();
  });

  test('a stop ends within the time that a shutdown has', async () => {
    const [nodes, stopping, other] = await pair(16);
    stopping.fate = () => 'out of reach';
    let isStopped = false;
    const stop = stopping.leases.stop().then(() => {
      isStopped = true;
    });
    await nodes.time.advance(6_000);
    expect(isStopped).toBe(true);
    await stop;
    expect(stopping.leases.held()).toEqual([]);
    await nodes.expectSettled([other]);
  });

  test('one lost beat costs no lease', async () => {
    const [nodes, node] = await pair(16);
    const before = await nodes.store.leases();
    failNext(node, 'beat', 'out of reach');
    await nodes.time.advance(10_000);
    expect(await nodes.store.leases()).toEqual(before);
  });
});

describe('a lost reply', () => {
  test('to a taking: the lease is held by the fence it was taken with', async () => {
    const nodes = new TestNodes({ partitions: 1 });
    const node = nodes.make();
    failNext(node, 'swapLease', 'reply lost');
    node.leases.start();
    await nodes.time.advance(100);
    await nodes.expectSettled([node]);
    expect((await nodes.store.leases())[0]?.fence).toBe(nodes.fences[0]?.fence);
  });

  test('to a taking, twice: it is taken anew', async () => {
    const nodes = new TestNodes({ partitions: 1 });
    const node = nodes.make();
    failNext(node, 'swapLease', 'reply lost', 'reply lost');
    node.leases.start();
    await nodes.time.advance(2 * A_BEAT_MS);
    await nodes.expectSettled([node]);
    expect((await nodes.store.leases())[0]?.fence).toMatch(/^2\./);
  });

  test('to a giving back that came to nothing: it is given back in the next cycle', async () => {
    const [nodes, node, other] = await pair(16);
    const joined = nodes.make();
    for (const giver of [node, other]) {
      giver.fate = (method) => (method === 'swapLease' ? 'out of reach' : 'answered');
    }
    joined.leases.start();
    await nodes.time.advance(3_500);
    expect(joined.leases.held()).toEqual([]);
    for (const giver of [node, other]) giver.fate = () => 'answered';
    await nodes.time.advance(A_BEAT_MS);
    await nodes.expectSettled(nodes.nodes);
    expect(joined.leases.held().length).toBeGreaterThan(0);
    nodes.expectFenced();
  });
});

describe('a late answer', () => {
  test('that tells of a lease as it was before it was taken ends no work', async () => {
    const nodes = new TestNodes({ partitions: 1 });
    const node = nodes.make();
    const late: Record<string, ReturnType<TestNode['fate']>> = { swapLease: 'late' };
    node.fate = (method) => late[method] ?? 'answered';
    node.leases.start();
    await nodes.time.advance(200);
    late.leases = 'late reply';
    node.tell('nodes');
    await nodes.time.advance(A_BEAT_MS);
    await nodes.expectSettled([node]);
    expect(nodes.fences).toHaveLength(1);
  });

  test('to a beat: a node that leaves meanwhile does not come back to life', async () => {
    const [nodes, leaving, other] = await pair(16);
    failNext(leaving, 'beat', 'late');
    leaving.tell('nodes');
    await nodes.time.settle();
    const stop = leaving.leases.stop();
    await nodes.time.advance(500);
    await stop;
    await nodes.time.advance(A_BEAT_MS);
    await nodes.expectSettled([other]);
  });
});

describe('work', () => {
  test('has ended before another node begins it', async () => {
    const [nodes, slow] = await pair(16);
    slow.ending = () => slow.runtime.sleep(500);
    const joined = nodes.make();
    const both: number[] = [];
    joined.onHold = (partition) => {
      if (slow.working.includes(partition)) both.push(partition);
    };
    joined.leases.start();
    await nodes.time.advance(3 * A_BEAT_MS);
    await nodes.expectSettled(nodes.nodes);
    expect(both).toEqual([]);
  });

  test('that learns of nothing itself is ended when its node was taken for dead', async () => {
    const nodes = new TestNodes({ partitions: 16 });
    const [frozen, other] = [nodes.make(), nodes.join()];
    frozen.isIdle = true;
    frozen.leases.start();
    await nodes.time.advance(3 * A_BEAT_MS);
    await nodes.expectSettled(nodes.nodes);
    frozen.runtime.freeze();
    await nodes.time.advance(10_000);
    expect(other.leases.held()).toHaveLength(16);
    frozen.runtime.thaw();
    await nodes.time.settle();
    expect(frozen.working).toEqual([]);
    await nodes.time.advance(2 * A_BEAT_MS);
    await nodes.expectSettled(nodes.nodes);
  });

  test('that learns of nothing itself is ended when a look, tried again, finds its lease gone', async () => {
    const nodes = new TestNodes({ partitions: 1 });
    const node = nodes.make();
    node.isIdle = true;
    node.leases.start();
    await nodes.time.advance(A_BEAT_MS);
    const fence = nodes.fences[0]?.fence ?? null;
    const other = { node: 'another', fence: '7.another' as Fence };
    expect(await nodes.store.swapLease(0, fence, other)).toBe(true);
    failNext(node, 'leases', 'reply lost');
    node.tell('all');
    await nodes.time.settle();
    expect(node.working).toEqual([0]);
    await nodes.time.advance(2 * A_BEAT_MS);
    await nodes.expectSettled([node]);
    expect(nodes.fences[1]?.fence).toMatch(/^8\./);
  });

  test('that does not end holds back neither the beat nor its lease, and is not begun twice', async () => {
    const [nodes, slow, other] = await pair(16);
    let release = () => {};
    const released = new Promise<void>((resolve) => {
      release = resolve;
    });
    slow.ending = () => released;
    const had = slow.leases.held();
    const joined = nodes.join();
    await nodes.time.advance(4 * A_BEAT_MS);
    const moved = had.filter((partition) => joined.leases.held().includes(partition));
    expect(moved.length).toBeGreaterThan(0);
    await joined.leases.stop();
    await other.leases.stop();
    await nodes.time.advance(4 * A_BEAT_MS);
    for (const partition of moved) expect(slow.leases.held()).not.toContain(partition);
    release();
    await nodes.time.advance(A_BEAT_MS);
    await nodes.expectSettled([slow]);
    nodes.expectFenced();
  });

  test('that does not end does not hold a stop up', async () => {
    const [nodes, stopping, other] = await pair(16);
    stopping.ending = () => new Promise(() => {});
    const stop = stopping.leases.stop();
    await nodes.time.advance(A_BEAT_MS);
    await stop;
    await nodes.time.settle();
    await nodes.expectSettled([other]);
  });

  test('that finds its fence gone is ended and begun again with a new one', async () => {
    const [nodes, node] = await pair(4);
    const [partition = -1] = node.leases.held();
    const lease = (await nodes.store.leases())[partition];
    if (!lease) throw new Error('the partition has no lease');
    const old = lease.fence;
    node.leases.lost(partition, old);
    node.leases.lost(partition, old);
    await nodes.time.settle();
    expect(node.leases.held()).not.toContain(partition);
    await nodes.time.advance(A_BEAT_MS);
    await nodes.expectSettled(nodes.nodes);
    const again = (await nodes.store.leases())[partition]?.fence;
    expect(again).not.toBe(old);
    // A late word about the former fence is none about this one.
    node.leases.lost(partition, old);
    await nodes.time.settle();
    expect(node.leases.held()).toContain(partition);
  });

  test('a lease that was overwritten is noticed although nothing else speaks for it', async () => {
    const [nodes, node] = await pair(4);
    const [partition = -1] = node.leases.held();
    const lease = (await nodes.store.leases())[partition];
    if (!lease) throw new Error('the partition has no lease');
    const fence = `${Number.parseInt(lease.fence, 10) + 1}.operator` as typeof lease.fence;
    await nodes.store.swapLease(partition, lease.fence, { node: null, fence });
    await nodes.time.advance(7 * A_BEAT_MS);
    await nodes.expectSettled(nodes.nodes);
    nodes.expectFenced();
  });

  test('that cannot be begun is tried in every cycle and logged once', async () => {
    const nodes = new TestNodes({ partitions: 4 });
    const node = nodes.make();
    node.onHold = () => {
      throw new Error('no room');
    };
    node.leases.start();
    await nodes.time.advance(10_000);
    expect(node.leases.held()).toEqual([]);
    expect(node.log.errors).toHaveLength(1);
    node.onHold = () => {};
    await nodes.time.advance(A_BEAT_MS);
    await nodes.expectSettled([node]);
    nodes.expectFenced();
  });

  test('a fault of the store is logged once, and again when it comes back later', async () => {
    const [nodes, node] = await pair(4);
    for (let time = 1; time <= 2; time++) {
      node.fate = (method) => (method === 'beat' ? new Error('broken') : 'answered');
      await nodes.time.advance(5_000);
      expect(node.log.errors).toHaveLength(time);
      node.fate = () => 'answered';
      await nodes.time.advance(5_000);
    }
    await nodes.expectSettled(nodes.nodes);
  });
});

describe('whatever happens', () => {
  test.each(Array.from({ length: 40 }, (_, index) => index + 1))(
    'every partition ends with one holder, and none writes after another: seed %i',
    async (seed) => {
      const steps: string[] = [];
      onTestFailed(() => console.error(`seed ${seed}: ${steps.join(', ')}`));
      const nodes = new TestNodes({ seed, partitions: 8 });
      const living = new Set<TestNode>([nodes.join()]);
      const gone: Promise<void>[] = [];
      const chance = () => nodes.time.random();
      const happen: Record<string, (node: TestNode) => void> = {
        join: () => void (living.size < 4 && living.add(nodes.join())),
        leave: (node) => void (living.delete(node) && gone.push(node.leases.stop())),
        crash: (node) => void (living.delete(node) && node.runtime.freeze()),
        freeze: (node) => node.runtime.freeze(),
        thaw: (node) => node.runtime.thaw(),
        'lose replies': (node) => {
          node.fate = () => (chance() < 0.2 ? 'reply lost' : 'answered');
        },
        'be cut off': (node) => {
          node.fate = () => 'out of reach';
        },
        'be well': (node) => {
          node.fate = () => 'answered';
        },
      };
      for (let event = 0; event < 30; event++) {
        if (living.size === 0) living.add(nodes.join());
        const node = oneOf(chance, [...living]);
        const name = oneOf(chance, Object.keys(happen));
        steps.push(`${nodes.nodes.indexOf(node)} ${name}`);
        happen[name]?.(node);
        await nodes.time.advance(chance() < 0.3 ? 0 : chance() * 4_000);
      }
      if (living.size === 0) living.add(nodes.join());
      for (const node of living) {
        node.fate = () => 'answered';
        node.runtime.thaw();
      }
      await nodes.time.advance(12_000);
      await nodes.expectSettled([...living]);
      nodes.expectFenced();
      for (const { log } of nodes.nodes) expect(log.errors).toEqual([]);
    },
  );
});
