import { describe, expect, test } from 'vitest';
import type { Store, TurnId } from '../../../src/engine/store.ts';
import { KeyValueStore } from '../../../src/storage/kv/store.ts';
import { createMemoryStore, MemoryBacking } from '../../../src/storage/memory/index.ts';
import { act, draft, fetchOf, newActor, newTurn, rowOf } from '../../contract/suite/draft.ts';

/** What comes before the next turn of the event loop. */
async function afterMicrotasks(): Promise<void> {
  for (let n = 0; n < 20; n++) await Promise.resolve();
}

describe('the memory store', () => {
  test('answers in microtasks, never before the call returns', async () => {
    const store = createMemoryStore();
    const come: string[] = [];
    const note = (name: string) => () => come.push(name);
    const actor = newActor();
    const macrotask = new Promise<void>((resolve) => {
      setImmediate(() => {
        note('later')();
        resolve();
      });
    });
    const answers = [
      store.commit(draft(actor, newTurn(), null, { state: '{}' })).then(note('commit')),
      rowOf(store, actor).then(note('fetch')),
      store.swapClaim('c', null, null).then(note('swap')),
      store.putAsync('q', '{}').then(note('put')),
      store.trail(actor, null, 1).then(note('trail')),
    ];
    expect(come).toEqual([]);
    await afterMicrotasks();
    expect([...come].sort()).toEqual(['commit', 'fetch', 'put', 'swap', 'trail']);
    await Promise.all([...answers, macrotask]);
    expect(come.at(-1)).toBe('later');
  });

  test('gives the same calls in the same order the same answers', async () => {
    const run = async (store: Store): Promise<string> => {
      const calls = Array.from({ length: 200 }, (_, n) => {
        const actor = { type: 'account', id: `a${n % 7}` };
        const writes = { state: String(n), records: [{ body: String(n), snapshot: null }] };
        return store.commit(
          draft(actor, `t${n}` as TurnId, n < 7 ? null : (`t${n - 7}` as TurnId), writes),
        );
      });
      return JSON.stringify(await Promise.all(calls));
    };
    const [first, second] = [createMemoryStore(), createMemoryStore()];
    expect(await run(first)).toBe(await run(second));
  });

  test('lets expire by the clock it is given', async () => {
    let now = 1_000;
    const store = createMemoryStore({ partitions: 2, now: () => now });
    const pointers = [{ key: 'k', value: 'v', ttlMs: 500 }];
    await fetchOf(store, { pointers });
    now = 1_499;
    expect((await fetchOf(store, { pointers })).pointers).toEqual(['v']);
    now = 1_500;
    expect((await fetchOf(store, { pointers })).pointers).toEqual([null]);
  });

  test('does not grow by what has expired', async () => {
    let now = 1_000;
    const backing = new MemoryBacking(() => now);
    const store = new KeyValueStore(backing, 4, () => now);
    const actor = newActor();
    const size = () =>
      [...backing.committed.range({ from: ' ', before: '~', reverse: false, limit: 1e6 })].length;
    for (let n = 0; n < 500; n++) {
      now += 10;
      const reply = { commandId: `c${n}`, body: '{}', record: null, ttlMs: 100 };
      await act(store, actor, { replies: [reply] });
      await fetchOf(store, { pointers: [{ key: `k${n}`, value: 'v', ttlMs: 100 }] });
    }
    expect(size()).toBeLessThan(100);
  });

  test('that is closed says so', async () => {
    const store = createMemoryStore();
    await store.close();
    await expect(store.ping()).rejects.toMatchObject({ name: 'StoreUnavailable', applied: 'no' });
    await expect(act(store, newActor(), {})).rejects.toMatchObject({ name: 'StoreUnavailable' });
  });
});
