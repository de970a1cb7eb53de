import { describe, expect, onTestFinished, test } from 'vitest';
import { StoreUnavailable } from '../../../src/engine/store.ts';
import type { Woken } from '../../../src/engine/work-store.ts';
import {
  type Disk,
  GroupCommit,
  STALL_MS_MAX,
} from '../../../src/storage/embedded/group-commit.ts';
import { openDisk } from '../../../src/storage/embedded/lmdb-disk.ts';
import type { Backing, Reader, Write } from '../../../src/storage/kv/backing.ts';
import { KeyValueStore } from '../../../src/storage/kv/store.ts';
import {
  act,
  draft,
  fetchOf,
  HOUR_MS,
  keyOf,
  newActor,
  newActorIn,
  newTurn,
  record,
  rowOf,
} from '../../contract/suite/draft.ts';
import { at, hold, item, newFence, row, stepOf } from '../../contract/suite/work/draft.ts';
import { newDir } from './support.ts';

/** Soon enough for a test that waits for it. */
const STALL_MS = 100;

/** A real disk whose writes can be held back, failed, or never ended. */
class GatedDisk implements Disk {
  readonly #disk = openDisk(newDir());
  /** How many keys each write had. */
  readonly writes: number[] = [];
  failNext: Error | null = null;
  #gate: Promise<void> = Promise.resolve();
  #open = () => {};

  get synced(): Reader {
    return this.#disk.synced;
  }

  /** From now on no write ends, nor is anything of it there, until `release`. */
  hold(): void {
    this.#gate = new Promise((resolve) => {
      this.#open = resolve;
    });
  }

  release(): void {
    this.#open();
  }

  async write(writes: Iterable<Write>): Promise<void> {
    const all = [...writes];
    this.writes.push(all.length);
    await this.#gate;
    const failure = this.failNext;
    this.failNext = null;
    if (failure !== null) throw failure;
    await this.#disk.write(all);
  }

  close(): Promise<void> {
    return this.#disk.close();
  }
}

function setUp(stallMs = STALL_MS_MAX) {
  const disk = new GatedDisk();
  const backing: Backing = new GroupCommit(disk, Date.now, stallMs);
  const store = new KeyValueStore(backing, 4, Date.now);
  onTestFinished(() => {
    disk.release();
    return store.close();
  });
  return { disk, store };
}

/** Which of some answers have come. */
function watch(answers: Record<string, Promise<unknown>>): Set<string> {
  const come = new Set<string>();
  for (const [name, answer] of Object.entries(answers)) {
    const settled = () => come.add(name);
    answer.then(settled, settled);
  }
  return come;
}

