import fc from 'fast-check';
import { describe, expect, onTestFinished, test } from 'vitest';
import { openDisk } from '../../../src/storage/embedded/lmdb-disk.ts';
import { escapeName, ordered } from '../../../src/storage/kv/keys.ts';
import { newDir } from './support.ts';

const SEED = Number(process.env.SEED ?? 20_250_608);

/** By code point, as UTF-8 sorts. */
function compare(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b));
}

describe('the disk', () => {
  test(`gives ranges of odd keys in JavaScript’s order, from both ends (SEED=${SEED})`, async () => {
    const disk = openDisk(newDir());
    onTestFinished(() => disk.close());
    const name = fc.string({ unit: 'binary', maxLength: 6 }).map(escapeName);
    const key = fc
      .tuple(fc.constantFrom('e', 't', 'x'), name, fc.nat())
      .map(([kind, text, number]) => `${kind}${text}!${ordered(number)}`);
    const known = new Map<string, string>();
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(key, fc.option(fc.string())), { maxLength: 30 }),
        key,
        key,
        fc.boolean(),
        fc.integer({ min: 1, max: 10 }),
        async (writes, from, before, reverse, limit) => {
          await disk.write(writes);
          for (const [written, value] of writes) {
            if (value === null) known.delete(written);
            else known.set(written, value);
          }
          const inside = [...known]
            .filter(([each]) => each >= from && each < before)
            .sort(([a], [b]) => (a < b ? -1 : 1));
          const wanted = (reverse ? inside.reverse() : inside).slice(0, limit);
          expect([...disk.synced.range({ from, before, reverse, limit })]).toEqual(wanted);
          for (const [written] of writes) {
            expect(disk.synced.get(written)).toBe(known.get(written) ?? null);
          }
        },
      ),
      { seed: SEED, numRuns: 60 },
    );
    expect(known.size).toBeGreaterThan(100);
    expect([...known.keys()].sort()).toEqual([...known.keys()].sort(compare));
  });
});
