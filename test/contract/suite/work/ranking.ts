import { describe, expect, test } from 'vitest';
import type { Store } from '../../../../src/engine/store.ts';
import type { OwnedEntry } from '../../../../src/engine/work-store.ts';
import { entry, type StoreUnderTest, unique } from '../draft.ts';
import { item } from './draft.ts';

const COLLECTION = 'entries';
const PARTITION = 1;

/** Entries of one owner; those with a `-` before the key are removed. */
function ranked(rank: string | null, id: string, ...keys: readonly string[]): OwnedEntry[] {
  return keys.map((key) => ({
    ...(key.startsWith('-')
      ? entry(COLLECTION, key.slice(1), null)
      : entry(COLLECTION, key, key.charCodeAt(0))),
    owner: { type: '~ranked', id },
    ...(rank !== null && { rank }),
  }));
}

function bring(
  store: Store,
  entries: readonly OwnedEntry[],
  { partition = PARTITION, cursor = unique('cursor'), position = 1 } = {},
): Promise<void> {
  return store.transfer({ partition, cursor, items: [item(position, { entries })] });
}

/** So many keys. */
const keys = (count: number) => Array.from({ length: count }, (_, n) => `k${n}`);

/** As pairs, which are shorter to write. */
async function look(store: Store, ranking: string, limit = 100) {
  return (await store.ranking(ranking, limit)).map(({ id, size }) => [id, size] as const);
}

/** Who has most entries. */
export function rankingContract(store: StoreUnderTest): void {
  describe('a ranking', () => {
    test('has the owners by the number of their entries, then by id as code points', async () => {
      const [ranking, tag] = [unique('ranking'), unique('')];
      const ids = ['b', 'a', 'B', '', '!', '_', '\uffff', '\u{1f600}'].map((id) => `${tag}${id}`);
      for (const id of ids) await bring(store(), ranked(ranking, id, 'x', 'y'));
      await bring(store(), ranked(ranking, `${tag}c`, ...keys(11)));
      await bring(store(), ranked(ranking, `${tag}d`, 'x'));
      const equal = ['', '!', 'B', '_', 'a', 'b', '\uffff', '\u{1f600}'];
      const expected = [['c', 11], ...equal.map((id) => [id, 2]), ['d', 1]];
      const named = expected.map(([id, size]) => [`${tag}${id}`, size]);
      expect(await look(store(), ranking)).toEqual(named);
      for (const limit of [0, 1, 3, 9, 10]) {
        expect(await look(store(), ranking, limit)).toEqual(named.slice(0, limit));
      }
    });

    test('follows what is written, in whatever items and transfers', async () => {
      const [ranking, a, b] = [unique('ranking'), unique('a'), unique('b')];
      await bring(store(), ranked(ranking, a, 'x', 'y', 'x', '-z'));
      await bring(store(), ranked(ranking, b, 'x', 'y', 'z'));
      expect(await look(store(), ranking)).toEqual([
        [b, 3],
        [a, 2],
      ]);
      await store().transfer({
        partition: PARTITION,
        cursor: unique('cursor'),
        items: [
          item(1, { entries: [...ranked(ranking, a, 'z'), ...ranked(ranking, b, '-x', '-y')] }),
          item(2, { entries: [...ranked(ranking, b, '-x'), ...ranked(ranking, a, 'y', '-y')] }),
        ],
      });
      expect(await look(store(), ranking)).toEqual([
        [a, 2],
        [b, 1],
      ]);
    });

    test('has no owner without entries', async () => {
      const [ranking, a] = [unique('ranking'), unique('a')];
      expect(await look(store(), ranking)).toEqual([]);
      await bring(store(), ranked(ranking, a, '-x'));
      expect(await look(store(), ranking)).toEqual([]);
      await bring(store(), ranked(ranking, a, 'x', 'y'));
      await bring(store(), ranked(ranking, a, '-x', '-y'));
      expect(await look(store(), ranking)).toEqual([]);
      await bring(store(), ranked(ranking, a, 'x'));
      expect(await look(store(), ranking)).toEqual([[a, 1]]);
    });

    test('drops what its cursor has passed', async () => {
      const [ranking, a, cursor] = [unique('ranking'), unique('a'), unique('cursor')];
      await bring(store(), ranked(ranking, a, 'x', 'y'), { cursor, position: 2 });
      await bring(store(), ranked(ranking, a, 'z'), { cursor, position: 2 });
      await bring(store(), ranked(ranking, a, '-x'), { cursor, position: 1 });
      expect(await look(store(), ranking)).toEqual([[a, 2]]);
    });

    test('is apart from others, and from what is not ranked', async () => {
      const [one, other, a, b] = [unique('one'), unique('other'), unique('a'), unique('b')];
      await store().transfer({
        partition: PARTITION,
        cursor: unique('cursor'),
        items: [
          item(1, {
            entries: [
              ...ranked(null, a, 'x'),
              ...ranked(one, `${a}1`, 'x', 'y'),
              ...ranked(other, b, 'x'),
            ],
          }),
        ],
      });
      expect(await look(store(), one)).toEqual([[`${a}1`, 2]]);
      expect(await look(store(), other)).toEqual([[b, 1]]);
    });

    test('has an owner as it is once it is ranked, whatever it had before', async () => {
      const [ranking, a] = [unique('ranking'), unique('a')];
      await bring(store(), ranked(null, a, 'x', 'y'));
      expect(await look(store(), ranking)).toEqual([]);
      await bring(store(), ranked(ranking, a, 'x'));
      expect(await look(store(), ranking)).toEqual([[a, 2]]);
    });

    test('is of all partitions, however unevenly its first lie in them', async () => {
      const [ranking, tag] = [unique('ranking'), unique('')];
      const { partitions } = store();
      const owners: { id: string; size: number; partition: number }[] = [];
      for (let n = 0; n < 60; n++) {
        // The largest lie in one partition, all but a few of the others too.
        const partition = n % 12 === 11 ? n % partitions : partitions - 1;
        owners.push({ id: `${tag}${String(n).padStart(2, '0')}`, size: 1 + (n >> 3), partition });
      }
      for (const partition of new Set(owners.map((owner) => owner.partition))) {
        const there = owners.filter((owner) => owner.partition === partition);
        const entries = there.flatMap(({ id, size }) => ranked(ranking, id, ...keys(size)));
        await bring(store(), entries, { partition });
      }
      const expected = owners
        .toSorted((a, b) => b.size - a.size || (a.id < b.id ? -1 : 1))
        .map(({ id, size }) => [id, size]);
      for (const limit of [1, 7, 20, 47, 60, 500]) {
        expect(await look(store(), ranking, limit)).toEqual(expected.slice(0, limit));
      }
    });

    test('counts transfers that are made at once', async () => {
      const [ranking, a] = [unique('ranking'), unique('a')];
      await Promise.all(keys(10).map((key) => bring(store(), ranked(ranking, a, key))));
      expect(await look(store(), ranking)).toEqual([[a, 10]]);
    });
  });
}
