import { describe, expect, test } from 'vitest';
import { partitionOf } from '../../../src/engine/address.ts';
import type { Store } from '../../../src/engine/store.ts';
import {
  HOUR_MS,
  type OpenStore,
  PARTITIONS,
  type StoreUnderTest,
  unique,
  uniqueIn,
} from './draft.ts';

async function pendingIds(store: Store, partition: number, limit = 1000): Promise<string[]> {
  const pending = await store.pendingAsync(partition, limit);
  return pending.map(({ commandId }) => commandId);
}

/** Commands that are kept first and run later. */
export function asyncContract(store: StoreUnderTest, open: OpenStore): void {
  describe('an async command', () => {
    test('is kept once, as it came first', async () => {
      const commandId = unique('async');
      await store().putAsync(commandId, '{"n":1}');
      await store().putAsync(commandId, '{"n":2}');
      const kept = { commandId, command: '{"n":1}', result: null };
      expect(await store().async(commandId)).toEqual(kept);
      const pending = await store().pendingAsync(partitionOf(commandId, PARTITIONS), 1000);
      expect(pending.filter((command) => command.commandId === commandId)).toEqual([kept]);
    });

    test('that was never kept is null', async () => {
      expect(await store().async(unique('async'))).toBeNull();
    });

    test('has its result once finished, is pending no longer, and cannot be kept anew', async () => {
      const commandId = unique('async');
      await store().putAsync(commandId, '{}');
      await store().finishAsync(commandId, '{"done":true}', HOUR_MS);
      const finished = { commandId, command: '{}', result: '{"done":true}' };
      expect(await store().async(commandId)).toEqual(finished);
      await store().putAsync(commandId, '{"again":true}');
      expect(await store().async(commandId)).toEqual(finished);
      expect(await pendingIds(store(), partitionOf(commandId, PARTITIONS))).not.toContain(
        commandId,
      );
    });

    test('is gone some time after it is finished, and never before', async () => {
      const [short, long, pending] = [unique('async'), unique('async'), unique('async')];
      for (const commandId of [short, long, pending]) await store().putAsync(commandId, '{}');
      await store().finishAsync(long, '{}', HOUR_MS);
      await store().finishAsync(short, '{}', 100);
      await expect.poll(() => store().async(short), { timeout: 5000 }).toBeNull();
      expect(await store().async(long)).not.toBeNull();
      expect(await store().async(pending)).not.toBeNull();
    });
  });

  describe('pending async commands', () => {
    test('are those of one partition, oldest first, as many as asked for', async () => {
      const { store: fresh, close } = await open({ partitions: PARTITIONS });
      try {
        const ids = Array.from({ length: 30 }, (_, n) => uniqueIn(n % 2, `z${(n * 7) % 10}`));
        for (const commandId of ids) await fresh.putAsync(commandId, `"${commandId}"`);
        const [even, odd] = [0, 1].map((rest) => ids.filter((_, n) => n % 2 === rest));
        expect(await pendingIds(fresh, 0)).toEqual(even);
        expect(await pendingIds(fresh, 1)).toEqual(odd);
        expect(await pendingIds(fresh, 2)).toEqual([]);
        expect(await pendingIds(fresh, 0, 4)).toEqual(even?.slice(0, 4));
        await fresh.finishAsync(even?.[1] ?? '', '{}', HOUR_MS);
        expect(await pendingIds(fresh, 0, 2)).toEqual([even?.[0], even?.[2]]);
      } finally {
        await close();
      }
    });
  });
}
