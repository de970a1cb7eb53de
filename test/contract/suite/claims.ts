import { describe, expect, test } from 'vitest';
import type { Claim } from '../../../src/engine/store.ts';
import {
  act,
  draft,
  fetchOf,
  keyOf,
  newActor,
  newTurn,
  record,
  rowOf,
  type StoreUnderTest,
  unique,
} from './draft.ts';

function newClaim(): Claim {
  return { holder: keyOf(newActor()), token: unique('token') };
}

/** Who holds a claim, and the fence that makes taking it from a holder safe. */
export function claimContract(store: StoreUnderTest): void {
  describe('a claim', () => {
    test('is taken where it is nobody’s, replaced, and given back', async () => {
      const name = unique('email');
      const [first, second] = [newClaim(), newClaim()];
      expect(await store().swapClaim(name, null, first)).toEqual({ kind: 'swapped' });
      expect(await store().swapClaim(name, first, second)).toEqual({ kind: 'swapped' });
      expect(await store().swapClaim(name, second, null)).toEqual({ kind: 'swapped' });
      expect(await store().swapClaim(name, null, first)).toEqual({ kind: 'swapped' });
    });

    test('that is not as expected stays, and is shown', async () => {
      const name = unique('email');
      const [holder, thief] = [newClaim(), newClaim()];
      const nobodys = { kind: 'other', current: null };
      expect(await store().swapClaim(name, holder, thief)).toEqual(nobodys);
      expect(await store().swapClaim(name, holder, null)).toEqual(nobodys);
      await store().swapClaim(name, null, holder);
      const others = { kind: 'other', current: holder };
      expect(await store().swapClaim(name, null, thief)).toEqual(others);
      expect(await store().swapClaim(name, thief, null)).toEqual(others);
      expect(await store().swapClaim(name, { ...holder, token: 'older' }, thief)).toEqual(others);
      expect(await store().swapClaim(name, { ...thief, token: holder.token }, thief)).toEqual(
        others,
      );
      expect(await store().swapClaim(name, holder, null)).toEqual({ kind: 'swapped' });
    });

    test('wanted by many at once goes to one of them', async () => {
      const name = unique('email');
      const wanted = Array.from({ length: 40 }, newClaim);
      const answers = await Promise.all(
        wanted.map((claim) => store().swapClaim(name, null, claim)),
      );
      const winners = wanted.filter((_, index) => answers[index]?.kind === 'swapped');
      expect(winners).toHaveLength(1);
      for (const answer of answers) {
        if (answer.kind === 'other') expect(answer.current).toEqual(winners[0]);
      }
    });
  });

  describe('a fence', () => {
    test('of a holder that holds the claim says so, and writes nothing', async () => {
      const actor = newActor();
      const claim = unique('email');
      await act(store(), actor, { state: '{}', held: { [claim]: 't', other: 'u' } });
      const row = await rowOf(store(), actor);
      expect(await store().fenceClaim(keyOf(actor), claim, newTurn())).toBe('held');
      expect(await rowOf(store(), actor)).toEqual(row);
    });

    test('of an actor that does not hold it stops the turn it had begun', async () => {
      const actor = newActor();
      await act(store(), actor, {
        state: '{"n":1}',
        view: '{}',
        held: { other: 'u' },
        records: [record('{}'), record('{}')],
      });
      const before = await rowOf(store(), actor);
      const fence = newTurn();
      expect(await store().fenceClaim(keyOf(actor), unique('email'), fence)).toBe('fenced');

      const row = await rowOf(store(), actor);
      expect(row.lastTurn).toBe(fence);
      expect(row.state).toBe('{"n":1}');
      expect(row.recent[0]?.turnId).toBe(fence);
      expect(row.recent[0]?.records).toBe(2);
      expect(row.recent.slice(1)).toEqual(before.recent);
      const late = draft(actor, newTurn(), before.lastTurn, { state: '{"n":2}', recordCount: 2 });
      expect(await store().commit(late)).toEqual({ kind: 'conflict', actor: row });
      expect((await fetchOf(store(), { views: [actor] })).views).toEqual(['{}']);
      const again = { ...late, expected: fence };
      expect((await store().commit(again)).kind).toBe('committed');
      expect(await store().fenceClaim(keyOf(actor), 'other', newTurn())).toBe('held');
    });

    test('that comes once more, after later turns, fences nobody', async () => {
      const actor = newActor();
      const [claim, fence] = [unique('email'), newTurn()];
      expect(await store().fenceClaim(keyOf(actor), claim, fence)).toBe('fenced');
      const [early, later] = ['early', 'later'].map((name) =>
        draft(actor, newTurn(), fence, { state: JSON.stringify(name), records: [record('{}')] }),
      );
      if (!early || !later) throw new Error('there are two turns');
      expect((await store().commit(later)).kind).toBe('committed');
      const row = await rowOf(store(), actor);
      expect(await store().fenceClaim(keyOf(actor), claim, fence)).toBe('fenced');
      expect(await rowOf(store(), actor)).toEqual(row);
      // What was begun after the fence and before the later turn is too late.
      expect((await store().commit(early)).kind).toBe('conflict');
    });

    test('of nobody makes no actor, and stops a first turn that had begun', async () => {
      const actor = newActor();
      const claim = unique('email');
      const fence = newTurn();
      expect(await store().fenceClaim(keyOf(actor), claim, fence)).toBe('fenced');
      const row = await rowOf(store(), actor);
      expect(row.state).toBeNull();
      expect(row.lastTurn).toBe(fence);
      expect(row.recent[0]?.records).toBe(0);
      expect((await fetchOf(store(), { views: [actor] })).views).toEqual([null]);
      expect(await store().trail(actor, null, 5)).toEqual({
        records: [],
        next: null,
        isTrimmed: false,
      });

      const first = draft(actor, newTurn(), null, { state: '{}', held: { [claim]: 't' } });
      expect(await store().commit(first)).toEqual({ kind: 'conflict', actor: row });
      const repeated = await store().commit({ ...first, expected: fence });
      expect(repeated.kind).toBe('committed');
      expect(await store().fenceClaim(keyOf(actor), claim, newTurn())).toBe('held');
    });
  });
}
