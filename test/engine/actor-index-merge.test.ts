import fc from 'fast-check';
import { expect, test } from 'vitest';
import { compare, merged, type RowPlace, type Source } from '../../src/engine/actor-index/merge.ts';
import { SEED } from '../faults/seed.ts';

const key = fc.string({ unit: 'binary' });

const compareKeys = (a: string, b: string) => compare({ order: 0, key: a }, { order: 0, key: b });

test('keys are in the order that the bytes of their UTF-8 have, as in the stores', () => {
  const sign = (value: number) => Math.sign(value);
  fc.assert(
    fc.property(key, key, key, (start, one, other) => {
      const [a, b] = [start + one, start + other];
      expect(sign(compareKeys(a, b))).toBe(sign(Buffer.compare(Buffer.from(a), Buffer.from(b))));
    }),
    { seed: SEED },
  );
  expect(compareKeys('\u{1F600}', '\uFFFD')).toBeGreaterThan(0);
});

test('rows of many tables come in one order, behind a place, however many are read at once', async () => {
  const rows = fc.array(fc.record({ order: fc.nat(5), key }), { maxLength: 40 });
  const tables = fc.array(rows, { maxLength: 6 });
  await fc.assert(
    fc.asyncProperty(
      tables,
      fc.integer({ min: 1, max: 9 }),
      fc.nat(60),
      async (all, limit, skip) => {
        const inOrder = (some: readonly RowPlace[]) =>
          some.toSorted((a, b) => a.order - b.order || compareKeys(a.key, b.key));
        const isBehind = (row: RowPlace, place: RowPlace | null) =>
          place === null ||
          row.order > place.order ||
          (row.order === place.order && compareKeys(row.key, place.key) > 0);
        const whole = inOrder(all.flat());
        const after = whole[skip] ?? null;
        const sources = all.map(
          (table): Source<RowPlace> => ({
            read: async (behind, count) =>
              inOrder(table.filter((row) => isBehind(row, behind))).slice(0, count),
          }),
        );
        const found: RowPlace[] = [];
        for await (const row of merged(sources, after, limit)) found.push(row);
        // In one table no two rows have one place.
        const names = (some: readonly RowPlace[]) =>
          new Set(some.map((row) => JSON.stringify(row)));
        const wanted = whole.filter((row) => isBehind(row, after));
        expect(names(found)).toEqual(names(wanted));
        expect(found).toEqual(inOrder(found));
      },
    ),
    { seed: SEED },
  );
});
