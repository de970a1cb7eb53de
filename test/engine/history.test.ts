import { describe, expect, test } from 'vitest';
import { app } from '../../machines/index.ts';
import { BadCursorError } from '../../src/define/index.ts';
import { decodeState, encodeState } from '../../src/engine/actor-state.ts';
import { actorKey, partitionOf } from '../../src/engine/address.ts';
import { prepareAggregate } from '../../src/engine/aggregate-runtime.ts';
import { encodeCursor } from '../../src/engine/cursor.ts';
import { DEFAULT_LIMITS } from '../../src/engine/limits.ts';
import { type CommitRecord, parseRecord } from '../../src/engine/record.ts';
import type { Commit, Store, TurnId } from '../../src/engine/store.ts';
import { createMemoryStore } from '../../src/storage/memory/index.ts';
import { boxApp } from '../support/box/index.ts';
import { faultyStore } from '../support/faulty-store.ts';
import { eventsOf, mustAccept, rowOf, send, startNode, stateOf } from '../support/node.ts';
import { createTestRuntime } from '../support/runtime.ts';

const box = { type: 'box', id: 'a' };

/** A store that also keeps, in their order, the records that were committed to it. */
function recordedStore(memory: Store) {
  const records: { body: string; snapshot: string | null }[] = [];
  const store = faultyStore(memory, (method, args) => {
    if (method === 'commit') records.push(...(args[0] as Commit).records);
    return 'answered';
  });
  return { store, records };
}

/** Makes the step that a record tells of once more. */
function replayOf(app: typeof boxApp) {
  const definition = app.aggregates.get('box');
  if (!definition) throw new Error('no box');
  const aggregate = prepareAggregate(definition, DEFAULT_LIMITS, createTestRuntime(), true);
  return {
    aggregate,
    step(machine: ReturnType<typeof aggregate.driver.initial>, record: CommitRecord) {
      const { command, facts, claims, commandId, at } = record;
      const meta = { commandId, at };
      const input = { type: command.type, data: command.data, facts, claims, meta };
      const step = aggregate.driver.step(machine, input);
      const isRefusal = step.events.some(({ type }) => definition.events[type]?.rejection);
      expect(step.events).toMatchObject(record.events.map(({ type, data }) => ({ type, data })));
      return isRefusal ? machine : step.state;
    },
  };
}

describe('history', () => {
  test('carries a snapshot with every hundredth record, and replays to what is stored', async () => {
    const memory = createMemoryStore();
    const { store, records } = recordedStore(memory);
    const { engine } = startNode(store);
    const bodies = [
      ['Count', {}],
      ['Put', { item: 'pen' }],
      ['Refuse', {}],
      ['Take', { item: 'pen' }],
      ['Name', { name: 'Ann' }],
    ] as const;
    for (let round = 0; round < 10; round++) {
      await Promise.all(
        Array.from({ length: 25 }, (_, index) => {
          const [type, body] = bodies[(round + index) % bodies.length] ?? ['Count', {}];
          return send(engine, type, { box: 'a', ...body });
        }),
      );
    }
    expect(records.length).toBeGreaterThan(200);
    const carrying = records.flatMap(({ snapshot }, index) => (snapshot ? [index + 1] : []));
    expect(carrying).toEqual([100, 200]);

    const { aggregate, step } = replayOf(boxApp);
    const stored = await stateOf(memory, 'a');
    for (const from of [0, ...carrying]) {
      const snapshot = from === 0 ? null : (records[from - 1]?.snapshot ?? null);
      const row = { ...(await rowOf(memory, 'a')), state: snapshot };
      let { machine } = decodeState(aggregate, box, row);
      for (const { body } of records.slice(from)) machine = step(machine, parseRecord(body));
      expect(aggregate.driver.persist(machine)).toBe(stored.machineText);
    }
  });

  test('names in each record its cause, its facts and who sent it', async () => {
    const { store, records } = recordedStore(createMemoryStore());
    const { engine } = startNode(store);
    const traceId = 'a'.repeat(32);
    const outcome = await send(
      engine,
      'Put',
      { box: 'a', item: 'pen' },
      { traceId, principal: 'me' },
    );
    expect(parseRecord(records[0]?.body ?? '')).toMatchObject({
      commandId: outcome.commandId,
      actor: 'box:a',
      version: 1,
      correlationId: traceId,
      causationId: outcome.commandId,
      principal: 'me',
      command: { type: 'Put', data: { box: 'a', item: 'pen', amount: 1 } },
      facts: { there: null, count: 0, self: null },
    });
  });
});

