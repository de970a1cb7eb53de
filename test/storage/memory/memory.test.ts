import { describe, expect, test } from 'vitest';
import type { Store, TurnId } from '../../../src/engine/store.ts';
import type { Woken } from '../../../src/engine/work-store.ts';
import { KeyValueStore } from '../../../src/storage/kv/store.ts';
import { createMemoryStore, MemoryBacking } from '../../../src/storage/memory/index.ts';
import {
  act,
  draft,
  fetchOf,
  newActor,
  newTurn,
  record,
  rowOf,
} from '../../contract/suite/draft.ts';
import { hold, keysOf, scanAll, stepOf } from '../../contract/suite/work/draft.ts';

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

  test('goes by the clock it is given for nodes, and for what is due', async () => {
    let now = 1_000;
    const store = createMemoryStore({ partitions: 2, now: () => now });
    expect(await store.beat('a', 500)).toEqual(['a']);
    const order = { kind: 'in', ms: 500 } as const;
    const rows = [{ table: 't', key: 'k', body: '1', order }];
    await store.post({ partition: 0, expected: [], rows });
    now = 1_499;
    expect(await store.beat('b', 500)).toEqual(['a', 'b']);
    expect(await keysOf(store, 0, 't', 'now')).toEqual([]);
    now = 1_500;
    expect(await store.beat('b', 500)).toEqual(['b']);
    expect(await scanAll(store, 0, 't', 'now')).toEqual([{ key: 'k', order: 1_500, body: '1' }]);
    expect((await store.survey(0, [])).now).toBe(1_500);
  });

  test('takes background work in microtasks, and tells of it there, after the call', async () => {
    const store = createMemoryStore({ partitions: 1 });
    const held = await hold(store, 0);
    const heard: [number, Woken][] = [];
    const ends = [0, 1, 2].map((node) => store.onWake((woken) => heard.push([node, woken])));
    const rest = store.rest({ partition: 0, fence: held.fence, head: 0, tables: [] });
    const commit = act(store, newActor(), { records: [record('{}')] });
    const step = store.step(stepOf(held));
    expect(heard).toEqual([]);
    await afterMicrotasks();
    expect(heard).toEqual([0, 1, 2].map((node) => [node, 0]));
    expect(await Promise.all([rest, step])).toMatchObject([{ resting: true }, { kind: 'done' }]);
    ends[1]?.();
    await commit;
    const leave = store.leave('nobody');
    // Not within the call; and who ends it in between hears nothing of it.
    expect(heard).toHaveLength(3);
    ends[0]?.();
    await leave;
    await afterMicrotasks();
    expect(heard.slice(3)).toEqual([[2, 'nodes']]);
  });

  test('is not woken by a commit where nobody rests, nor twice by one rest', async () => {
    const store = createMemoryStore({ partitions: 1 });
    const held = await hold(store, 0);
    const heard: Woken[] = [];
    store.onWake((woken) => heard.push(woken));
    const commit = () => act(store, newActor(), { records: [record('{}')] });
    await commit();
    await store.rest({ partition: 0, fence: held.fence, head: 0, tables: [] });
    await commit();
    await afterMicrotasks();
    expect(heard).toEqual([]);
    await store.rest({ partition: 0, fence: held.fence, head: 2, tables: [] });
    await act(store, newActor(), { state: '{}' });
    await afterMicrotasks();
    expect(heard).toEqual([]);
    for (let n = 0; n < 3; n++) await commit();
    await afterMicrotasks();
    expect(heard).toEqual([0]);
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
