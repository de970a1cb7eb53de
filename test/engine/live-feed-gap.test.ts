/** What one who listens is told of records that were trimmed before they came to him. */
import { describe, expect, test } from 'vitest';
import { partitionOf } from '../../src/engine/address.ts';
import { encodeBookmark } from '../../src/engine/feed/bookmark.ts';
import type { FeedGap } from '../../src/engine/live-feed.ts';
import { randomFrom, SEED, tellHowToRepeat } from '../faults/seed.ts';
import { Belfry, byPartition, type Listener } from './live-feed-world.ts';

const BELLS = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'];
const inFirst = BELLS.filter((bell) => partitionOf(`bell:${bell}`, 2) === 0);
const inSecond = BELLS.filter((bell) => partitionOf(`bell:${bell}`, 2) === 1);
const [first = '', second = ''] = [inFirst[0], inSecond[0]];

const START = encodeBookmark({ positions: [0, 0], begun: null });
const told = (gaps: readonly FeedGap[]) =>
  gaps.map(({ partition, after, before }) => `${partition} ${after} ${before}`).sort();

async function listening(belfry: Belfry, after: string, more: object = {}): Promise<Listener> {
  const listener = (await belfry.open({ after, ...more })).listen();
  await belfry.nodes.time.advance(2_000);
  return listener;
}

/** A belfry of two partitions with ten strokes in each, of which some are trimmed. */
async function trimmed(...through: readonly number[]): Promise<Belfry> {
  const belfry = new Belfry({ partitions: 2 });
  for (let n = 0; n < 10; n++) for (const bell of [first, second]) await belfry.ring(bell);
  await trim(belfry, ...through);
  return belfry;
}

async function trim({ nodes: { store } }: Belfry, ...through: readonly number[]): Promise<void> {
  for (const [partition, position] of through.entries()) {
    if (position > 0) expect(await store.trim(partition, position)).toBe(position);
  }
}

describe('one who comes back to a feed that was trimmed', () => {
  test('is told of each partition that lost something, once, and gets all that is left', async () => {
    const belfry = await trimmed(4, 0);
    const listener = await listening(belfry, START);
    expect(told(listener.gaps)).toEqual(['0 0:0 0:5']);
    expect(byPartition(listener.positions)).toEqual(await belfry.all());
    const again = await listening(belfry, listener.stream.bookmark);
    expect([again.gaps, again.heard]).toEqual([[], []]);
  });

  test('goes on from the gap itself, which is told no more', async () => {
    const belfry = await trimmed(4, 7);
    const listener = await listening(belfry, START);
    expect(told(listener.gaps)).toEqual(['0 0:0 0:5', '1 1:0 1:8']);
    for (const { bookmark, partition } of listener.gaps) {
      const again = await listening(belfry, bookmark);
      expect(again.gaps.map((gap) => gap.partition)).not.toContain(partition);
    }
    const heard = new Set(listener.positions);
    expect([...heard].sort()).toEqual((await belfry.all()).sort());
  });

  test('is told although nothing is left, and nothing came since', async () => {
    const belfry = await trimmed(10, 10);
    const listener = await listening(belfry, START);
    expect(told(listener.gaps)).toEqual(['0 0:0 0:11', '1 1:0 1:11']);
    const again = await listening(belfry, listener.stream.bookmark);
    expect(again.gaps).toEqual([]);
    await belfry.ring(first);
    await belfry.nodes.time.advance(1_000);
    expect([listener.positions, again.positions]).toEqual([['0:11.0'], ['0:11.0']]);
    expect(again.gaps).toEqual([]);
  });

  test('is told nothing where what is gone had come to it', async () => {
    const belfry = await trimmed(4, 10);
    const after = encodeBookmark({ positions: [4, 10], begun: null });
    const listener = await listening(belfry, after);
    expect(listener.gaps).toEqual([]);
    expect(listener.heard).toHaveLength(6);
  });

  test('is told of its actor alone, whatever types it asks for', async () => {
    const belfry = await trimmed(4, 4);
    const types = new Set(['Muted']);
    const own = await listening(belfry, START, { actor: { type: 'bell', id: first }, types });
    expect(told(own.gaps)).toEqual(['0 0:0 0:5']);
    const all = await listening(belfry, START, { types });
    expect(told(all.gaps)).toEqual(['0 0:0 0:5', '1 1:0 1:5']);
    expect([...own.heard, ...all.heard]).toEqual([]);
  });

  test('is told where it stood within a record that is gone', async () => {
    const belfry = new Belfry({ partitions: 1 });
    await belfry.ring('a', 3);
    await belfry.ring('a', 2);
    await trim(belfry, 1);
    const after = encodeBookmark({ positions: [0], begun: { partition: 0, events: 1 } });
    const listener = await listening(belfry, after);
    expect(told(listener.gaps)).toEqual(['0 0:0 0:2']);
    expect(listener.positions).toEqual(['0:2.0', '0:2.1']);
    await trim(belfry, 2);
    const last = await listening(belfry, after);
    expect(told(last.gaps)).toEqual(['0 0:0 0:3']);
    expect(last.heard).toEqual([]);
  });

  test('is told nothing of a record that is gone where it asks for others', async () => {
    const belfry = new Belfry({ partitions: 2 });
    await belfry.ring(first, 3);
    await trim(belfry, 1);
    const within = encodeBookmark({ positions: [0, 0], begun: { partition: 0, events: 1 } });
    const elsewhere = await listening(belfry, within, { actor: { type: 'bell', id: second } });
    expect([elsewhere.gaps, elsewhere.heard]).toEqual([[], []]);
  });
});