describe('an answer', () => {
  test('does not leave before the sync of what it tells, whoever asked', async () => {
    const { disk, store } = setUp();
    const actor = newActor();
    const { turnId } = await act(store, actor, { state: '{"n":1}' });
    const commandId = 'command';
    disk.hold();
    const second = draft(actor, newTurn(), turnId, {
      state: '{"n":2}',
      replies: [{ commandId, body: '{}', record: null, ttlMs: HOUR_MS }],
    });
    const pointers = [{ key: 'key', value: 'first', ttlMs: HOUR_MS }];
    const answers = {
      commit: store.commit(second),
      again: store.commit(second),
      conflict: store.commit(draft(actor, newTurn(), turnId, { state: '{"n":3}' })),
      answered: store.commit({ ...second, turnId: newTurn(), expected: second.turnId }),
      pointer: fetchOf(store, { pointers }),
      known: fetchOf(store, { pointers }),
      claim: store.swapClaim('email', null, { holder: keyOf(newActor()), token: 't' }),
      taken: store.swapClaim('email', null, { holder: keyOf(newActor()), token: 'u' }),
      kept: store.putAsync('async', '{}'),
    };
    const come = watch(answers);
    await expect.poll(() => disk.writes.length).toBeGreaterThan(1);

    // What only reads answers at once, and knows nothing of what is not synced.
    expect((await rowOf(store, actor)).state).toBe('{"n":1}');
    expect(await store.reply(actor, commandId)).toBeNull();
    expect(await store.async('async')).toBeNull();
    const check = await store.commit(draft(actor, newTurn(), turnId));
    expect(check.kind).toBe('committed');
    expect([...come]).toEqual([]);

    disk.release();
    expect((await answers.commit).kind).toBe('committed');
    expect(await answers.again).toEqual(await answers.commit);
    expect((await answers.conflict).kind).toBe('conflict');
    expect((await answers.answered).kind).toBe('answered');
    expect((await answers.pointer).pointers).toEqual([null]);
    expect((await answers.known).pointers).toEqual(['first']);
    expect((await answers.taken).kind).toBe('other');
    expect((await rowOf(store, actor)).state).toBe('{"n":2}');
  });

  test('to background work does not leave before the sync, nor does a wake-up', async () => {
    const { disk, store } = setUp();
    const held = await hold(store, 0);
    const head = (await store.heads())[0] ?? 0;
    const heard: Woken[] = [];
    store.onWake((woken) => heard.push(woken));
    const [writes, rows] = [disk.writes.length, [row('t', 'k', '1', at(1))]];
    disk.hold();
    const step = stepOf(held, { rows });
    const free = { node: null, fence: newFence() };
    const answers = {
      step: store.step(step),
      again: store.step(step),
      subscribe: store.subscribe([{ name: 'policy', from: 'head' }]),
      transfer: store.transfer({ partition: 1, cursor: 'c', items: [item(1, { rows })] }),
      post: store.post({ partition: 2, expected: [], rows }),
      refused: store.post({
        partition: 2,
        expected: [{ table: 't', key: 'k', body: null }],
        rows: [],
      }),
      commit: act(store, newActorIn(0), { records: [record('{}')] }),
      given: store.swapLease(0, held.fence, free),
      fenced: store.step(stepOf(held)),
    };
    const come = watch(answers);
    await expect.poll(() => disk.writes.length).toBeGreaterThan(writes);
    // The commit is under way: it is the next one to the feed as it is seen now.
    const { partition, fence } = held;
    const look = await store.rest({ partition, fence, head, tables: ['t'] });
    expect(look).toMatchObject({ kind: 'looked', resting: true, head, firsts: [null] });
    expect(await store.rows(0, 't', ['k'])).toEqual([null]);
    expect([...come]).toEqual([]);
    expect(heard).toEqual([]);

    disk.release();
    expect(await answers.step).toEqual({ kind: 'done' });
    expect(await answers.again).toEqual({ kind: 'done' });
    expect(await answers.refused).toBe(false);
    expect(await answers.fenced).toEqual({ kind: 'fenced' });
    await Promise.all(Object.values(answers));
    expect(heard.toSorted()).toEqual([0, 1, 2, 'nodes']);
    expect(await store.rows(0, 't', ['k'])).toEqual(['1']);
  });

  test('waits for its own group, not for the one after it', async () => {
    const { disk, store } = setUp();
    disk.hold();
    const first = store.commit(draft(newActor(), newTurn(), null, { state: '{}' }));
    await expect.poll(() => disk.writes.length).toBe(1);
    const second = store.commit(draft(newActor(), newTurn(), null, { state: '{}' }));
    const come = watch({ second });
    disk.release();
    disk.hold();
    await first;
    await expect.poll(() => disk.writes.length).toBe(2);
    expect([...come]).toEqual([]);
    disk.release();
    await second;
  });
});

