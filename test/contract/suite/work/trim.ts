import { describe, expect, test } from 'vitest';
import type { Store } from '../../../../src/engine/store.ts';
import {
  act,
  draft,
  headOf,
  newActorIn,
  newTurn,
  record,
  rowOf,
  type StoreUnderTest,
  unique,
} from '../draft.ts';
import { expectHeard, hold, whileListening, work } from './draft.ts';

const PARTITION = 2;
/** More than one step of any store forgets. */
const MANY = 2_500;

/** Adds so many records of a new actor; gives it and the head after them. */
async function append(store: Store, count: number, actor = newActorIn(PARTITION)) {
  const records = Array.from({ length: count }, (_, n) => record(String(n)));
  const { position } = await act(store, actor, { state: '{}', records });
  return { actor, head: position + count - 1 };
}

async function trimmedOf(store: Store, partition = PARTITION): Promise<number> {
  return (await store.survey(partition, [])).trimmed;
}

/** Trims until that changes nothing any more. */
async function trimFully(store: Store, through: number): Promise<number> {
  for (let before = -1; ; ) {
    const reached = await store.trim(PARTITION, through);
    if (reached === before) return reached;
    before = reached;
  }
}

async function firstOf(store: Store): Promise<number | undefined> {
  const [first] = await store.readFeed(PARTITION, 0, 1);
  return first?.position;
}

