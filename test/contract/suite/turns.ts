import { describe, expect, test } from 'vitest';
import { RECENT_TURNS, type TurnId } from '../../../src/engine/store.ts';
import {
  act,
  draft,
  entry,
  fetchOf,
  headOf,
  newActor,
  newTurn,
  positionOf,
  record,
  rowOf,
  type StoreUnderTest,
} from './draft.ts';

/** What keeps the turns of one actor in a row. */
export function turnContract(store: StoreUnderTest): void {
  describe('a commit after another turn', () => {
    test('is a conflict that carries the row, and writes nothing', async () => {
      const actor = newActor();
      await act(store(), actor, { state: '{"n":1}', records: [record('{}')] });
      const head = await headOf(store(), actor);
      const row = await rowOf(store(), actor);
      for (const expected of [null, newTurn()]) {
        const reply = await store().commit(
          draft(actor, newTurn(), expected, {
            state: '{"n":2}',
            view: '{}',
            records: [record('{}')],
            recordCount: 2,
            entries: [entry('following', 'bob', 1)],
          }),
        );
        expect(reply).toEqual({ kind: 'conflict', actor: row });
      }
      expect(await rowOf(store(), actor)).toEqual(row);
      expect(await headOf(store(), actor)).toBe(head);
      const sizes = [{ actor, collection: 'following' }];
      expect((await fetchOf(store(), { sizes })).sizes).toEqual([0]);
    });

    test('is a conflict for an actor never written about, too', async () => {
      const reply = await store().commit(draft(newActor(), newTurn(), newTurn(), { state: '{}' }));
      expect(reply).toEqual({
        kind: 'conflict',
        actor: { lastTurn: null, recent: [], recentIsAll: true, state: null },
      });
    });
  });

  describe('a turn committed again', () => {
    test('gets its position again, and nothing is doubled', async () => {
      const actor = newActor();
      const turn = draft(actor, newTurn(), null, {
        state: '{}',
        records: [record('{}'), record('{}')],
        recordCount: 2,
        entries: [entry('following', 'bob', 1)],
      });
      const first = await store().commit(turn);
      const row = await rowOf(store(), actor);
      expect(await store().commit(turn)).toEqual(first);
      expect(await rowOf(store(), actor)).toEqual(row);
      expect(await headOf(store(), actor)).toBe(positionOf(first) + 1);
      const sizes = [{ actor, collection: 'following' }];
      expect((await fetchOf(store(), { sizes })).sizes).toEqual([1]);
    });

    test('gets its position again after other turns followed', async () => {
      const actor = newActor();
      const turn = draft(actor, newTurn(), null, { records: [record('{}')], recordCount: 1 });
      const first = await store().commit(turn);
      for (let n = 1; n < RECENT_TURNS; n++) {
        await act(store(), actor, { records: [record('{}')], state: `{"n":${n}}` });
      }
      const row = await rowOf(store(), actor);
      expect(await store().commit(turn)).toEqual(first);
      expect(await rowOf(store(), actor)).toEqual(row);
    });

    test('gets the head it was committed at where it had no record', async () => {
      const actor = newActor();
      await act(store(), actor, { records: [record('{}')] });
      const turn = draft(actor, newTurn(), (await rowOf(store(), actor)).lastTurn, {
        state: '{}',
        recordCount: 1,
      });
      const first = await store().commit(turn);
      await act(store(), actor, { records: [record('{}')] });
      expect(await store().commit(turn)).toEqual(first);
    });
  });

  describe('the recent turns', () => {
    test('are all there are, until there are more than are kept', async () => {
      const actor = newActor();
      const committed: { turnId: TurnId; position: number; records: number }[] = [];
      for (let n = 1; n <= RECENT_TURNS; n++) {
        committed.unshift({
          ...(await act(store(), actor, { records: [record('{}')] })),
          records: n,
        });
        const row = await rowOf(store(), actor);
        expect(row).toEqual({
          lastTurn: committed[0]?.turnId,
          recent: committed,
          recentIsAll: true,
          state: null,
        });
      }
    });

    test('are the newest, at least as many as promised, and say that there were more', async () => {
      const actor = newActor();
      const committed: TurnId[] = [];
      for (let n = 1; n <= 40; n++) {
        committed.unshift((await act(store(), actor, { state: `{"n":${n}}` })).turnId);
      }
      const row = await rowOf(store(), actor);
      expect(row.recent.length).toBeGreaterThanOrEqual(RECENT_TURNS);
      expect(row.recent.map(({ turnId }) => turnId)).toEqual(committed.slice(0, row.recent.length));
      expect(row.recentIsAll).toBe(row.recent.length === committed.length);
    });
  });

  describe('a check', () => {
    test('gives the head and writes nothing, not even its turn', async () => {
      const actor = newActor();
      const { position } = await act(store(), actor, { state: '{}', records: [record('{}')] });
      const row = await rowOf(store(), actor);
      const check = draft(actor, newTurn(), row.lastTurn, { recordCount: 1 });
      expect(await store().commit(check)).toEqual({ kind: 'committed', position });
      expect(await rowOf(store(), actor)).toEqual(row);
    });

    test('gives the head of the whole feed to an actor never written about', async () => {
      const actor = newActor();
      const head = await headOf(store(), actor);
      const reply = await store().commit(draft(actor, newTurn(), null));
      expect(reply).toEqual({ kind: 'committed', position: head });
      expect((await rowOf(store(), actor)).lastTurn).toBeNull();
    });

    test('that is stale is a conflict', async () => {
      const actor = newActor();
      await act(store(), actor, { state: '{}' });
      const row = await rowOf(store(), actor);
      const reply = await store().commit(draft(actor, newTurn(), null));
      expect(reply).toEqual({ kind: 'conflict', actor: row });
    });
  });

  test('200 commits to one actor at once, each retried, make 200 turns', async () => {
    const actor = newActor();
    const before = await headOf(store(), actor);
    await Promise.all(
      Array.from({ length: 200 }, async () => {
        const turnId = newTurn();
        let row = await rowOf(store(), actor);
        for (;;) {
          const version = row.state === null ? 0 : Number(row.state);
          const recordCount = (row.recent[0]?.records ?? 0) + 1;
          const reply = await store().commit(
            draft(actor, turnId, row.lastTurn, {
              state: String(version + 1),
              records: [record(String(version + 1))],
              recordCount,
            }),
          );
          if (reply.kind !== 'conflict') return;
          row = reply.actor;
        }
      }),
    );
    const row = await rowOf(store(), actor);
    expect(row.state).toBe('200');
    expect(row.recent[0]?.records).toBe(200);
    expect(await headOf(store(), actor)).toBe(before + 200);
    const { records } = await store().trail(actor, null, 300);
    expect(records.map(({ body }) => Number(body))).toEqual(
      Array.from({ length: 200 }, (_, n) => 200 - n),
    );
  });
}