describe('one who comes back with the position of an event', () => {
  test('that is gone: is told of a gap everywhere something is gone, and gets all the rest', async () => {
    const belfry = await trimmed(4, 2);
    const listener = await listening(belfry, '0:3.0');
    expect(told(listener.gaps)).toEqual(['0 0:2 0:5', '1 1:0 1:3']);
    expect(byPartition(listener.positions)).toEqual(await belfry.all());
  });

  test('that is there: is told of other partitions what cannot be known to be older', async () => {
    const belfry = await trimmed(0, 4);
    await belfry.nodes.time.advance(60_000);
    for (let n = 0; n < 20; n++) await belfry.ring(second);
    await belfry.nodes.time.advance(60_000);
    await belfry.ring(first);
    // Sixteen records that are left in the other are older: so is what is gone.
    const knows = await listening(belfry, '0:11.0');
    expect(knows.gaps).toEqual([]);
    await trim(belfry, 0, 25);
    const does = await listening(belfry, '0:11.0');
    expect(told(does.gaps)).toEqual(['1 1:0 1:26']);
    expect(does.heard).toHaveLength(5);
  });

  test('that never was is refused still', async () => {
    const belfry = await trimmed(4, 4);
    await expect(belfry.open({ after: '0:11.0' })).rejects.toThrow('no event of this feed');
    await expect(belfry.open({ after: '0:5.3' })).rejects.toThrow('no event of this feed');
    await expect(belfry.open({ after: '0:0.0' })).rejects.toThrow('no event of this feed');
  });
});

test.each([1, 2, 3, 4, 5, 6, 7, 8])(
  'whatever is trimmed when, what did not come is told of (SEED=%i added)',
  async (run) => {
    tellHowToRepeat('../engine/live-feed-gap.test.ts');
    const random = randomFrom(SEED + run);
    const below = (most: number) => Math.floor(random() * most);
    const limits = { tailRecordsMax: 8, tailPage: 4, batchRecordsMax: 3 };
    const belfry = new Belfry({ partitions: 3, limits });
    const { store, time } = belfry.nodes;
    const recorded = new Set<string>();
    let after = encodeBookmark({ positions: [0, 0, 0], begun: null });
    const heard: string[] = [];
    const gaps: FeedGap[] = [];
    const trimSome = async () => {
      for (const position of await belfry.all()) recorded.add(position);
      const heads = await store.heads();
      const partition = below(3);
      await store.trim(partition, below((heads[partition] ?? 0) + 1));
    };
    for (let visit = 0; visit < 10; visit++) {
      for (let n = below(15); n > 0; n--) await belfry.ring(BELLS[below(8)] ?? '', 1 + below(2));
      if (random() < 0.6) await trimSome();
      const listener = (await belfry.open({ after })).listen();
      for (let n = below(10); n > 0; n--) await belfry.ring(BELLS[below(8)] ?? '');
      if (random() < 0.4) await trimSome();
      await time.advance(below(300));
      if (random() < 0.4) await trimSome();
      await time.advance(below(300));
      listener.stream.close();
      await time.settle();
      after = listener.stream.bookmark;
      heard.push(...listener.positions);
      gaps.push(...listener.gaps);
    }
    const last = (await belfry.open({ after })).listen();
    await time.advance(5_000);
    heard.push(...last.positions);
    gaps.push(...last.gaps);
    for (const position of await belfry.all()) recorded.add(position);

    expect(new Set(heard).size).toBe(heard.length);
    const inGap = (position: string) =>
      gaps.some(({ partition, after: from, before }) => {
        const [own, place] = position.split(':').map(Number.parseFloat);
        const at = Math.floor(place ?? 0);
        const [low, high] = [from, before].map((token) => Number(token.split(':')[1]));
        return own === partition && at > (low ?? 0) && at < (high ?? 0);
      });
    const missed = [...recorded].filter((position) => !heard.includes(position));
    expect(missed.filter((position) => !inGap(position))).toEqual([]);
    expect(gaps.length > 0).toBe(missed.length > 0);
    // Nothing that came is said to be missing.
    expect(heard.filter(inGap)).toEqual([]);
  },
);
