import { describe, expect, test } from 'vitest';
import { Signal } from '../../src/engine/background/signal.ts';
import { DEFAULT_FEED_LIMITS } from '../../src/engine/feed/limits.ts';
import { FeedTail, type TailReader } from '../../src/engine/feed/tail.ts';
import type { Fence } from '../../src/engine/work-store.ts';
import { Belfry } from './live-feed-world.ts';

const FENCE = 'f' as Fence;

/** Strikes so many times, so many milliseconds apart. */
async function ringEvery(belfry: Belfry, ms: number, times: number): Promise<void> {
  for (let n = 0; n < times; n++) {
    await belfry.ring('a');
    await belfry.nodes.time.advance(ms);
  }
}

describe('what is read for all who listen', () => {
  test('is kept until the last of them has come past it, and no longer', async () => {
    const belfry = new Belfry();
    const { store, time } = belfry.nodes;
    const { log } = belfry;
    const limits = DEFAULT_FEED_LIMITS;
    const tail = new FeedTail({ store, runtime: time.runtime(), log, limits, onLoss: () => {} });
    const [quick, slow] = [0, 1].map(
      (): TailReader => ({ next: null, lateMs: 0, signal: new Signal() }),
    );
    if (!quick || !slow) throw new Error('there are two');
    await tail.join(quick);
    await tail.join(slow);
    await ringEvery(belfry, 200, 10);
    expect(tail.size).toBe(10);
    quick.next = (quick.next ?? 0) + 10;
    await ringEvery(belfry, 200, 1);
    expect(tail.size).toBe(11);
    expect(tail.from(slow.next ?? -1)).toHaveLength(11);
    slow.next = (slow.next ?? 0) + 10;
    await ringEvery(belfry, 200, 1);
    expect(tail.size).toBe(2);
    expect(tail.from(slow.next)).toHaveLength(2);
    tail.leave(slow);
    tail.leave(quick);
  });
});

describe('those who may be told late', () => {
  /** How often the feed is read while it is struck every 10 ms for a second, listened to so. */
  async function readsFor(...latenesses: readonly number[]): Promise<number> {
    const belfry = new Belfry({ partitions: 1, limits: { lookMs: 60_000 } });
    const { store, time } = belfry.nodes;
    await store.swapLease(0, null, { node: 'n', fence: FENCE });
    const listeners = await Promise.all(
      latenesses.map(async (lateMs) => (await belfry.open({ lateMs })).listen()),
    );
    await time.advance(200);
    let reads = 0;
    const readFeed = store.readFeed.bind(store);
    store.readFeed = (...args) => {
      reads++;
      return readFeed(...args);
    };
    for (let n = 0; n < 100; n++) {
      // Whoever rests has the next commit wake those who read.
      await store.rest({ partition: 0, fence: FENCE, head: n, tables: [] });
      await ringEvery(belfry, 10, 1);
    }
    await time.advance(200);
    for (const { heard } of listeners) expect(heard).toHaveLength(100);
    return reads;
  }

  test('have what comes meanwhile read together', async () => {
    expect(await readsFor(100, 100)).toBeLessThanOrEqual(12);
  });

  test('do not have others wait', async () => {
    expect(await readsFor(100, 0)).toBeGreaterThan(90);
  });
});
