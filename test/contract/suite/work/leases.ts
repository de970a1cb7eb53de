import { describe, expect, test } from 'vitest';
import { HOUR_MS, type OpenStore, type StoreUnderTest, unique } from '../draft.ts';
import { hold, newFence, PATIENCE } from './draft.ts';

const SHORT_MS = 100;

/** Which nodes live. */
export function nodeContract(store: StoreUnderTest): void {
  describe('a node', () => {
    test('lives after its beat, and is named in its place among those that live', async () => {
      const prefix = unique('node');
      const [a, b, c] = [`${prefix}-a`, `${prefix}-b`, `${prefix}-c`];
      const living = (nodes: readonly string[]) => nodes.filter((node) => node.startsWith(prefix));
      expect(living(await store().beat(b, HOUR_MS))).toEqual([b]);
      expect(living(await store().beat(c, HOUR_MS))).toEqual([b, c]);
      expect(living(await store().beat(a, HOUR_MS))).toEqual([a, b, c]);
      expect(living(await store().beat(b, HOUR_MS))).toEqual([a, b, c]);
      await store().leave(b);
      expect(living(await store().beat(a, HOUR_MS))).toEqual([a, c]);
      for (const node of [a, c]) await store().leave(node);
    });

    test('is gone some time after its last beat; that alone counts, longer or shorter', async () => {
      const [prolonged, once, shortened] = [unique('node'), unique('node'), unique('node')];
      const watcher = unique('node');
      await store().beat(prolonged, SHORT_MS);
      await store().beat(prolonged, HOUR_MS);
      await store().beat(shortened, HOUR_MS);
      await store().beat(shortened, SHORT_MS);
      await store().beat(once, SHORT_MS);
      const living = () => store().beat(watcher, HOUR_MS);
      await expect.poll(living, PATIENCE).not.toContain(once);
      await expect.poll(living, PATIENCE).not.toContain(shortened);
      expect(await living()).toContain(prolonged);
      for (const node of [prolonged, watcher]) await store().leave(node);
    });

    test('that was never there can leave', async () => {
      await store().leave(unique('node'));
    });
  });
}

/** Who may run a partition's background work. */
export function leaseContract(store: StoreUnderTest, open: OpenStore): void {
  describe('a lease', () => {
    test('is null before anyone had it, and is then had by one of two who try at once', async () => {
      const { store: fresh, close } = await open({ partitions: 2 });
      try {
        expect(await fresh.leases()).toEqual([null, null]);
        const leases = [1, 2].map(() => ({ node: unique('node'), fence: newFence() }));
        const tries = leases.map((lease) => fresh.swapLease(1, null, lease));
        const won = await Promise.all(tries);
        expect(won.toSorted()).toEqual([false, true]);
        expect(await fresh.leases()).toEqual([null, leases[won.indexOf(true)]]);
      } finally {
        await close();
      }
    });

    test('is replaced only if its fence is as expected', async () => {
      const { partition, node, fence } = await hold(store(), 2);
      const next = { node: unique('node'), fence: newFence() };
      const before = await store().leases();
      expect(before[partition]).toEqual({ node, fence });
      for (const expected of [null, newFence()]) {
        expect(await store().swapLease(partition, expected, next)).toBe(false);
        expect(await store().leases()).toEqual(before);
      }
      expect(await store().swapLease(partition, fence, next)).toBe(true);
      const after = before.map((lease, n) => (n === partition ? next : lease));
      expect(await store().leases()).toEqual(after);
    });

    test('that is so already is known again, and stays as it is', async () => {
      const { partition, node, fence } = await hold(store(), 2);
      for (const expected of [null, fence, newFence()]) {
        expect(await store().swapLease(partition, expected, { node, fence })).toBe(true);
      }
      const other = { node: unique('node'), fence };
      expect(await store().swapLease(partition, newFence(), other)).toBe(false);
      expect((await store().leases())[partition]).toEqual({ node, fence });
    });

    test('that is given back names nobody, and is taken by who knows its fence', async () => {
      const { partition, fence } = await hold(store(), 3);
      const free = { node: null, fence: newFence() };
      expect(await store().swapLease(partition, fence, free)).toBe(true);
      expect((await store().leases())[partition]).toEqual(free);
      const next = { node: unique('node'), fence: newFence() };
      expect(await store().swapLease(partition, fence, next)).toBe(false);
      expect(await store().swapLease(partition, free.fence, next)).toBe(true);
      expect((await store().leases())[partition]).toEqual(next);
    });
  });
}
