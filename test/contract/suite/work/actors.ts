import { describe, expect, test } from 'vitest';
import { type Address, actorKey, partitionOf } from '../../../../src/engine/address.ts';
import type { Store } from '../../../../src/engine/store.ts';
import { act, entry, headOf, newActorIn, record, type StoreUnderTest, unique } from '../draft.ts';
import { item } from './draft.ts';

const PARTITION = 2;
/** More than a script hands over at once. */
const MANY = 1_500;

const look = (store: Store, actors: readonly Address[], withRecord = true) =>
  store.actors(PARTITION, actors.map(actorKey), withRecord);

/** What is read of many actors. */
export function actorsContract(store: StoreUnderTest): void {
  describe('a look at many actors', () => {
    test('tells the state and the newest record of each, in the order asked for', async () => {
      const [ann, bob, cid] = [0, 1, 2].map(() => newActorIn(PARTITION));
      if (!ann || !bob || !cid) throw new Error('there are three');
      await act(store(), ann, { state: 'a1', records: [record('"1"'), record('"2"')] });
      await act(store(), bob, { state: 'b1', records: [record('"3"')] });
      await act(store(), ann, {
        state: 'a2\nof two lines',
        view: '{"v":1}',
        records: [record('"4"')],
      });
      await act(store(), ann, { records: [{ body: '"5"', snapshot: '"of it"' }] });
      await act(store(), cid, { state: 'c1' });
      expect(await look(store(), [bob, cid, ann, bob])).toEqual([
        { state: 'b1', record: '"3"' },
        { state: 'c1', record: null },
        { state: 'a2\nof two lines', record: '"5"' },
        { state: 'b1', record: '"3"' },
      ]);
      expect(await look(store(), [ann, bob], false)).toEqual([
        { state: 'a2\nof two lines', record: null },
        { state: 'b1', record: null },
      ]);
      expect(await look(store(), [])).toEqual([]);
    });

    test('finds no state of those who have none', async () => {
      const [refused, owner, nobody] = [0, 1, 2].map(() => newActorIn(PARTITION));
      if (!refused || !owner || !nobody) throw new Error('there are three');
      await act(store(), refused, { records: [record('"no"')] });
      const items = [item(1, { entries: [{ ...entry('entries', 'k', 1), owner }] })];
      await store().transfer({ partition: PARTITION, cursor: unique('cursor'), items });
      expect(await look(store(), [refused, owner, nobody])).toEqual([
        { state: null, record: '"no"' },
        { state: null, record: null },
        { state: null, record: null },
      ]);
    });

    test('of thousands is one look, too', async () => {
      const one = newActorIn(PARTITION);
      await act(store(), one, { state: 's', records: [record('"r"')] });
      const many = Array.from({ length: MANY }, () => newActorIn(PARTITION));
      const found = await look(store(), [...many, one]);
      expect(found).toHaveLength(MANY + 1);
      expect(found.at(-1)).toEqual({ state: 's', record: '"r"' });
    });

    test('takes names as long and as odd as they come', async () => {
      for (let n = 0, found = 0; found < 6; n++) {
        const actor = {
          type: 'account',
          id: unique(`${'å!"\u{1f600} '.repeat(n % 2 ? 60 : 1)}${n}`),
        };
        if (partitionOf(actorKey(actor), store().partitions) !== PARTITION) continue;
        await act(store(), actor, { state: actor.id, records: [record(`"${n}"`)] });
        expect(await look(store(), [actor])).toEqual([{ state: actor.id, record: `"${n}"` }]);
        found += 1;
      }
    });
  });
}

/** The same in a store that no subscriber keeps from being trimmed. */
export function trimmedActorsContract(store: StoreUnderTest): void {
  describe('a look at many actors, after a trim,', () => {
    test('finds no record that was trimmed', async () => {
      const [old, young] = [newActorIn(PARTITION), newActorIn(PARTITION)];
      await act(store(), old, { state: 'o', records: [record('"old"')] });
      const head = await headOf(store(), old);
      await act(store(), young, { state: 'y', records: [record('"young"')] });
      expect(await store().trim(PARTITION, head)).toBe(head);
      expect(await look(store(), [old, young])).toEqual([
        { state: 'o', record: null },
        { state: 'y', record: '"young"' },
      ]);
    });
  });
}
