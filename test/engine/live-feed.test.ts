import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { defineEvent } from '../../src/define/index.ts';
import { DEFAULT_FEED_LIMITS } from '../../src/engine/feed/limits.ts';
import { type Store, StoreUnavailable } from '../../src/engine/store.ts';
import { Belfry, bellApp, byPartition, type Listener } from './live-feed-world.ts';

const BELLS = ['a', 'b', 'c', 'd', 'e', 'f'];

/** A store whose calls are counted, and fail where a test says so. */
function watched() {
  const calls: Record<string, number> = {};
  const watch = { calls, isAway: false, heads: null as readonly number[] | null };
  const view = (store: Store): Store =>
    new Proxy(store, {
      get: (target, property, receiver) => {
        const member: unknown = Reflect.get(target, property, receiver);
        if (typeof member !== 'function') return member;
        const carryOut = (...args: unknown[]): unknown => Reflect.apply(member, target, args);
        if (property !== 'heads' && property !== 'readFeed') return carryOut;
        return async (...args: unknown[]): Promise<unknown> => {
          calls[property] = (calls[property] ?? 0) + 1;
          if (watch.isAway) throw new StoreUnavailable('away', 'no');
          if (property === 'heads' && watch.heads) return watch.heads;
          return carryOut(...args);
        };
      },
    });
  return { watch, view };
}

describe('one who listens', () => {
  test('hears everything from now on, in the order of each partition', async () => {
    const belfry = new Belfry();
    await belfry.ring('before', 3);
    const before = await belfry.all();
    const listener = (await belfry.open()).listen();
    for (const times of [1, 2, 3]) for (const bell of BELLS) await belfry.ring(bell, times);
    const expected = (await belfry.all()).filter((position) => !before.includes(position));
    await belfry.nodes.until(() => listener.heard.length >= expected.length);
    expect(byPartition(listener.positions)).toEqual(expected);
    const [first] = listener.heard;
    expect(first?.event).toMatchObject({ type: 'Struck', data: { stroke: 1 }, version: 1 });
  });

  test('hears of it within the time between two looks, also where nothing wakes', async () => {
    const belfry = new Belfry();
    const listener = (await belfry.open()).listen();
    const { lookMs, roundMs } = DEFAULT_FEED_LIMITS;
    for (let n = 1; n <= 5; n++) {
      await belfry.ring('a');
      await belfry.nodes.time.advance(lookMs + roundMs);
      expect(listener.heard).toHaveLength(n);
    }
    expect(lookMs + roundMs).toBeLessThan(150);
  });

  test('is woken by whoever rests on the partition', async () => {
    const belfry = new Belfry({ partitions: 1, limits: { lookMs: 60_000 } });
    const { store } = belfry.nodes;
    const fence = 'f' as Parameters<Store['rest']>[0]['fence'];
    await store.swapLease(0, null, { node: 'n', fence });
    const listener = (await belfry.open()).listen();
    await belfry.nodes.time.advance(1_000);
    await store.rest({ partition: 0, fence, head: 0, tables: [] });
    await belfry.ring('a');
    await belfry.nodes.time.advance(10);
    expect(listener.heard).toHaveLength(1);
  });

  test('may ask for types, and for one actor', async () => {
    const belfry = new Belfry();
    const muted = (await belfry.open({ types: new Set(['Muted']) })).listen();
    const ofA = (await belfry.open({ actor: { type: 'bell', id: 'a' } })).listen();
    for (const bell of BELLS) await belfry.ring(bell);
    for (const bell of BELLS) await belfry.mute(bell);
    await belfry.nodes.until(() => muted.heard.length >= BELLS.length && ofA.heard.length >= 3);
    expect(muted.heard.map(({ event }) => event.actor.id).sort()).toEqual(BELLS);
    expect(new Set(muted.heard.map(({ event }) => event.type))).toEqual(new Set(['Muted']));
    expect(ofA.heard.map(({ event }) => `${event.actor.id} ${event.type}`)).toEqual([
      'a Struck',
      'a Struck',
      'a Muted',
    ]);
  });

  test('is given a sign of time every 15 seconds, whether it hears something or not', async () => {
    const belfry = new Belfry();
    const silent = (await belfry.open()).listen();
    await belfry.nodes.time.advance(14_000);
    expect(silent.beats).toBe(0);
    await belfry.nodes.time.advance(1_100);
    expect(silent.beats).toBe(1);
    for (let second = 0; second < 60; second++) {
      await belfry.ring('a');
      await belfry.nodes.time.advance(1_000);
    }
    expect(silent.beats).toBeGreaterThanOrEqual(4);
    expect(silent.beats).toBeLessThanOrEqual(6);
    expect(silent.heard).toHaveLength(60);
  });

  test('waits while the store is out of reach, and goes on without a hole', async () => {
    const { watch, view } = watched();
    const belfry = new Belfry({ view });
    const listener = (await belfry.open()).listen();
    await belfry.ring('a');
    await belfry.nodes.until(() => listener.heard.length === 1);
    watch.isAway = true;
    for (const bell of BELLS) await belfry.ring(bell);
    await belfry.nodes.time.advance(40_000);
    expect(listener.heard).toHaveLength(1);
    expect(listener.beats).toBe(2);
    watch.isAway = false;
    await belfry.nodes.until(() => listener.heard.length === 7);
    expect(byPartition(listener.positions)).toEqual(await belfry.all());
    expect(belfry.log.errors).toEqual([]);
  });

  test('is ended where the store has less than it had', async () => {
    const { watch, view } = watched();
    const belfry = new Belfry({ view });
    const listener = (await belfry.open()).listen();
    for (const bell of BELLS) await belfry.ring(bell);
    await belfry.nodes.until(() => listener.heard.length === BELLS.length);
    const after = listener.stream.bookmark;
    watch.heads = [0, 0, 0, 0];
    await belfry.nodes.until(() => listener.isEnded);
    await expect(belfry.open({ after })).rejects.toThrow('beyond the end');
  });

  test('is ended when the node stops, and nobody begins after', async () => {
    const belfry = new Belfry();
    const listener = (await belfry.open()).listen();
    await belfry.nodes.time.advance(1_000);
    belfry.feed.stop();
    const late = (await belfry.open()).listen();
    await belfry.nodes.time.settle();
    expect([listener.isEnded, late.isEnded]).toEqual([true, true]);
  });
});

