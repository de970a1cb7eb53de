import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { actorKey } from '../../../src/engine/address.ts';
import {
  escapeName,
  keys,
  ordered,
  parseExpiry,
  ranges,
  splitOrdered,
  unescapeName,
} from '../../../src/storage/kv/keys.ts';

const SEED = Number(process.env.SEED ?? 20_250_609);
/** LMDB’s own limit, in bytes. */
const KEY_BYTES_MAX = 1_978;

/** Any UTF-16, lone surrogates too. */
const text = fc.string({ unit: fc.nat({ max: 0xffff }).map((unit) => String.fromCharCode(unit)) });
const position = fc.maxSafeNat();

/** By code point, a lone surrogate by its own number. */
function compare(a: string, b: string): number {
  const [left, right] = [[...a], [...b]].map((each) => each.map((c) => c.codePointAt(0) ?? 0));
  for (const [index, point] of (left ?? []).entries()) {
    const other = right?.[index];
    if (other === undefined) return 1;
    if (point !== other) return point - other;
  }
  return (left ?? []).length - (right ?? []).length;
}

describe('a key', () => {
  test(`gives its names back, and keeps them in the order of their code points (SEED=${SEED})`, () => {
    fc.assert(
      fc.property(text, text, (a, b) => {
        const [left, right] = [escapeName(a), escapeName(b)];
        expect(unescapeName(left)).toBe(a);
        expect(left).not.toMatch(/[\0-!\ud800-\uffff]/);
        expect(Math.sign(left < right ? -1 : left > right ? 1 : 0)).toBe(Math.sign(compare(a, b)));
      }),
      { seed: SEED, numRuns: 2000 },
    );
  });

  test(`keeps numbers in their order, and gives them back (SEED=${SEED})`, () => {
    fc.assert(
      fc.property(position, position, text, (a, b, rest) => {
        expect(Math.sign(a - b)).toBe(
          ordered(a) < ordered(b) ? -1 : ordered(a) > ordered(b) ? 1 : 0,
        );
        expect(splitOrdered(ordered(a) + rest)).toEqual({ number: a, rest });
      }),
      { seed: SEED, numRuns: 2000 },
    );
  });

  test('is refused for what is no position and no time', () => {
    for (const number of [-1, 0.5, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 53]) {
      expect(() => ordered(number)).toThrow(RangeError);
    }
  });

  test('stays within what LMDB takes, however long the names, and tells long names apart', () => {
    for (const letter of ['k', '日', '😀', '"']) {
      const long = letter.repeat(2_000);
      const actor = actorKey({ type: 'account', id: long });
      const other = actorKey({ type: 'account', id: `${long}x` });
      const entryKey = letter.repeat(100);
      const timeline = keys.timeline(actor, long);
      const all = [
        keys.actor(actor),
        keys.claim(long),
        keys.pointer(long),
        keys.reply(actor, long),
        keys.entry(actor, long, entryKey),
        keys.timedEntry(timeline, Number.MAX_SAFE_INTEGER, entryKey),
        keys.asyncCommand(long),
        keys.expiry(Number.MAX_SAFE_INTEGER, keys.reply(actor, long)),
        keys.cursor(0, long),
        keys.tableCounts(keys.table(0, long)),
        keys.row(keys.table(0, long), long),
        keys.orderedRow(keys.table(0, long), Number.MAX_SAFE_INTEGER, long),
      ];
      for (const key of all) expect(Buffer.byteLength(key)).toBeLessThanOrEqual(KEY_BYTES_MAX);
      expect(new Set(all).size).toBe(all.length);
      expect(keys.actor(other)).not.toBe(keys.actor(actor));
      expect(keys.claim(`${long}x`)).not.toBe(keys.claim(long));
      expect(keys.row('t!', `${long}x`)).not.toBe(keys.row('t!', long));
    }
  });

  test('of an entry that is longer than can be sorted by is refused', () => {
    const actor = actorKey({ type: 'account', id: 'a' });
    expect(() => keys.entry(actor, 'c', 'k'.repeat(1_001))).toThrow(RangeError);
  });

  test('of a row sorts by its name after its order', () => {
    const inOrder = [
      [0, 'z'],
      [7, ''],
      [7, 'a'],
      [7, 'a!'],
      [7, 'ab'],
      [7, '\uffee'],
      [7, '👩'],
      [10, 'a'],
      [100, ''],
    ] as const;
    const spelled = inOrder.map(([order, key]) => keys.orderedRow('t!', order, key));
    expect(spelled.toSorted()).toEqual(spelled);
    for (const [index, [order, key]] of inOrder.entries()) {
      const { from } = ranges.orderedRows('t!', { order, key }, null);
      expect(spelled.filter((each) => each >= from)).toEqual(spelled.slice(index + 1));
      const { before } = ranges.orderedRows('t!', null, order);
      const within = inOrder.filter(([other]) => other <= order);
      expect(spelled.filter((each) => each < before)).toHaveLength(within.length);
    }
  });

  test('of an expiry names when and what', () => {
    const target = keys.claim('a!b"c');
    expect(parseExpiry(keys.expiry(1_700_000_000_000, target))).toEqual({
      time: 1_700_000_000_000,
      target,
    });
  });
});
