import { describe, expect, test } from 'vitest';
import {
  act,
  entry,
  fetchOf,
  HOUR_MS,
  keyOf,
  newTurn,
  record,
  rowOf,
  type StoreUnderTest,
  unique,
} from './draft.ts';

/** Names that a careless key layout or a careless protocol takes for something else. */
export const ODD_NAMES: readonly (readonly [string, string])[] = [
  ['colons', ':a::b:'],
  ['spaces and line breaks', ' a\r\nb\tc '],
  ['quotes and backslashes', `"'\\\\"`],
  ['braces', '{a}{b}'],
  ['letters beyond ASCII', 'ñandú-Ελλάδα-日本'],
  ['letters beyond the basic plane', '👩‍👩‍👧 𝒳 \uffee'],
  ['a zero', 'a\u0000b'],
  ['low control characters', '\u0001\u0002\u001f'],
  ['255 characters', 'k'.repeat(255)],
  ['255 characters of three bytes', '日'.repeat(255)],
  ['a star and brackets', '*[a-z]?'],
  ['numbers', '00017'],
];

/** Nothing in a name or value may lead to another's data. */
export function nameContract(store: StoreUnderTest): void {
  describe.each(ODD_NAMES)('a name with %s', (_, odd) => {
    test('serves as the id of an actor, of a collection and of an entry', async () => {
      const actor = { type: 'account', id: unique(odd) };
      const near = { type: 'account', id: `${actor.id}x` };
      const collection = `${odd}c`;
      const value = JSON.stringify({ odd });
      await act(store(), actor, {
        state: value,
        view: value,
        records: [record(value)],
        entries: [entry(collection, odd, 5, value), entry(collection, `${odd}x`, 4)],
      });
      const fetched = await fetchOf(store(), {
        actor,
        views: [actor, near],
        entries: [{ actor, collection, key: odd }],
        sizes: [
          { actor, collection },
          { actor: near, collection },
        ],
      });
      expect(fetched.actor?.state).toBe(value);
      expect(fetched.views).toEqual([value, null]);
      expect(fetched.entries).toEqual([{ key: odd, at: 5, value }]);
      expect(fetched.sizes).toEqual([2, 0]);
      expect((await store().trail(actor, null, 5)).records[0]?.body).toBe(value);
      const page = (limit: number, after: { at: number; key: string } | null) =>
        store().page({ actor, collection }, { limit, after });
      expect(await page(1, null)).toEqual([{ key: odd, at: 5, value }]);
      expect(await page(5, { at: 5, key: odd })).toEqual([{ key: `${odd}x`, at: 4, value: null }]);
    });

    test('serves as the key of a pointer, with the same in its value', async () => {
      const key = unique(odd);
      const value = JSON.stringify([odd]);
      const pointers = [{ key, value, ttlMs: HOUR_MS }];
      expect((await fetchOf(store(), { pointers })).pointers).toEqual([null]);
      expect((await fetchOf(store(), { pointers })).pointers).toEqual([value]);
    });

    test('serves as a claim, as its holder and as its token', async () => {
      const claim = unique(odd);
      const actor = { type: 'account', id: unique(odd) };
      const held = { holder: keyOf(actor), token: odd };
      await store().swapClaim(claim, null, held);
      const other = { kind: 'other', current: held };
      expect(await store().swapClaim(claim, null, null)).toEqual(other);
      await act(store(), actor, { state: '{}', held: { [claim]: odd } });
      expect(await store().fenceClaim(keyOf(actor), claim, newTurn())).toBe('held');
      expect(await store().fenceClaim(keyOf(actor), `${claim}x`, newTurn())).toBe('fenced');
      expect((await rowOf(store(), actor)).state).toBe('{}');
    });

    test('serves as the id of a command, kept and async', async () => {
      const commandId = unique(odd);
      const body = JSON.stringify({ commandId });
      const actor = { type: 'account', id: unique(odd) };
      await act(store(), actor, { replies: [{ commandId, body, record: null, ttlMs: HOUR_MS }] });
      expect((await store().reply(actor, commandId))?.body).toBe(body);
      await store().putAsync(commandId, body);
      await store().finishAsync(commandId, body, HOUR_MS);
      expect(await store().async(commandId)).toEqual({ commandId, command: body, result: body });
    });
  });

  test('ids and collections that run into each other stay apart', async () => {
    const base = unique('a');
    const pairs = [
      { id: base, collection: 'b:c', key: 'd' },
      { id: `${base}:b`, collection: 'c', key: 'd' },
      { id: base, collection: 'b', key: 'c:d' },
      { id: `${base}\u0000b`, collection: 'c', key: 'd' },
      { id: base, collection: 'b\u0000c', key: 'd' },
    ];
    for (const [at, { id, collection, key }] of pairs.entries()) {
      await act(store(), { type: 'account', id }, { entries: [entry(collection, key, at)] });
    }
    for (const [at, { id, collection, key }] of pairs.entries()) {
      const actor = { type: 'account', id };
      const rows = await store().page({ actor, collection }, { limit: 9, after: null });
      expect(rows).toEqual([{ key, at, value: null }]);
    }
  });
}
