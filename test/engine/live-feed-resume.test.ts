import { describe, expect, test } from 'vitest';
import { partitionOf } from '../../src/engine/address.ts';
import { Signal } from '../../src/engine/background/signal.ts';
import {
  BadBookmarkError,
  type Bookmark,
  decodeBookmark,
  encodeBookmark,
} from '../../src/engine/feed/bookmark.ts';
import { DEFAULT_FEED_LIMITS } from '../../src/engine/feed/limits.ts';
import { FeedTail, type TailReader } from '../../src/engine/feed/tail.ts';
import type { FeedStream } from '../../src/engine/live-feed.ts';
import { randomFrom, SEED, tellHowToRepeat } from '../faults/seed.ts';
import { Belfry, bellApp, byPartition } from './live-feed-world.ts';

const BELLS = ['a', 'b', 'c', 'd', 'e', 'f'];

/** Rings bells at random, for as long as time is given. */
async function ringOn(belfry: Belfry, random: () => number, times: number): Promise<void> {
  for (let n = 0; n < times; n++) {
    const bell = BELLS[Math.floor(random() * BELLS.length)] ?? 'a';
    await (random() < 0.2 ? belfry.mute(bell) : belfry.ring(bell, 1 + Math.floor(random() * 3)));
  }
}

describe('one who comes back with the last id', () => {
  test.each([1, 2, 3, 4, 5, 6])('gets all the rest, once (SEED=%i added)', async (run) => {
    tellHowToRepeat('../engine/live-feed-resume.test.ts');
    const random = randomFrom(SEED + run);
    // Small limits: one that was away for a while finds less at hand than it missed.
    const limits = { tailRecordsMax: 8, tailPage: 4, batchRecordsMax: 3 };
    const belfry = new Belfry({ partitions: 3, limits });
    const types = run % 2 === 0 ? new Set(['Struck']) : null;
    const heard: string[] = [];
    // From the very beginning.
    let after = encodeBookmark({ positions: [0, 0, 0], begun: null });
    for (let visit = 0; visit < 8; visit++) {
      await ringOn(belfry, random, Math.floor(random() * 20));
      const listener = (await belfry.open({ after, types })).listen();
      await ringOn(belfry, random, Math.floor(random() * 10));
      await belfry.nodes.time.advance(Math.floor(random() * 150));
      listener.stream.close();
      // It goes in the middle of what it was sent: after any of the events.
      const kept = listener.heard.slice(0, Math.floor(random() * (listener.heard.length + 1)));
      after = kept.at(-1)?.bookmark ?? after;
      heard.push(...kept.map(({ event }) => event.position));
    }
    const last = (await belfry.open({ after, types })).listen();
    await belfry.nodes.time.advance(5_000);
    heard.push(...last.positions);
    expect(heard.length).toBeGreaterThan(50);
    expect(byPartition(heard)).toEqual(await belfry.all(types));
  });

  test('passes over with its place what it did not ask for', async () => {
    const belfry = new Belfry();
    const muted = (await belfry.open({ types: new Set(['Muted']) })).listen();
    const before = muted.stream.bookmark;
    for (const bell of BELLS) await belfry.ring(bell);
    await belfry.nodes.time.advance(1_000);
    expect(muted.heard).toEqual([]);
    expect(muted.stream.bookmark).not.toBe(before);
    const again = (await belfry.open({ after: muted.stream.bookmark })).listen();
    await belfry.nodes.time.advance(1_000);
    expect(again.heard).toEqual([]);
  });
});

describe('one who comes back with the position of an event', () => {
  test('gets all that came after it, and may get others again', async () => {
    const belfry = new Belfry();
    await belfry.ring('a', 3);
    // Long before: nothing of it is to be heard.
    for (const bell of BELLS) await belfry.ring(bell);
    const old = await belfry.all();
    await belfry.nodes.time.advance(60_000);
    await belfry.ring('a', 3);
    const expected: string[] = (await belfry.all()).filter((position) => !old.includes(position));
    const [first, ...rest] = expected;
    for (const bell of BELLS) await belfry.ring(bell, 2);
    const listener = (await belfry.open({ after: first ?? '' })).listen();
    await belfry.nodes.time.advance(1_000);
    const all = await belfry.all();
    const later = all.filter((position) => !old.includes(position) && !expected.includes(position));
    expect(byPartition(listener.positions)).toEqual(byPartition([...rest, ...later]));
  });

  test('misses nothing where commands were old when they were committed', async () => {
    const belfry = new Belfry({ partitions: 2 });
    const late = belfry.nodes.make(bellApp(), { clockAheadMs: -86_400_000 });
    const committed: string[] = [];
    for (let n = 0; n < 200; n++) {
      const node = n % 3 === 1 ? late : belfry.node;
      const outcome = await belfry.nodes.send(node, 'Ring', { bell: BELLS[n % BELLS.length] });
      if (outcome.status === 'accepted') committed.push(outcome.events[0]?.position ?? '');
      await belfry.nodes.time.advance(500);
    }
    for (let at = 30; at < 200; at += 6) {
      const listener = (await belfry.open({ after: committed[at] ?? '' })).listen();
      await belfry.nodes.time.advance(1_000);
      const missed = committed.slice(at + 1).filter((each) => !listener.positions.includes(each));
      expect(missed).toEqual([]);
      expect(listener.heard.length).toBeLessThan(200 - at + 20);
    }
  });

  test('gets what is left of a record that has several', async () => {
    const belfry = new Belfry({ partitions: 1 });
    await belfry.ring('a', 3);
    const listener = (await belfry.open({ after: '0:1.0', types: new Set(['Struck']) })).listen();
    const none = (await belfry.open({ after: '0:1.0', types: new Set(['Muted']) })).listen();
    await belfry.mute('a');
    await belfry.nodes.time.advance(1_000);
    expect(listener.positions).toEqual(['0:1.1', '0:1.2', '0:2.0']);
    expect(none.positions).toEqual(['0:2.1']);
  });
});