describe('an actor’s trail', () => {
  test('comes in pages, newest first, with rejections, each event once', async () => {
    const { engine } = startNode(createMemoryStore({ partitions: 1 }));
    const expected: string[] = [];
    for (let index = 0; index < 23; index++) {
      const type = index % 3 === 0 ? 'Refuse' : 'Count';
      await send(engine, type, { box: 'a' });
      // Another actor's records lie in between, in the same feed.
      await send(engine, 'Count', { box: 'b' });
      expected.unshift(type === 'Refuse' ? 'Refused' : 'Counted');
    }
    for (const limit of [1, 2, 5, 22, 23, 24]) {
      const types: string[] = [];
      const ids = new Set<string>();
      let before: string | null = null;
      let pages = 0;
      do {
        const page = await engine.trail(box, { limit, before });
        if (page === null) throw new Error('no trail');
        for (const { type, id } of page.items) {
          types.push(type);
          ids.add(id);
        }
        before = page.next;
        pages++;
      } while (before !== null);
      expect(types).toEqual(expected);
      expect(ids.size).toBe(23);
      expect(pages).toBe(Math.ceil(23 / limit));
    }
  });

  test('shows what answers showed', async () => {
    const { engine } = startNode(createMemoryStore());
    const outcome = await send(engine, 'Put', { box: 'a', item: 'pen' });
    const page = await engine.trail(box, { limit: 5, before: null });
    if (outcome.status === 'failed') throw new Error('it failed');
    expect(page?.items).toEqual([
      {
        ...outcome.events[0],
        cause: {
          commandId: outcome.commandId,
          type: 'Put',
          data: { box: 'a', item: 'pen', amount: 1 },
        },
        facts: { there: null, count: 0, self: null },
      },
    ]);
  });

  test('of an actor that nobody named is none', async () => {
    const { engine } = startNode(createMemoryStore());
    expect(await engine.trail(box, { limit: 5, before: null })).toBeNull();
  });

  test('refuses a cursor that it never gave', async () => {
    const { engine } = startNode(createMemoryStore({ partitions: 1 }));
    await mustAccept(engine, 'Count', { box: 'a' });
    await mustAccept(engine, 'Count', { box: 'b' });
    const other = { type: 'box', id: 'b' };
    await mustAccept(engine, 'Count', { box: 'b' });
    const cursorOfOther = (await engine.trail(other, { limit: 1, before: null }))?.next;
    expect(cursorOfOther).toEqual(expect.any(String));
    const scope = `trail/${actorKey(box)}`;
    const forged = [
      'not a cursor',
      '',
      cursorOfOther ?? '',
      encodeCursor(scope, [2, 0]),
      encodeCursor(scope, [99, 0]),
      encodeCursor(scope, [0, 0]),
      encodeCursor(scope, [-1, 0]),
      encodeCursor(scope, [1.5, 0]),
      encodeCursor(scope, ['1', 0]),
      encodeCursor(scope, [1]),
      encodeCursor(scope, []),
    ];
    for (const before of forged) {
      await expect(engine.trail(box, { limit: 5, before }), before).rejects.toBeInstanceOf(
        BadCursorError,
      );
    }
  });

  test('brings events of older versions up to date', async () => {
    const store = createMemoryStore();
    const { engine } = startNode(store, { app });
    const ann = { accountId: 'ann', email: 'a@b.c', username: 'ann' };
    await mustAccept(engine, 'RegisterAccount', ann);
    const old: CommitRecord = {
      commandId: 'old-command',
      actor: actorKey({ type: 'account', id: 'old' }),
      version: 1,
      at: '2020-01-01T00:00:00.000Z',
      correlationId: 'b'.repeat(32),
      causationId: 'old-command',
      principal: 'someone',
      command: { type: 'RegisterAccount', data: { email: 'o@b.c', username: 'old' } },
      facts: {},
      claims: {},
      machineHash: 'old',
      events: [
        {
          type: 'AccountRegistered',
          version: 1,
          data: {
            accountId: 'old',
            email: 'o@b.c',
            username: 'old',
            registeredAt: '2020-01-01T00:00:00.000Z',
          },
        },
      ],
    };
    const address = { type: 'account', id: 'old' };
    const definition = app.aggregates.get('account');
    if (!definition) throw new Error('no account');
    const aggregate = prepareAggregate(definition, DEFAULT_LIMITS, createTestRuntime(), true);
    const like = await stateOf(store, 'ann', app, 'account');
    await store.commit({
      actor: address,
      turnId: 'an-old-turn-of-16' as TurnId,
      expected: null,
      state: encodeState(aggregate, like),
      view: like.viewText,
      held: null,
      records: [{ body: JSON.stringify(old), snapshot: null }],
      recordCount: 1,
      entries: [],
      replies: [],
    });
    const [event] = await eventsOf(engine, 'old', 'account');
    const partition = partitionOf(actorKey(address), store.partitions);
    expect(event).toMatchObject({
      type: 'AccountRegistered',
      version: 2,
      position: expect.stringMatching(new RegExp(`^${partition}:\\d+\\.0$`)),
      data: {
        accountId: 'old',
        email: 'o@b.c',
        username: 'old',
        registeredAt: '2020-01-01T00:00:00.000Z',
        registrationSource: 'web',
        marketingConsent: false,
      },
    });
  });
});
