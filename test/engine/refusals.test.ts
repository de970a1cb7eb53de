import { describe, expect, test } from 'vitest';
import { app } from '../../machines/index.ts';
import { createMemoryStore } from '../../src/storage/memory/index.ts';
import { countingStore, faultyStore } from '../support/faulty-store.ts';
import { eventsOf, mustAccept, rowOf, send, startNode, stateOf, word } from '../support/node.ts';

const box = { type: 'box', id: 'a' };

describe('a refusal', () => {
  test('brings no actor into being, and stands in the trail', async () => {
    const store = createMemoryStore();
    const { engine } = startNode(store);
    const outcome = await send(engine, 'Refuse', { box: 'a' });
    expect(outcome).toMatchObject({
      status: 'rejected',
      reason: 'Refused as asked',
      actor: { type: 'box', id: 'a', version: 0 },
      events: [{ type: 'Refused', data: { reason: 'Refused as asked' }, actor: { version: 0 } }],
    });
    expect((await rowOf(store, 'a')).state).toBeNull();
    const request = { pointers: [], actor: null, entries: [], sizes: [] };
    expect((await store.fetch({ ...request, views: [box] })).views).toEqual([null]);
    expect((await eventsOf(engine, 'a')).map(({ type }) => type)).toEqual(['Refused']);
    // It does not exist for others, either, and its first command finds it new.
    const first = await send(engine, 'Count', { box: 'a' }, { ifMatch: 0 });
    expect(first).toMatchObject({ status: 'accepted', actor: { version: 1 } });
  });

  test('leaves version and state of an actor as they were', async () => {
    const store = createMemoryStore();
    const { engine } = startNode(store);
    await mustAccept(engine, 'Count', { box: 'a' });
    const before = (await rowOf(store, 'a')).state;
    expect(await send(engine, 'Refuse', { box: 'a' })).toMatchObject({ actor: { version: 1 } });
    expect((await rowOf(store, 'a')).state).toBe(before);
    const next = await send(engine, 'Count', { box: 'a' }, { ifMatch: 1 });
    expect(next).toMatchObject({ actor: { version: 2 }, events: [{ data: { total: 2 } }] });
  });

  test('by a state without a rule for it writes nothing', async () => {
    const store = createMemoryStore();
    const { engine } = startNode(store);
    await mustAccept(engine, 'Seal', { box: 'a' });
    const before = await rowOf(store, 'a');
    const outcome = await send(engine, 'Count', { box: 'a' });
    expect(outcome).toMatchObject({
      status: 'rejected',
      reason: 'Not possible in this state',
      actor: { version: 1 },
      events: [],
    });
    expect(await rowOf(store, 'a')).toEqual(before);
    expect(await eventsOf(engine, 'a')).toHaveLength(1);
  });

  test('of an account that nobody registered brings none into being', async () => {
    const store = createMemoryStore();
    const { engine } = startNode(store, { app });
    const follow = { followerId: 'nobody', followeeId: 'noone' };
    expect(word(await send(engine, 'FollowAccount', follow))).toBe('Follower account not found');
    const ann = { accountId: 'ann', email: 'a@b.c', username: 'ann' };
    await mustAccept(engine, 'RegisterAccount', ann);
    const toNobody = { followerId: 'ann', followeeId: 'nobody' };
    expect(word(await send(engine, 'FollowAccount', toNobody))).toBe('Followee account not found');
    const like = { ...ann, accountId: 'nobody' };
    expect(word(await send(engine, 'RegisterAccount', like))).toBe('Email already registered');
    expect((await rowOf(store, 'nobody', 'account')).state).toBeNull();
  });
});

test('what has no effect writes nothing, and is answered by the store', async () => {
  const memory = createMemoryStore();
  const { store, calls } = countingStore(memory);
  const { engine } = startNode(store);
  await mustAccept(engine, 'Count', { box: 'a' });
  const before = await rowOf(memory, 'a');
  calls.commit = 0;
  const outcome = await send(engine, 'Settle', { box: 'a', total: 1 });
  expect(outcome).toMatchObject({ status: 'accepted', events: [], actor: { version: 1 } });
  expect(calls.commit).toBe(1);
  expect(await rowOf(memory, 'a')).toEqual(before);
});

describe('claims within one turn', () => {
  const named = (box: string, name: string) => ({ box, name });

  test('a value given up and taken back is granted, as one by one', async () => {
    const store = createMemoryStore();
    const { engine } = startNode(store);
    await mustAccept(engine, 'Name', named('a', 'ann'));
    const outcomes = await Promise.all([
      send(engine, 'Name', named('a', 'bob')),
      send(engine, 'Name', named('a', 'ann')),
      send(engine, 'Name', named('a', 'cyd')),
      send(engine, 'Name', named('a', 'ann')),
    ]);
    expect(outcomes.map(word)).toEqual(['accepted', 'accepted', 'accepted', 'accepted']);
    expect(Object.keys((await stateOf(store, 'a')).held)).toEqual(['box/name:ann']);
    // What was given up is free, what is held is not, whoever asks and wherever.
    const { engine: other } = startNode(store, { seed: 2 });
    expect(word(await send(other, 'Name', named('b', 'ann')))).toBe('Name taken');
    expect(word(await send(other, 'Name', named('b', 'bob')))).toBe('accepted');
    expect(word(await send(other, 'Name', named('c', 'CYD')))).toBe('accepted');
  });

  test('one value wanted twice is granted once', async () => {
    const { engine } = startNode(createMemoryStore());
    const outcomes = await Promise.all([
      send(engine, 'Name', named('a', 'ann')),
      send(engine, 'Name', named('a', 'Ann')),
    ]);
    expect(outcomes.map(word)).toEqual(['accepted', 'Name taken']);
  });

  test('a value that the actor gave up elsewhere is not held by an older reading of it', async () => {
    const memory = createMemoryStore();
    const { engine: other } = startNode(memory, { seed: 2 });
    let isFirst = true;
    const store = faultyStore(memory, async (method) => {
      if (method === 'commit' && isFirst) {
        isFirst = false;
        // The same command is answered elsewhere, and with it the value is given up and taken.
        await send(other, 'Name', named('a', 'bob'), { idempotencyKey: 'k' });
        await mustAccept(other, 'Name', named('b', 'never claimed'));
      }
      return 'answered' as const;
    });
    await mustAccept(other, 'Name', named('a', 'never claimed'));
    const { engine } = startNode(store);
    const outcomes = await Promise.all([
      send(engine, 'Name', named('a', 'bob'), { idempotencyKey: 'k' }),
      send(engine, 'Misbehave', { box: 'a', how: 'holds the unclaimed' }),
    ]);
    expect(outcomes.map(word)).toEqual(['accepted', 'system_error']);
    expect(Object.keys((await stateOf(memory, 'a')).held)).toEqual(['box/name:bob']);
  });
});
