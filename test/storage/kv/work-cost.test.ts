import { describe, expect, test } from 'vitest';
import type { Backing, Decide, Range, Reader } from '../../../src/storage/kv/backing.ts';
import { KeyValueStore } from '../../../src/storage/kv/store.ts';
import { MemoryBacking } from '../../../src/storage/memory/index.ts';
import { act, entry, newActorIn, record } from '../../contract/suite/draft.ts';
import { at, type Held, hold, item, NEXT, row, work } from '../../contract/suite/work/draft.ts';

const PARTITIONS = 4;

/** A memory that counts what is read and written of it. */
class CountingBacking implements Backing {
  readonly #memory = new MemoryBacking(Date.now);
  operations = 0;

  get committed(): Reader {
    return this.#counted(this.#memory.committed);
  }

  step<T>(decide: Decide<T>): Promise<T> {
    return this.#memory.step((reader) => {
      const decision = decide(this.#counted(reader));
      this.operations += decision.writes.length;
      return decision;
    });
  }

  ping(): Promise<void> {
    return this.#memory.ping();
  }

  close(): Promise<void> {
    return this.#memory.close();
  }

  #counted(reader: Reader): Reader {
    return {
      get: (key) => {
        this.operations += 1;
        return reader.get(key);
      },
      range: (range) => this.#countedRange(reader, range),
    };
  }

  *#countedRange(reader: Reader, range: Range): Iterable<readonly [string, string]> {
    this.operations += 1;
    for (const pair of reader.range(range)) {
      this.operations += 1;
      yield pair;
    }
  }
}

/** The partition gets `count` more of everything. */
async function fill(store: KeyValueStore, held: Held, count: number, tag: string): Promise<void> {
  const { partition } = held;
  const actor = newActorIn(partition, PARTITIONS);
  const owner = newActorIn(partition, PARTITIONS);
  for (let n = 0; n < count; n++) {
    const rows = [
      row('timers', `${tag}${n}`, '1', at(1_000 + n)),
      row('outbox', `${tag}${n}`, '1', NEXT),
      row('queue', `${tag}${n}`, '1'),
    ];
    await work(store, held, { rows });
    await act(store, actor, { records: [record('{}')] });
    await store.putAsync(`${tag}${n}`, '{}');
    const entries = [{ owner, ...entry('entries', `${n}`, n) }];
    await store.transfer({ partition, cursor: tag, items: [item(n + 1, { entries })] });
  }
}

describe('the cost of background work', () => {
  test('does not grow with what is there', async () => {
    const backing = new CountingBacking();
    const store = new KeyValueStore(backing, PARTITIONS, Date.now);
    const held = await hold(store, 0);
    const { partition, fence } = held;
    const tables = ['timers', 'outbox', 'queue'];
    await store.subscribe([{ name: 'policy', from: 'beginning' }]);
    let position = 0;
    let drawn = 0;

    /** What each call reads and writes, of rows that are new to it. */
    const costs = async (): Promise<Record<string, number>> => {
      drawn += 1;
      const page = { after: null, until: null, limit: 5 };
      const add = tables.map((table) => row(table, `x${drawn}`, '1', NEXT));
      const move = { subscriber: 'policy', expected: position, next: ++position };
      const calls: Record<string, () => Promise<unknown>> = {
        step: () => work(store, held, { rows: add, checkpoints: [move] }),
        replace: () => work(store, held, { rows: add }),
        remove: () => work(store, held, { rows: add.map((each) => ({ ...each, body: null })) }),
        post: () => store.post({ partition, expected: [], rows: [row('queue', `y${drawn}`, '1')] }),
        scan: () => store.scan(partition, 'timers', page),
        due: () => store.scan(partition, 'timers', { ...page, until: 1_004 }),
        rest: () => store.rest({ partition, fence, head: 0, tables }),
        survey: () => store.survey(partition, tables),
        feed: () => store.readFeed(partition, 3, 5),
        transfer: () => store.transfer({ partition, cursor: 'c', items: [item(drawn)] }),
        subscribe: () => store.subscribe([{ name: 'policy', from: 'head' }]),
      };
      const all: Record<string, number> = {};
      for (const [name, call] of Object.entries(calls)) {
        const before = backing.operations;
        await call();
        all[name] = backing.operations - before;
      }
      return all;
    };
    await fill(store, held, 10, 'few');
    await costs();
    const few = await costs();
    await fill(store, held, 1_000, 'many');
    expect(await costs()).toEqual(few);
    for (const operations of Object.values(few)) expect(operations).toBeLessThan(40);
  });

  test('does not grow with what was trimmed, and trims so much at a time', async () => {
    const backing = new CountingBacking();
    const store = new KeyValueStore(backing, PARTITIONS, Date.now);
    const [partition, actor] = [0, newActorIn(0, PARTITIONS)];
    const operationsOf = async (call: () => Promise<unknown>) => {
      const before = backing.operations;
      await call();
      return backing.operations - before;
    };
    const costs = async () => [
      await operationsOf(() => store.readFeed(partition, 0, 5)),
      await operationsOf(() => store.survey(partition, [])),
      await operationsOf(() => store.trail(actor, null, 5)),
      await operationsOf(() => store.subscribe([{ name: 'late', from: 'beginning' }])),
      await operationsOf(() => store.unsubscribe('late')),
      await operationsOf(() => store.trim(partition, 3)),
    ];
    const records = Array.from({ length: 10 }, () => record('{}'));
    await act(store, actor, { records });
    expect(await store.trim(partition, 3)).toBe(3);
    const few = await costs();
    for (let n = 0; n < 500; n++) await act(store, actor, { records });
    const steps: number[] = [];
    while ((await store.survey(partition, [])).trimmed < 5_000) {
      steps.push(await operationsOf(() => store.trim(partition, 5_000)));
    }
    expect(Math.max(...steps)).toBeLessThan(1_100);
    expect(await costs()).toEqual(few);
    for (const operations of few) expect(operations).toBeLessThan(40);
  });

  test('of a page of owners does not grow with what they have', async () => {
    const backing = new CountingBacking();
    const store = new KeyValueStore(backing, PARTITIONS, Date.now);
    const ids = ['a', 'b', 'c'];
    const bring = (keys: readonly string[], position: number) => {
      const entries = ids.flatMap((id) =>
        keys.map((key) => ({ owner: { type: '~m', id }, ...entry('entries', key, 1) })),
      );
      return store.transfer({ partition: 0, cursor: 'c', items: [item(position, { entries })] });
    };
    const cost = async () => {
      const before = backing.operations;
      expect(await store.owners('~m', null, 9)).toEqual({ ids, next: null });
      return backing.operations - before;
    };
    await bring(['k'], 1);
    const few = await cost();
    await bring(
      Array.from({ length: 3_000 }, (_, n) => `k${n}`),
      2,
    );
    expect(await cost()).toBe(few);
    expect(few).toBeLessThan(12);
  });
});
