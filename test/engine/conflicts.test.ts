import { describe, expect, test } from 'vitest';
import type { Commit } from '../../src/engine/store.ts';
import { createMemoryStore } from '../../src/storage/memory/index.ts';
import { explore, Stepper } from '../support/explorer.ts';
import { countingStore, faultyStore } from '../support/faulty-store.ts';
import { eventsOf, mustAccept, send, startNode, stateOf, until, word } from '../support/node.ts';

describe('two nodes on one actor', () => {
  test('lose no write, whatever the order of their calls', async () => {
    const schedules = await explore(async (choose) => {
      const store = createMemoryStore({ partitions: 4 });
      const stepper = new Stepper(0);
      const words: string[] = [];
      for (const node of [1, 2]) {
        const wait = () => stepper.sleep(node);
        const { engine } = startNode(stepper.view(node, store), { seed: node, wait });
        const first = send(engine, 'Count', { box: 'a' }).then((o) => words.push(word(o)));
        // A second turn, whose state is cached by then, and stale or not.
        void first
          .then(() => send(engine, 'Count', { box: 'a' }))
          .then((outcome) => words.push(word(outcome)));
      }
      await stepper.run(choose, []);
      const { engine } = startNode(store, { seed: 9 });
      const events = await eventsOf(engine, 'a');
      const context = (await stateOf(store, 'a')).machine.context;
      try {
        expect(words).toEqual(['accepted', 'accepted', 'accepted', 'accepted']);
        expect(context).toMatchObject({ total: 4 });
        expect(events.map(({ actor, data }) => [actor.version, data.total])).toEqual([
          [1, 1],
          [2, 2],
          [3, 3],
          [4, 4],
        ]);
      } catch (error) {
        throw new Error(`after ${stepper.steps.join(', ')}`, { cause: error });
      }
    });
    expect(schedules).toBeGreaterThan(20);
  });

  test('lose no write under load', async () => {
    const store = createMemoryStore();
    const nodes = [1, 2, 3].map((seed) => startNode(store, { seed }).engine);
    const sent = Array.from({ length: 300 }, async (_, index) => {
      const engine = nodes[index % nodes.length];
      if (!engine) throw new Error('no such node');
      for (let waits = 0; waits < index % 7; waits++) await Promise.resolve();
      return word(await send(engine, 'Put', { box: 'a', item: `item${index}` }));
    });
    expect(new Set(await Promise.all(sent))).toEqual(new Set(['accepted']));
    const [engine] = nodes;
    if (!engine) throw new Error('no node');
    const events = await eventsOf(engine, 'a');
    expect(events.map(({ actor }) => actor.version)).toEqual(
      Array.from({ length: 300 }, (_, index) => index + 1),
    );
    expect(events.map(({ data }) => data.countBefore)).toEqual(
      Array.from({ length: 300 }, (_, index) => index),
    );
  });

  test('several conflicts in a row make a turn wait and take in what queued', async () => {
    const memory = createMemoryStore();
    const { engine: rival } = startNode(memory, { seed: 2 });
    let conflicts = 0;
    const commits: number[] = [];
    const { store, calls } = countingStore(
      faultyStore(memory, async (method, args) => {
        if (method !== 'commit') return 'answered' as const;
        commits.push((args[0] as Commit).records.length);
        if (++conflicts <= 5) await send(rival, 'Count', { box: 'a' });
        return 'answered' as const;
      }),
    );
    const waits: (() => void)[] = [];
    const wait = () => new Promise<void>((resolve) => waits.push(resolve));
    const { engine } = startNode(store, { limits: { conflictsBeforeWait: 3 }, wait });
    const first = send(engine, 'Count', { box: 'a' });
    await until(() => waits.length === 1);
    expect(calls.commit).toBe(4);
    const second = send(engine, 'Count', { box: 'a' });
    await until(async () => {
      for (const resolve of waits.splice(0)) resolve();
      return commits.length === 6;
    });
    expect([await first, await second].map(word)).toEqual(['accepted', 'accepted']);
    expect(commits).toEqual([1, 1, 1, 1, 2, 2]);
    expect((await stateOf(memory, 'a')).version).toBe(7);
  });

  test('what conflicts for ever is given up, and has no effect', async () => {
    const memory = createMemoryStore();
    const { engine: rival } = startNode(memory, { seed: 2 });
    let rivals = 0;
    const store = faultyStore(memory, async (method) => {
      if (method === 'commit') {
        rivals++;
        await send(rival, 'Count', { box: 'a' });
      }
      return 'answered' as const;
    });
    const { engine } = startNode(store, { limits: { conflictsMax: 10 } });
    expect(word(await send(engine, 'Put', { box: 'a', item: 'pen' }))).toBe('overloaded');
    expect(rivals).toBe(11);
    const types = (await eventsOf(rival, 'a')).map(({ type }) => type);
    expect(types).toEqual(Array.from({ length: 11 }, () => 'Counted'));
  });
});

