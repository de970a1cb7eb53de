import { describe, expect, test } from 'vitest';
import type { Store } from '../../../../src/engine/store.ts';
import type { FeedRecord } from '../../../../src/engine/work-store.ts';
import {
  act,
  draft,
  keyOf,
  newActorIn,
  newTurn,
  type OpenStore,
  PARTITIONS,
  record,
  type StoreUnderTest,
  unique,
} from '../draft.ts';
import { hold, work } from './draft.ts';

const PARTITION = 1;
/** More than these tests write: a feed that never ends fails. */
const RECORDS_MAX = 10_000;

async function readAll(
  store: Store,
  partition: number,
  from: number,
  limit: number,
): Promise<FeedRecord[]> {
  const records: FeedRecord[] = [];
  for (;;) {
    const after = records.at(-1)?.position ?? from;
    const page = await store.readFeed(partition, after, limit);
    expect(page.length).toBeLessThanOrEqual(limit);
    expect(page.length + records.length).toBeLessThan(RECORDS_MAX);
    if (page.length === 0) return records;
    records.push(...page);
  }
}

/** The records of a partition. */
export function feedContract(store: StoreUnderTest, open: OpenStore): void {
  describe('a feed', () => {
    test('gives its records in order, with position, actor and body, page by page', async () => {
      const actors = [newActorIn(PARTITION), newActorIn(PARTITION)];
      const head = (await store().heads())[PARTITION] ?? 0;
      const written: FeedRecord[] = [];
      for (let turn = 0; turn < 8; turn++) {
        const actor = actors[turn % 2] ?? newActorIn(PARTITION);
        const bodies = Array.from({ length: turn % 4 }, (_, n) => `{"turn":${turn},"n":"${n}\\n"}`);
        const { position } = await act(store(), actor, {
          state: '{}',
          records: bodies.map((body, n) => ({ body, snapshot: n === 1 ? '{"s":1}' : null })),
        });
        for (const [n, body] of bodies.entries()) {
          written.push({ position: position + n, actor: keyOf(actor), body });
        }
        await act(store(), newActorIn(PARTITION + 1), { records: [record('"elsewhere"')] });
      }
      for (const limit of [1, 2, 5, written.length, 100]) {
        expect(await readAll(store(), PARTITION, head, limit)).toEqual(written);
      }
      const [, second] = written;
      expect(await store().readFeed(PARTITION, head + 1, 1)).toEqual([second]);
    });

    test('has nothing behind its head', async () => {
      const { position } = await act(store(), newActorIn(PARTITION), { records: [record('{}')] });
      expect(await store().readFeed(PARTITION, position, 5)).toEqual([]);
      expect(await store().readFeed(PARTITION, position + 1_000, 5)).toEqual([]);
    });

    test('is as long as its head says; a turn without a record is not in it', async () => {
      const [actor, ...heads] = [newActorIn(PARTITION), ...(await store().heads())];
      await act(store(), actor, { state: '{}' });
      expect(await store().heads()).toEqual(heads);
      await act(store(), actor, { records: [record('{}'), record('{}')] });
      const after = heads.map((head, partition) => (partition === PARTITION ? head + 2 : head));
      expect(await store().heads()).toEqual(after);
    });

    test('of a new store is empty; who subscribes there begins at 0', async () => {
      const { store: fresh, close } = await open({ partitions: 3 });
      try {
        expect(await fresh.heads()).toEqual([0, 0, 0]);
        expect(await fresh.readFeed(0, 0, 5)).toEqual([]);
        await fresh.unsubscribe('nobody');
        await fresh.subscribe([{ name: 'early', from: 'head' }]);
        const actor = newActorIn(1, 3);
        await fresh.commit(draft(actor, newTurn(), null, { records: [record('1'), record('2')] }));
        expect(await fresh.heads()).toEqual([0, 2, 0]);
        expect(await fresh.readFeed(1, 0, 5)).toEqual([
          { position: 1, actor: keyOf(actor), body: '1' },
          { position: 2, actor: keyOf(actor), body: '2' },
        ]);
        await fresh.subscribe([{ name: 'late', from: 'head' }]);
        expect(await fresh.checkpoints('early')).toEqual([0, 0, 0]);
        expect(await fresh.checkpoints('late')).toEqual([0, 2, 0]);
      } finally {
        await close();
      }
    });
  });
}

/** Who passes the feed, and how far it is. */
export function subscriberContract(store: StoreUnderTest): void {
  describe('a subscriber', () => {
    test('begins at the head of every feed, or at 0', async () => {
      for (let partition = 0; partition < PARTITIONS; partition++) {
        await act(store(), newActorIn(partition), { records: [record('{}')] });
      }
      const [now, past] = [unique('head'), unique('beginning')];
      await store().subscribe([
        { name: now, from: 'head' },
        { name: past, from: 'beginning' },
      ]);
      expect(await store().checkpoints(now)).toEqual(await store().heads());
      expect(await store().checkpoints(past)).toEqual(Array(PARTITIONS).fill(0));
    });

    test('stays where it is, however it is subscribed again, beside one that is new', async () => {
      const [moved, still, fresh] = [unique('moved'), unique('still'), unique('fresh')];
      await store().subscribe([
        { name: moved, from: 'beginning' },
        { name: still, from: 'head' },
      ]);
      const [passed, stood] = [await store().checkpoints(moved), await store().checkpoints(still)];
      const held = await hold(store(), PARTITION);
      await work(store(), held, { checkpoints: [{ subscriber: moved, expected: 0, next: 1 }] });
      await act(store(), newActorIn(PARTITION), { records: [record('{}')] });
      await store().subscribe([
        { name: moved, from: 'head' },
        { name: fresh, from: 'head' },
        { name: still, from: 'beginning' },
      ]);
      const expected = passed.map((position, n) => (n === PARTITION ? 1 : position));
      expect(await store().checkpoints(moved)).toEqual(expected);
      expect(await store().checkpoints(still)).toEqual(stood);
      expect(await store().checkpoints(fresh)).toEqual(await store().heads());
    });

    test('that nobody knows has passed nothing', async () => {
      await store().subscribe([]);
      expect(await store().checkpoints(unique('nobody'))).toEqual(Array(PARTITIONS).fill(0));
    });
  });
}