describe('what is no place of the feed', () => {
  const bookmark = (positions: readonly number[], begun: Bookmark['begun'] = null) =>
    encodeBookmark({ positions, begun });

  test.each([
    ['nothing', ''],
    ['another text', 'abc'],
    ['a text with what is passed over', `${bookmark([0, 0, 0, 0])}=`],
    ['of fewer partitions', bookmark([0, 0, 0])],
    ['of more partitions', bookmark([0, 0, 0, 0, 0])],
    ['beyond the end', bookmark([5, 0, 0, 0])],
    ['in a record beyond the end', bookmark([4, 0, 0, 0], { partition: 3, events: 1 })],
    ['in a partition that is not there', bookmark([0, 0, 0, 0], { partition: 4, events: 1 })],
    ['a position beyond the end', '0:5.0'],
    ['a position before the first', '0:0.0'],
    ['an index beyond the last', '0:1.1'],
    ['a position in no partition', '4:1.0'],
    ['a position without an event', '0:1'],
  ])('is refused: %s', async (_name, after) => {
    const belfry = new Belfry();
    const inFirst = BELLS.find((bell) => partitionOf(`bell:${bell}`, 4) === 0);
    for (let n = 0; n < 4; n++) await belfry.ring(inFirst ?? '');
    await expect(belfry.open({ after })).rejects.toThrow(BadBookmarkError);
    await expect(belfry.open({ after: '0:4.0' })).resolves.toBeDefined();
  });

  test('while bookmarks of any feed are read as they were written', () => {
    const random = randomFrom(SEED);
    for (let n = 0; n < 500; n++) {
      const partitions = 1 + Math.floor(random() * 100);
      const most = 2 ** Math.floor(random() * 53);
      const positions = Array.from({ length: partitions }, () => Math.floor(random() * most));
      const begun =
        random() < 0.5 ? { partition: partitions - 1, events: Math.floor(random() * 300) } : null;
      const text = encodeBookmark({ positions, begun });
      expect(decodeBookmark(text, partitions)).toEqual({ positions, begun });
    }
    expect(
      encodeBookmark({
        positions: Array(64)
          .fill(1e6)
          .map((p, n) => p + n * 100),
        begun: null,
      }).length,
    ).toBeLessThan(200);
  });
});

describe('one who does not ask for more', () => {
  test('costs what the others cost, and gets all of it when it does', async () => {
    const limits = { tailRecordsMax: 16, tailPage: 4, batchRecordsMax: 4 };
    const belfry = new Belfry({ limits });
    const stalled = await belfry.open();
    await belfry.nodes.run(nextBeat(stalled.stream));
    const other = (await belfry.open()).listen();
    await ringOn(belfry, randomFrom(SEED), 100);
    const all = await belfry.all();
    await belfry.nodes.until(() => other.heard.length === all.length);
    stalled.listen();
    await belfry.nodes.until(() => stalled.heard.length === all.length);
    expect(byPartition(stalled.positions)).toEqual(all);
    // It read for itself what was no longer at hand: these are others than what all get.
    const own = stalled.heard.filter((event) => !other.heard.includes(event));
    expect(own.length).toBeGreaterThan(50);
  });

  test('is let go, so that nothing more than the limit is kept, and nothing when it is alone', async () => {
    const belfry = new Belfry();
    const { store, time } = belfry.nodes;
    const limits = { ...DEFAULT_FEED_LIMITS, tailRecordsMax: 16, tailCharsMax: 6_000 };
    const { log } = belfry;
    const tail = new FeedTail({ store, runtime: time.runtime(), log, limits, onLoss: () => {} });
    const reader: TailReader = { next: null, lateMs: 0, signal: new Signal() };
    await tail.join(reader);
    await belfry.ring('a');
    await time.advance(500);
    expect(tail.size).toBe(1);
    expect(tail.from(reader.next ?? -1)).toHaveLength(1);
    const sizes: number[] = [];
    for (let n = 0; n < 60; n++) {
      await ringOn(belfry, randomFrom(n), 1);
      await time.advance(200);
      sizes.push(tail.size);
    }
    expect(Math.max(...sizes)).toBeGreaterThan(5);
    expect(Math.max(...sizes)).toBeLessThanOrEqual(16);
    expect(reader.next).toBeNull();
    expect(tail.size).toBe(0);
  });
});

/** Waits for the first sign of time, with which it stands at the end of the feed. */
async function nextBeat(stream: FeedStream): Promise<void> {
  expect(await stream.next()).toEqual({ kind: 'beat' });
}