describe('what listening costs', () => {
  test('nothing while nobody does, before and after', async () => {
    const { watch, view } = watched();
    const belfry = new Belfry({ view });
    await belfry.ring('a');
    await belfry.nodes.time.advance(60_000);
    expect(watch.calls).toEqual({});
    const listener = (await belfry.open()).listen();
    await belfry.nodes.time.advance(1_000);
    expect(watch.calls.heads).toBeGreaterThan(5);
    listener.stream.close();
    await belfry.nodes.time.advance(1_000);
    const after = { ...watch.calls };
    await belfry.ring('a');
    await belfry.nodes.time.advance(60_000);
    expect(watch.calls).toEqual(after);
    expect(listener.isEnded).toBe(true);
  });

  test.each([1, 50])('the feed is read once for %i', async (listeners) => {
    const { watch, view } = watched();
    const belfry = new Belfry({ view });
    const all: Listener[] = [];
    for (let n = 0; n < listeners; n++) all.push((await belfry.open()).listen());
    await belfry.nodes.time.advance(1_000);
    const before = watch.calls.readFeed ?? 0;
    for (const bell of BELLS) await belfry.ring(bell);
    await belfry.nodes.until(() => all.every(({ heard }) => heard.length === BELLS.length));
    expect((watch.calls.readFeed ?? 0) - before).toBeLessThanOrEqual(BELLS.length);
    // What is heard at one place is the same for all, and is written once.
    expect(new Set(all.flatMap(({ heard }) => heard)).size).toBe(BELLS.length);
  });
});

describe('events of older code', () => {
  const schema = z.object({ stroke: z.int() });

  test('are upcast', async () => {
    const upcast = { 1: (data: unknown) => ({ stroke: 100 + schema.parse(data).stroke }) };
    const app = bellApp(defineEvent({ schema, version: 2, upcast }));
    const belfry = new Belfry({ app });
    const listener = (await belfry.open()).listen();
    await belfry.ring('a', 2);
    await belfry.nodes.until(() => listener.heard.length === 2);
    expect(listener.heard.map(({ event }) => [event.version, event.data])).toEqual([
      [2, { stroke: 101 }],
      [2, { stroke: 102 }],
    ]);
  });

  test('that cannot be read end the stream of those who ask for them, and of no other', async () => {
    const upcast = {
      1: () => {
        throw new Error('what stroke?');
      },
    };
    const app = bellApp(defineEvent({ schema, version: 2, upcast }));
    const belfry = new Belfry({ app });
    const all = (await belfry.open()).listen();
    const muted = (await belfry.open({ types: new Set(['Muted']) })).listen();
    await belfry.ring('a');
    await belfry.nodes.until(() => all.isEnded);
    expect(String(all.error)).toContain('what stroke?');
    await belfry.nodes.time.advance(1_000);
    expect(muted.isEnded).toBe(false);
  });
});
