import { describe, expect, test } from 'vitest';
import {
  act,
  entry,
  fetchOf,
  HOUR_MS,
  newActor,
  PARTITIONS,
  type StoreUnderTest,
  unique,
  uniqueIn,
} from './draft.ts';

/** What one fetch reads, and what the pointers in it set. */
export function fetchContract(store: StoreUnderTest): void {
  describe('a fetch', () => {
    test('answers in the order of the request, with null and 0 for what is not there', async () => {
      const [ann, bob, nobody] = [newActor(), newActor(), newActor()];
      await act(store(), ann, {
        state: '{"s":"ann"}',
        view: '{"v":"ann"}',
        entries: [entry('following', 'x', 5), entry('following', 'y', 6), entry('blocked', 'x', 7)],
      });
      await act(store(), bob, { state: '{"s":"bob"}', view: '{"v":"bob"}' });
      const fetched = await fetchOf(store(), {
        actor: bob,
        views: [nobody, ann, bob, ann],
        entries: [
          { actor: ann, collection: 'following', key: 'y' },
          { actor: nobody, collection: 'following', key: 'y' },
          { actor: ann, collection: 'blocked', key: 'x' },
          { actor: ann, collection: 'blocked', key: 'y' },
        ],
        sizes: [
          { actor: nobody, collection: 'following' },
          { actor: ann, collection: 'following' },
          { actor: ann, collection: 'blocked' },
          { actor: ann, collection: 'muted' },
        ],
      });
      expect(fetched.actor?.state).toBe('{"s":"bob"}');
      expect(fetched.views).toEqual([null, '{"v":"ann"}', '{"v":"bob"}', '{"v":"ann"}']);
      expect(fetched.entries).toEqual([
        { key: 'y', at: 6, value: null },
        null,
        { key: 'x', at: 7, value: null },
        null,
      ]);
      expect(fetched.sizes).toEqual([0, 2, 1, 0]);
      expect(fetched.pointers).toEqual([]);
    });

    test('of nothing gives nothing', async () => {
      expect(await fetchOf(store(), {})).toEqual({
        pointers: [],
        actor: null,
        views: [],
        entries: [],
        sizes: [],
      });
    });

    test('of an actor never written about gives an empty row', async () => {
      const { actor } = await fetchOf(store(), { actor: newActor() });
      expect(actor).toEqual({ lastTurn: null, recent: [], recentIsAll: true, state: null });
    });
  });

  describe('a pointer', () => {
    test('is set by the first fetch that names it, and given to every later one', async () => {
      const key = unique('key');
      const pointer = (value: string) => ({ key, value, ttlMs: HOUR_MS });
      const set = (value: string) => fetchOf(store(), { pointers: [pointer(value)] });
      expect((await set('first')).pointers).toEqual([null]);
      expect((await set('second')).pointers).toEqual(['first']);
      expect((await set('third')).pointers).toEqual(['first']);
    });

    test('comes back in the order of the request, whatever partition it lives in', async () => {
      const keys = Array.from({ length: 2 * PARTITIONS }, (_, n) => uniqueIn(n % PARTITIONS, 'k'));
      const known = keys.filter((_, index) => index % 3 === 0);
      const set = (names: readonly string[], tag: string) =>
        fetchOf(store(), {
          pointers: names.map((key) => ({ key, value: `${tag} ${key}`, ttlMs: HOUR_MS })),
        });
      await set(known, 'old');
      const { pointers } = await set(keys, 'new');
      expect(pointers).toEqual(keys.map((key) => (known.includes(key) ? `old ${key}` : null)));
    });

    test('named twice in one fetch is set once', async () => {
      const key = unique('key');
      const { pointers } = await fetchOf(store(), {
        pointers: [
          { key, value: 'first', ttlMs: HOUR_MS },
          { key, value: 'second', ttlMs: HOUR_MS },
        ],
      });
      expect(pointers).toEqual([null, 'first']);
    });

    test('asked for by many at once is set by one of them', async () => {
      const key = unique('key');
      const answers = await Promise.all(
        Array.from({ length: 40 }, (_, n) =>
          fetchOf(store(), { pointers: [{ key, value: String(n), ttlMs: HOUR_MS }] }),
        ),
      );
      const before = answers.map(({ pointers }) => pointers[0]);
      expect(before.filter((value) => value === null)).toHaveLength(1);
      expect(new Set(before.filter((value) => value !== null))).toEqual(
        new Set([String(before.indexOf(null))]),
      );
    });

    test('is gone after its time', async () => {
      const key = unique('key');
      const set = (value: string, ttlMs: number) =>
        fetchOf(store(), { pointers: [{ key, value, ttlMs }] }).then(({ pointers }) => pointers[0]);
      expect(await set('first', 100)).toBeNull();
      expect(await set('second', HOUR_MS)).toBe('first');
      await expect.poll(() => set('third', HOUR_MS), { timeout: 5000 }).toBeNull();
      expect(await set('fourth', HOUR_MS)).toBe('third');
    });
  });
}