describe('a group', () => {
  test('has all that was asked for while the one before it was written', async () => {
    const { disk, store } = setUp();
    disk.hold();
    const first = act(store, newActor(), { state: '{}' });
    await expect.poll(() => disk.writes.length).toBe(1);
    const rest = Array.from({ length: 100 }, () => act(store, newActor(), { state: '{}' }));
    await Promise.all(rest.map(() => rowOf(store, newActor())));
    disk.release();
    await Promise.all([first, ...rest]);
    expect(disk.writes).toEqual([1, 100]);
  });

  test('that fails takes nothing into effect, nor what was decided on it', async () => {
    const { disk, store } = setUp();
    const actor = newActor();
    const { turnId } = await act(store, actor, { state: '{"n":1}' });
    disk.hold();
    disk.failNext = new StoreUnavailable('no room', 'no');
    const second = draft(actor, newTurn(), turnId, { state: '{"n":2}' });
    const failing = store.commit(second);
    await expect.poll(() => disk.writes.length).toBe(2);
    const onIt = store.commit(draft(actor, newTurn(), second.turnId, { state: '{"n":3}' }));
    const retried = failing.catch(() => store.commit(second));
    disk.release();
    const unavailable = { name: 'StoreUnavailable', applied: 'no' };
    await expect(failing).rejects.toMatchObject(unavailable);
    await expect(onIt).rejects.toMatchObject(unavailable);
    expect((await retried).kind).toBe('committed');
    expect((await rowOf(store, actor)).state).toBe('{"n":2}');
  });

  test('that fails wakes nobody, and leaves the step to be made', async () => {
    const { disk, store } = setUp();
    const held = await hold(store, 0);
    const heard: Woken[] = [];
    store.onWake((woken) => heard.push(woken));
    const rows = [row('t', 'k', '1', at(1))];
    const step = stepOf(held, { rows });
    disk.failNext = new StoreUnavailable('no room', 'no');
    const failing = [
      store.step(step),
      store.post({ partition: 1, expected: [], rows }),
      store.transfer({ partition: 2, cursor: 'c', items: [item(1, { rows })] }),
    ];
    for (const { status } of await Promise.allSettled(failing)) expect(status).toBe('rejected');
    expect(heard).toEqual([]);
    expect(await store.rows(0, 't', ['k'])).toEqual([null]);
    expect(await store.step(step)).toEqual({ kind: 'done' });
    expect(await store.rows(0, 't', ['k'])).toEqual(['1']);
  });

  test('of which it is unknown whether it was written says so', async () => {
    const { disk, store } = setUp();
    disk.failNext = new Error('the disk is odd');
    await expect(act(store, newActor(), { state: '{}' })).rejects.toMatchObject({
      name: 'StoreUnavailable',
      applied: 'unknown',
    });
  });

  test('takes a fault of one request out, and the others in', async () => {
    const { store } = setUp();
    const [good, bad] = [newActor(), newActor()];
    const at = -1;
    const results = await Promise.allSettled([
      act(store, bad, { state: '{}', entries: [{ collection: 'c', key: 'k', at, value: null }] }),
      act(store, good, { state: '{}' }),
    ]);
    expect(results.map(({ status }) => status)).toEqual(['rejected', 'fulfilled']);
    expect((await rowOf(store, bad)).lastTurn).toBeNull();
  });
});

describe('a disk that stops answering', () => {
  test('hangs no call, and serves again when it goes on', async () => {
    const { disk, store } = setUp(STALL_MS);
    const actor = newActor();
    const turn = draft(actor, newTurn(), null, { state: '{"n":1}' });
    disk.hold();
    const stuck = store.commit(turn);
    await expect(stuck).rejects.toMatchObject({ name: 'StoreUnavailable', applied: 'unknown' });
    await expect(store.ping()).rejects.toMatchObject({ name: 'StoreUnavailable', applied: 'no' });
    const again = store.commit(turn).then(({ kind }) => kind, String);
    disk.release();
    // A disk that is busy may take as long as one that stalls.
    const serves = () => store.commit(turn).then(({ kind }) => kind, String);
    if ((await again) !== 'committed') await expect.poll(serves).toBe('committed');
    expect((await rowOf(store, actor)).recent).toHaveLength(1);
  });

  test('does not keep the store from closing', async () => {
    const { disk, store } = setUp(STALL_MS);
    disk.hold();
    const stuck = act(store, newActor(), { state: '{}' });
    stuck.catch(() => {});
    await expect.poll(() => disk.writes.length).toBe(1);
    await store.close();
    await expect(stuck).rejects.toMatchObject({ applied: 'unknown' });
  });
});

describe('closing', () => {
  test('finishes what is under way, and takes nothing more', async () => {
    const { disk, store } = setUp();
    const [first, second] = [newActor(), newActor()];
    disk.hold();
    const writing = store.commit(draft(first, newTurn(), null, { state: '{}' }));
    await expect.poll(() => disk.writes.length).toBe(1);
    const queued = store.commit(draft(second, newTurn(), null, { state: '{}' }));
    const close = store.close();
    await expect(act(store, newActor(), { state: '{}' })).rejects.toThrow('closed');
    disk.release();
    expect((await writing).kind).toBe('committed');
    expect((await queued).kind).toBe('committed');
    await close;
  });
});
