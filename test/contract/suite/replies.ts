import { describe, expect, test } from 'vitest';
import type { NewReply } from '../../../src/engine/store.ts';
import {
  act,
  draft,
  HOUR_MS,
  headOf,
  newActor,
  newTurn,
  positionOf,
  record,
  rowOf,
  type StoreUnderTest,
  unique,
} from './draft.ts';

function replyTo(commandId: string, more: Partial<NewReply> = {}): NewReply {
  return { commandId, body: '{"answer":1}', record: null, ttlMs: HOUR_MS, ...more };
}

/** What the replies kept with an actor promise. */
export function replyContract(store: StoreUnderTest): void {
  describe('a kept reply', () => {
    test('stands at its record, or at the head after the commit', async () => {
      const actor = newActor();
      const [first, second, none] = [unique('c'), unique('c'), unique('c')];
      const { position } = await act(store(), actor, {
        records: [record('{}'), record('{}')],
        replies: [
          replyTo(first, { record: 0, body: '1' }),
          replyTo(none, { body: 'none' }),
          replyTo(second, { record: 1, body: '2' }),
        ],
      });
      expect(await store().reply(actor, first)).toEqual({ body: '1', position });
      expect(await store().reply(actor, second)).toEqual({ body: '2', position: position + 1 });
      expect(await store().reply(actor, none)).toEqual({ body: 'none', position: position + 1 });
    });

    test('is written as a turn even where nothing else is', async () => {
      const actor = newActor();
      const commandId = unique('c');
      const head = await headOf(store(), actor);
      const { turnId } = await act(store(), actor, { replies: [replyTo(commandId)] });
      expect(await store().reply(actor, commandId)).toEqual({
        body: '{"answer":1}',
        position: head,
      });
      expect((await rowOf(store(), actor)).lastTurn).toBe(turnId);
    });

    test('makes the next commit of its command answered, and nothing is written', async () => {
      const actor = newActor();
      const [kept, fresh, alsoKept] = [unique('c'), unique('c'), unique('c')];
      await act(store(), actor, { replies: [replyTo(kept), replyTo(alsoKept)] });
      const row = await rowOf(store(), actor);
      const head = await headOf(store(), actor);
      const reply = await store().commit(
        draft(actor, newTurn(), row.lastTurn, {
          state: '{"changed":true}',
          records: [record('{}')],
          recordCount: 1,
          replies: [replyTo(kept), replyTo(fresh), replyTo(alsoKept)],
        }),
      );
      expect(reply).toEqual({ kind: 'answered', commandIds: [kept, alsoKept] });
      expect(await rowOf(store(), actor)).toEqual(row);
      expect(await headOf(store(), actor)).toBe(head);
      expect(await store().reply(actor, fresh)).toBeNull();
    });

    test('belongs to its actor', async () => {
      const [actor, other] = [newActor(), newActor()];
      const commandId = unique('c');
      await act(store(), actor, { replies: [replyTo(commandId)] });
      expect(await store().reply(other, commandId)).toBeNull();
      await act(store(), other, { replies: [replyTo(commandId, { body: '"other"' })] });
      expect((await store().reply(actor, commandId))?.body).toBe('{"answer":1}');
      expect((await store().reply(other, commandId))?.body).toBe('"other"');
    });

    test('is gone after its time, and its command can be answered anew', async () => {
      const actor = newActor();
      const [short, long] = [unique('c'), unique('c')];
      await act(store(), actor, { replies: [replyTo(short, { ttlMs: 100 }), replyTo(long)] });
      await expect.poll(() => store().reply(actor, short), { timeout: 5000 }).toBeNull();
      expect(await store().reply(actor, long)).not.toBeNull();
      await act(store(), actor, { replies: [replyTo(short, { body: '"new"' })] });
      expect((await store().reply(actor, short))?.body).toBe('"new"');
    });

    test('kept anew is not taken away when the time of the first is over', async () => {
      const actor = newActor();
      const [again, marker] = [unique('c'), unique('c')];
      await act(store(), actor, { replies: [replyTo(again, { ttlMs: 50 })] });
      await expect.poll(() => store().reply(actor, again), { timeout: 5000 }).toBeNull();
      await act(store(), actor, { replies: [replyTo(again), replyTo(marker, { ttlMs: 100 })] });
      await expect.poll(() => store().reply(actor, marker), { timeout: 5000 }).toBeNull();
      for (let n = 0; n < 20; n++) await act(store(), actor, { state: `{"n":${n}}` });
      expect(await store().reply(actor, again)).not.toBeNull();
    });

    test('of a command never answered is null', async () => {
      expect(await store().reply(newActor(), unique('c'))).toBeNull();
    });
  });

  describe('a commit that several checks would stop', () => {
    test('is its own turn before it is a conflict, and a conflict before it is answered', async () => {
      const actor = newActor();
      const commandId = unique('c');
      const turn = draft(actor, newTurn(), null, {
        records: [record('{}')],
        recordCount: 1,
        replies: [replyTo(commandId, { record: 0 })],
      });
      const position = positionOf(await store().commit(turn));
      expect(await store().commit(turn)).toEqual({ kind: 'committed', position });
      const conflict = await store().commit({ ...turn, turnId: newTurn() });
      expect(conflict.kind).toBe('conflict');
      const answered = await store().commit({
        ...turn,
        turnId: newTurn(),
        expected: turn.turnId,
      });
      expect(answered).toEqual({ kind: 'answered', commandIds: [commandId] });
    });
  });
}
