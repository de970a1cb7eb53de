import { describe, expect, test } from 'vitest';
import type { Trail } from '../../../src/engine/store.ts';
import { act, newActor, newActorIn, record, type StoreUnderTest } from './draft.ts';

/** The records of one actor. */
export function trailContract(store: StoreUnderTest): void {
  describe('a trail', () => {
    test('is newest first, page by page, and holds no record of another actor', async () => {
      const [actor, other] = [newActorIn(3), newActorIn(3)];
      const written: Trail['records'][number][] = [];
      for (let turn = 0; turn < 6; turn++) {
        const bodies = Array.from({ length: turn % 3 }, (_, n) => `{"turn":${turn},"n":${n}}`);
        const { position } = await act(store(), actor, {
          state: '{}',
          records: bodies.map((body, n) => ({ body, snapshot: n === 0 ? '{"s":1}' : null })),
        });
        for (const [n, body] of bodies.entries()) {
          const snapshot = n === 0 ? { snapshot: '{"s":1}' } : {};
          written.unshift({ position: position + n, body, ...snapshot });
        }
        await act(store(), other, { records: [record('"other"')] });
      }
      for (const limit of [1, 2, 4, written.length, 100]) {
        const read: typeof written = [];
        let from: number | null = null;
        do {
          const page = await store().trail(actor, from, limit);
          expect(page.records.length).toBeLessThanOrEqual(limit);
          expect(page.records.length).toBeGreaterThan(0);
          read.push(...page.records);
          from = page.next;
        } while (from !== null);
        expect(read).toEqual(written);
      }
    });

    test('begins at any of its records', async () => {
      const actor = newActor();
      await act(store(), actor, { records: [record('1')] });
      const { position } = await act(store(), actor, { records: [record('2'), record('3')] });
      const page = await store().trail(actor, position, 1);
      expect(page.records).toEqual([{ position, body: '2' }]);
      expect(page.next).not.toBeNull();
    });

    test('gives none for a position that holds no record of the actor', async () => {
      const [actor, other] = [newActorIn(0), newActorIn(0)];
      await act(store(), actor, { records: [record('{}')] });
      const { position } = await act(store(), other, { records: [record('{}')] });
      const none = { records: [], next: null, isTrimmed: false };
      expect(await store().trail(actor, position, 5)).toEqual(none);
      expect(await store().trail(actor, position + 1000, 5)).toEqual(none);
      expect(await store().trail(actor, 0, 5)).toEqual(none);
    });

    test('of an actor without records is empty', async () => {
      const actor = newActor();
      const none = { records: [], next: null, isTrimmed: false };
      expect(await store().trail(actor, null, 5)).toEqual(none);
      await act(store(), actor, { state: '{}' });
      expect(await store().trail(actor, null, 5)).toEqual(none);
    });
  });
}