/** Forgetting the oldest records of a feed. `store` has no subscribers but those of its own tests. */
export function trimContract(store: StoreUnderTest): void {
  describe('a feed that is trimmed', () => {
    test('begins behind the position, and stays as it is where there is nothing to forget', async () => {
      const { actor, head } = await append(store(), 6);
      const others = [...(await store().heads())];
      const through = head - 3;
      expect(await trimFully(store(), through)).toBe(through);
      for (const again of [through, through - 1, 0]) {
        expect(await store().trim(PARTITION, again)).toBe(through);
      }
      expect(await trimmedOf(store())).toBe(through);
      const left = [through + 1, through + 2, through + 3];
      for (const after of [0, through - 1, through]) {
        const page = await store().readFeed(PARTITION, after, 9);
        expect(page.map(({ position }) => position)).toEqual(left);
      }
      expect((await store().readFeed(PARTITION, 0, 2)).length).toBe(2);
      expect(await store().heads()).toEqual(others);
      expect(await headOf(store(), actor)).toBe(head);
      expect(await trimmedOf(store(), PARTITION + 1)).toBe(0);
    });

    test('was never anything else where it is empty', async () => {
      const empty = PARTITION + 1;
      expect(await store().trim(empty, 5)).toBe(0);
      expect(await trimmedOf(store(), empty)).toBe(0);
      const actor = newActorIn(empty);
      const { position } = await act(store(), actor, { records: [record('1')] });
      expect(await store().trim(empty, position - 1)).toBe(position - 1);
    });

    test('keeps what a subscriber has not passed, however many others have', async () => {
      const { head: start } = await append(store(), 1);
      const [slow, fast] = [unique('slow'), unique('fast')];
      const names = [slow, fast];
      await store().subscribe(names.map((name) => ({ name, from: 'head' as const })));
      const { head } = await append(store(), 5);
      const held = await hold(store(), PARTITION);
      const move = (subscriber: string, from: number, to: number) =>
        work(store(), held, {
          checkpoints: [{ subscriber, expected: start + from, next: start + to }],
        });
      await move(fast, 0, 5);
      expect(await trimFully(store(), head)).toBe(start);
      await move(slow, 0, 3);
      expect(await trimFully(store(), start + 2)).toBe(start + 2);
      expect(await trimFully(store(), head)).toBe(start + 3);
      expect(await firstOf(store())).toBe(start + 4);
      // One that was set back waits for what is gone already: nothing more goes.
      await move(slow, 3, 1);
      expect(await store().trim(PARTITION, head)).toBe(start + 3);
      await store().unsubscribe(slow);
      expect(await trimFully(store(), head)).toBe(head);
      await store().unsubscribe(fast);
    });

    test('has subscribers begin before its first record', async () => {
      const { head } = await append(store(), 4);
      await trimFully(store(), head - 2);
      const [early, late, same] = [unique('early'), unique('late'), unique('same')];
      await store().subscribe([
        { name: early, from: 'beginning' },
        { name: late, from: 'head' },
      ]);
      const at = async (name: string) => (await store().checkpoints(name))[PARTITION];
      expect([await at(early), await at(late)]).toEqual([head - 2, head]);
      expect(await trimFully(store(), head)).toBe(head - 2);
      await store().unsubscribe(early);
      expect(await trimFully(store(), head)).toBe(head);
      await store().subscribe([{ name: same, from: 'beginning' }]);
      expect(await at(same)).toBe(head);
      for (const name of [late, same]) await store().unsubscribe(name);
    });

    test('to its end goes on where it was', async () => {
      const { actor, head } = await append(store(), 3);
      expect(await trimFully(store(), head + 100)).toBe(head);
      expect(await store().readFeed(PARTITION, 0, 5)).toEqual([]);
      expect((await store().heads())[PARTITION]).toBe(head);
      expect(await headOf(store(), actor)).toBe(head);
      const { turnId } = await act(store(), actor, { state: '{"more":1}' });
      expect((await rowOf(store(), actor)).recent[0]).toMatchObject({ turnId, position: head });

      const { partition, fence } = await hold(store(), PARTITION);
      const rest = () => store().rest({ partition, fence, head, tables: [] });
      await whileListening(store(), async (heard) => {
        expect(await rest()).toMatchObject({ resting: true, head });
        const after = await append(store(), 2, actor);
        expect(after.head).toBe(head + 2);
        await expectHeard(heard, PARTITION);
        expect(await rest()).toMatchObject({ resting: false, head: head + 2 });
      });
      const page = await store().readFeed(PARTITION, head - 2, 9);
      expect(page.map(({ position }) => position)).toEqual([head + 1, head + 2]);
      expect(await store().survey(PARTITION, [])).toMatchObject({ head: head + 2, trimmed: head });
    });

    test('of many records comes to an end in few steps, each of which forgets some', async () => {
      const { head } = await append(store(), MANY);
      const start = await trimmedOf(store());
      for (let reached = start; reached < head - 1; ) {
        const next = await store().trim(PARTITION, head - 1);
        expect(next).toBeGreaterThan(reached + Math.min(99, head - 2 - reached));
        expect(next).toBeLessThanOrEqual(reached + 1_100);
        expect(await firstOf(store())).toBe(next + 1);
        reached = next;
      }
      expect(await trimmedOf(store())).toBe(head - 1);
    });

    test('while others write to it loses none behind the position', async () => {
      const { head } = await append(store(), 50);
      const actors = Array.from({ length: 20 }, () => newActorIn(PARTITION));
      const written = actors.map((actor) => append(store(), 1, actor));
      const trims = actors.map((_, n) => store().trim(PARTITION, head - 20 + n));
      const heads = (await Promise.all(written)).map((each) => each.head);
      for (const reached of await Promise.all(trims)) expect(reached).toBeLessThan(head);
      const expected = Array.from({ length: 20 }, (_, n) => head + n + 1);
      expect(heads.toSorted((a, b) => a - b)).toEqual(expected);
      const page = await store().readFeed(PARTITION, head - 1, 99);
      expect(page.map(({ position }) => position)).toEqual([head, ...expected]);
    });
  });

  describe('a trail in a feed that is trimmed', () => {
    /** An actor with records at these places behind the first, among those of another. */
    async function setUp() {
      const [actor, other] = [newActorIn(PARTITION), newActorIn(PARTITION)];
      const positions: number[] = [];
      for (let n = 0; n < 4; n++) {
        const { head } = await append(store(), 1, actor);
        positions.unshift(head);
        await append(store(), 1, other);
      }
      return { actor, other, positions };
    }
    const none = { records: [], next: null, isTrimmed: false };
    const gone = { records: [], next: null, isTrimmed: true };

    test('ends where its own records end, and says that there were more', async () => {
      const { actor, positions } = await setUp();
      const [fourth = 0, third = 0, second = 0] = positions;
      await trimFully(store(), second);
      const both = [fourth, third].map((position) => ({ position, body: '0' }));
      for (const limit of [2, 3, 9]) {
        const trail = await store().trail(actor, null, limit);
        expect(trail).toEqual({ records: both, next: null, isTrimmed: true });
      }
      const page = await store().trail(actor, null, 1);
      expect(page).toEqual({ records: [both[0]], next: third, isTrimmed: false });
      const last = await store().trail(actor, third, 1);
      expect(last).toEqual({ records: [both[1]], next: null, isTrimmed: true });
    });

    test('is whole where only records of others are gone', async () => {
      const { actor, positions } = await setUp();
      const first = positions.at(-1) ?? 0;
      await trimFully(store(), first - 1);
      expect(await store().trail(actor, null, 4)).toMatchObject({ next: null, isTrimmed: false });
      expect((await store().trail(actor, null, 9)).records).toHaveLength(4);
    });

    test('has nothing left where all are gone, and goes on with the next', async () => {
      const { actor, other, positions } = await setUp();
      const [last = 0] = positions;
      await trimFully(store(), last);
      expect(await store().trail(actor, null, 5)).toEqual(gone);
      await trimFully(store(), last + 1);
      expect(await store().trail(actor, null, 5)).toEqual(gone);
      const { head } = await append(store(), 1, actor);
      const records = [{ position: head, body: '0' }];
      expect(await store().trail(actor, null, 5)).toEqual({ ...gone, records });
      expect(await store().trail(actor, null, 1)).toEqual({ ...gone, records });
      expect(await store().trail(newActorIn(PARTITION), null, 5)).toEqual(none);
      expect((await store().trail(other, null, 1)).isTrimmed).toBe(true);
    });

    test('from a position that is gone has nothing and says so; from one of another nothing', async () => {
      const { actor, positions } = await setUp();
      const [fourth = 0, third = 0] = positions;
      await trimFully(store(), third);
      expect(await store().trail(actor, third, 5)).toEqual(gone);
      expect(await store().trail(actor, third - 1, 5)).toEqual(gone);
      expect(await store().trail(actor, third + 1, 5)).toEqual(none);
      expect(await store().trail(actor, fourth + 1, 5)).toEqual(none);
      expect(await store().trail(actor, fourth + 1_000, 5)).toEqual(none);
      expect(await store().trail(actor, 0, 5)).toEqual(none);
    });
  });

  describe('a subscriber that is taken away', () => {
    const checkpointsOf = async () => (await store().survey(PARTITION, [])).checkpoints;

    test('has no checkpoint anywhere; others keep theirs', async () => {
      const { head } = await append(store(), 2);
      const [one, other] = [unique('one'), unique('other')];
      await store().subscribe([
        { name: one, from: 'head' },
        { name: other, from: 'head' },
      ]);
      expect(await checkpointsOf()).toEqual({ [one]: head, [other]: head });
      const heads = await store().heads();
      await store().unsubscribe(one);
      expect(await checkpointsOf()).toEqual({ [other]: head });
      expect(await store().checkpoints(one)).toEqual(heads.map(() => 0));
      expect(await store().checkpoints(other)).toEqual(heads);
      // Once more, and one that never was.
      await store().unsubscribe(one);
      await store().unsubscribe(unique('nobody'));
      expect(await checkpointsOf()).toEqual({ [other]: head });
      await store().subscribe([{ name: one, from: 'head' }]);
      expect(await store().checkpoints(one)).toEqual(heads);
      for (const name of [one, other]) await store().unsubscribe(name);
    });

    test('stands at 0 for a step: one that expects more is told, one that expects 0 makes it', async () => {
      const { head } = await append(store(), 2);
      const name = unique('subscriber');
      await store().subscribe([{ name, from: 'head' }]);
      await store().unsubscribe(name);
      const held = await hold(store(), PARTITION);
      const step = (expected: number, next: number) =>
        store().step({
          partition: PARTITION,
          fence: held.fence,
          stepId: unique('step'),
          checkpoints: [{ subscriber: name, expected, next }],
          rows: [],
        });
      expect(await step(head, head)).toEqual({ kind: 'moved', checkpoints: {} });
      expect(await checkpointsOf()).toEqual({});
      expect(await step(0, head)).toEqual({ kind: 'done' });
      expect(await checkpointsOf()).toEqual({ [name]: head });
      await store().unsubscribe(name);
    });
  });

  test('a command answered without a record stands at the head of a trimmed feed', async () => {
    const { actor, head } = await append(store(), 2);
    await trimFully(store(), head);
    const { lastTurn } = await rowOf(store(), actor);
    const commandId = unique('command');
    const replies = [{ commandId, body: '{}', record: null, ttlMs: 60_000 }];
    const commit = draft(actor, newTurn(), lastTurn, { replies });
    expect(await store().commit(commit)).toEqual({ kind: 'committed', position: head });
    expect(await store().reply(actor, commandId)).toEqual({ body: '{}', position: head });
  });
}
