import { describe, expect, test } from 'vitest';
import {
  act,
  draft,
  entry,
  fetchOf,
  HOUR_MS,
  headOf,
  keyOf,
  newActor,
  newActorIn,
  newTurn,
  type OpenStore,
  PARTITIONS,
  positionOf,
  record,
  rowOf,
  type StoreUnderTest,
  unique,
} from './draft.ts';

/** What one commit writes, and where it puts it. */
export function commitContract(store: StoreUnderTest, open: OpenStore): void {
  describe('a commit', () => {
    test('writes state, view, held claims, records, entries and replies in one step', async () => {
      const actor = newActor();
      const turnId = newTurn();
      const claim = unique('email');
      const commandId = unique('command');
      const reply = await store().commit(
        draft(actor, turnId, null, {
          state: '{"value":"active"}',
          view: '{"active":true}',
          held: { [claim]: 'token' },
          records: [record('{"n":1}'), { body: '{"n":2}', snapshot: '{"value":"active"}' }],
          recordCount: 2,
          entries: [entry('following', 'bob', 1000), entry('blocked', 'eve', 2000, '{"why":1}')],
          replies: [{ commandId, body: '{"ok":true}', record: 1, ttlMs: HOUR_MS }],
        }),
      );
      const position = positionOf(reply);

      const fetched = await fetchOf(store(), {
        actor,
        views: [actor],
        entries: [
          { actor, collection: 'following', key: 'bob' },
          { actor, collection: 'blocked', key: 'eve' },
        ],
        sizes: [
          { actor, collection: 'following' },
          { actor, collection: 'blocked' },
        ],
      });
      expect(fetched).toEqual({
        pointers: [],
        actor: {
          lastTurn: turnId,
          recent: [{ turnId, position, records: 2 }],
          recentIsAll: true,
          state: '{"value":"active"}',
        },
        views: ['{"active":true}'],
        entries: [
          { key: 'bob', at: 1000, value: null },
          { key: 'eve', at: 2000, value: '{"why":1}' },
        ],
        sizes: [1, 1],
      });
      expect(await store().trail(actor, null, 10)).toEqual({
        records: [
          { position: position + 1, body: '{"n":2}', snapshot: '{"value":"active"}' },
          { position, body: '{"n":1}' },
        ],
        next: null,
        isTrimmed: false,
      });
      expect(await store().reply(actor, commandId)).toEqual({
        body: '{"ok":true}',
        position: position + 1,
      });
      expect(await store().fenceClaim(keyOf(actor), claim, newTurn())).toBe('held');
    });

    test('leaves state, view and held claims as they were where it has none', async () => {
      const actor = newActor();
      const claim = unique('email');
      await act(store(), actor, { state: '{"s":1}', view: '{"v":1}', held: { [claim]: 't' } });
      await act(store(), actor, { records: [record('{}')] });
      const fetched = await fetchOf(store(), { actor, views: [actor] });
      expect(fetched.actor?.state).toBe('{"s":1}');
      expect(fetched.views).toEqual(['{"v":1}']);
      expect(await store().fenceClaim(keyOf(actor), claim, newTurn())).toBe('held');
    });

    test('replaces state, view and all held claims where it has them', async () => {
      const actor = newActor();
      const claim = unique('email');
      await act(store(), actor, { state: '{"s":1}', view: '{"v":1}', held: { [claim]: 't' } });
      await act(store(), actor, { state: '{"s":2}', view: '{"v":2}', held: {} });
      const fetched = await fetchOf(store(), { actor, views: [actor] });
      expect(fetched.actor?.state).toBe('{"s":2}');
      expect(fetched.views).toEqual(['{"v":2}']);
      expect(await store().fenceClaim(keyOf(actor), claim, newTurn())).toBe('fenced');
    });

    test('gets positions without gaps, whichever actors of the partition commit', async () => {
      const actors = [newActorIn(1), newActorIn(1), newActorIn(1)];
      const [first = newActor()] = actors;
      let next = (await headOf(store(), first)) + 1;
      for (let round = 0; round < 4; round++) {
        for (const [index, actor] of actors.entries()) {
          const records = Array.from({ length: index }, (_, n) => record(`{"n":${n}}`));
          const { position } = await act(store(), actor, { records, state: `{"r":${round}}` });
          expect(position).toBe(records.length === 0 ? next - 1 : next);
          next += records.length;
        }
      }
      expect(await headOf(store(), first)).toBe(next - 1);
    });

    test('gets positions without gaps when many actors commit at once', async () => {
      const actors = Array.from({ length: 50 }, () => newActorIn(2));
      const head = await headOf(store(), actors[0] ?? newActor());
      const done = await Promise.all(
        actors.map((actor) => act(store(), actor, { records: [record('{}'), record('{}')] })),
      );
      const positions = done.map(({ position }) => position).sort((a, b) => a - b);
      expect(positions).toEqual(actors.map((_, index) => head + 1 + 2 * index));
    });

    test('of a turn without a record has the position of the head', async () => {
      const actor = newActor();
      const first = await act(store(), actor, { records: [record('{}'), record('{}')] });
      const second = await act(store(), actor, { state: '{}' });
      expect(second.position).toBe(first.position + 1);
      expect((await rowOf(store(), actor)).recent[0]).toEqual({ ...second, records: 2 });
    });

    test('counts the records of the actor, rejections included', async () => {
      const actor = newActor();
      await act(store(), actor, { records: [record('{}')] });
      await act(store(), actor, { records: [record('{}'), record('{}')], state: '{}' });
      await act(store(), actor, { state: '{"n":3}' });
      const { recent } = await rowOf(store(), actor);
      expect(recent.map(({ records }) => records)).toEqual([3, 3, 1]);
    });

    test('of a refusal to an actor that does not exist leaves a trail and no actor', async () => {
      const actor = newActor();
      const { turnId, position } = await act(store(), actor, { records: [record('{"no":1}')] });
      const fetched = await fetchOf(store(), { actor, views: [actor] });
      expect(fetched.views).toEqual([null]);
      expect(fetched.actor).toEqual({
        lastTurn: turnId,
        recent: [{ turnId, position, records: 1 }],
        recentIsAll: true,
        state: null,
      });
      expect(await store().trail(actor, null, 10)).toEqual({
        records: [{ position, body: '{"no":1}' }],
        next: null,
        isTrimmed: false,
      });
    });
  });

  describe('a new store', () => {
    test('has the partitions it was opened with, and answers a ping', async () => {
      expect(store().partitions).toBe(PARTITIONS);
      await store().ping();
    });

    test('keeps one feed for each partition, empty at 0, beginning at 1', async () => {
      const { store: fresh, close } = await open({ partitions: 3 });
      try {
        for (let partition = 0; partition < 3; partition++) {
          const actor = newActorIn(partition, 3);
          expect(await headOf(fresh, actor)).toBe(0);
          const { position } = await act(fresh, actor, { records: [record('{}')] });
          expect(position).toBe(1);
        }
      } finally {
        await close();
      }
    });

    test('says the same epoch while nothing happens to it', async () => {
      const before = store().epoch();
      await act(store(), newActor(), { state: '{}' });
      expect(store().epoch()).toBe(before);
    });
  });
}