describe('a stale cache never answers', () => {
  /** One node has the actor in its cache; the other changes it. */
  async function stale(change: (engine: ReturnType<typeof startNode>['engine']) => Promise<void>) {
    const store = createMemoryStore();
    const { engine } = startNode(store, { seed: 1 });
    await mustAccept(engine, 'Put', { box: 'a', item: 'pen' });
    await change(startNode(store, { seed: 2 }).engine);
    return engine;
  }

  test('with an If-Match that held, or that holds by now', async () => {
    const engine = await stale((other) => mustAccept(other, 'Count', { box: 'a' }));
    const old = await send(engine, 'Count', { box: 'a' }, { ifMatch: 1 });
    expect(old).toMatchObject({ failure: { code: 'version_mismatch', actor: { version: 2 } } });
    const next = await stale((other) => mustAccept(other, 'Count', { box: 'a' }));
    expect(word(await send(next, 'Count', { box: 'a' }, { ifMatch: 2 }))).toBe('accepted');
  });

  test('with a no-effect that is none any more', async () => {
    const engine = await stale((other) => mustAccept(other, 'Settle', { box: 'a', total: 5 }));
    const outcome = await send(engine, 'Settle', { box: 'a', total: 0 });
    expect(outcome).toMatchObject({ status: 'accepted', events: [{ data: { total: 0 } }] });
  });

  test('with a no-effect by an entry that came in between', async () => {
    const engine = await stale((other) => mustAccept(other, 'Put', { box: 'a', item: 'cup' }));
    const outcome = await send(engine, 'Take', { box: 'a', item: 'cup' });
    expect(outcome).toMatchObject({ status: 'accepted', events: [{ type: 'ItemTaken' }] });
  });

  test('with an acceptance where the state has no rule by now', async () => {
    const engine = await stale((other) => mustAccept(other, 'Seal', { box: 'a' }));
    expect(word(await send(engine, 'Settle', { box: 'a', total: 0 }))).toBe(
      'Not possible in this state',
    );
  });

  test('with a refusal of a claim that the actor holds by now', async () => {
    const engine = await stale((other) => mustAccept(other, 'Name', { box: 'a', name: 'ann' }));
    expect(word(await send(engine, 'Name', { box: 'a', name: 'bob' }))).toBe('accepted');
    const other = await send(engine, 'Name', { box: 'b', name: 'ann' });
    expect(word(other)).toBe('accepted');
  });
});

describe('the cache of actors', () => {
  test('is bounded, and what fell out of it goes on right', async () => {
    const memory = createMemoryStore();
    const { store, calls } = countingStore(memory);
    const { engine } = startNode(store, { limits: { cachedActorsMax: 4 } });
    const boxes = Array.from({ length: 12 }, (_, index) => `box${index}`);
    for (let round = 0; round < 3; round++) {
      for (const box of boxes) await mustAccept(engine, 'Count', { box });
    }
    // Each was pushed out by the others, so that each was read again.
    expect(calls.fetch).toBe(36);
    await mustAccept(engine, 'Count', { box: 'box11' });
    expect(calls.fetch).toBe(36);
    for (const box of boxes) {
      expect((await stateOf(memory, box)).version).toBe(box === 'box11' ? 4 : 3);
    }
  });

  test('is forgotten when the store was replaced', async () => {
    const first = createMemoryStore();
    let behind = first;
    let epoch = 0;
    const store = new Proxy(first, {
      get: (_, property) => {
        if (property === 'epoch') return () => epoch;
        const member: unknown = Reflect.get(behind, property, behind);
        return typeof member === 'function' ? member.bind(behind) : member;
      },
    });
    const { store: counted, calls } = countingStore(store);
    const { engine } = startNode(counted);
    await mustAccept(engine, 'Count', { box: 'a' });
    behind = createMemoryStore();
    epoch++;
    calls.commit = 0;
    const outcome = await send(engine, 'Count', { box: 'a' });
    expect(outcome).toMatchObject({ status: 'accepted', actor: { version: 1 } });
    expect(calls.commit).toBe(1);
    // Also where nobody said that it was replaced: the version check finds out.
    behind = createMemoryStore();
    const unsaid = await send(engine, 'Count', { box: 'a' });
    expect(unsaid).toMatchObject({ status: 'accepted', actor: { version: 1 } });
  });
});
