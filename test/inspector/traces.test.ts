import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { app as domain } from '../../machines/index.ts';
import type { TracedRecord } from '../../src/engine/actor-index/trace.ts';
import { actorKey } from '../../src/engine/address.ts';
import { createEngine } from '../../src/engine/create-engine.ts';
import { createSystemRuntime } from '../../src/engine/system-runtime.ts';
import { API_PATH } from '../../src/inspector/protocol.ts';
import { causesOf, rememberingCauses, senderOf } from '../../src/inspector/traces/causes.ts';
import { createMemoryStore } from '../../src/storage/memory/index.ts';
import { post, startTestServer, type TestServer } from '../http/harness.ts';
import { createTestLog } from '../support/runtime.ts';
import {
  ask,
  blockAmong,
  command,
  latestTraces,
  trace,
  untilIndexed,
  untilLater,
} from './index-answers.ts';

let server: TestServer;

beforeAll(async () => {
  server = await startTestServer();
  await server.engine.start();
});
afterAll(async () => {
  await server.close();
  await server.engine.drain();
});

/** A policy's command, with an event that every policy takes. */
function unknownSender(policy: string | undefined, n: number): TracedRecord {
  const data = { blockerId: `a${n}`, blockedId: 'b', blockedAt: '2026-01-01T00:00:00.000Z' };
  return {
    ...{ partition: 0, position: n + 1 },
    record: {
      ...{ commandId: `c${n}`, actor: actorKey({ type: 'account', id: `a${n}` }), version: 1 },
      ...{ at: data.blockedAt, correlationId: 'x', causationId: `c${n}` },
      ...{ principal: `policy/${policy}`, command: { type: 'BlockAccount', data } },
      ...{ facts: {}, claims: {}, machineHash: 'x' },
      events: [
        { type: 'AccountBlocked', version: 1, data },
        { type: 'FollowCreated', version: 1, data: { followerId: `a${n}`, followeeId: 'b' } },
        { type: 'AccountDeactivated', version: 1, data: { accountId: `a${n}` } },
      ],
    },
  };
}

describe('a trace', () => {
  test('of a block shows what the policies made of it, and for which event', async () => {
    const id = await blockAmong(server);
    await untilIndexed(server);
    const { steps, ...rest } = await ask(server, `/traces/${id}`, trace);
    expect(rest).toEqual({
      correlationId: id,
      pending: [],
      isCut: false,
      isIndexed: true,
      index: { lag: 0, isBeginning: false },
    });
    const [block, ...removals] = steps;
    expect(block).toMatchObject({
      actor: { type: 'account', id: 'ann' },
      command: 'BlockAccount',
      policy: null,
      cause: null,
      outcome: 'accepted',
      events: [{ type: 'AccountBlocked' }],
    });
    expect(removals.map(({ actor }) => actor.id).sort()).toEqual(['ann', 'bob']);
    for (const removal of removals) {
      expect(removal).toMatchObject({
        command: 'RemoveFollower',
        policy: 'blocking',
        cause: block?.events[0]?.id,
        outcome: 'accepted',
        events: [{ type: 'FollowRemoved' }],
      });
    }
    // That is told by the first tries: each is a digest.
    const { inside } = server.engine;
    const { records } = await inside.actorIndex.trace(id);
    const digest = vi.fn(inside.runtime.digest);
    causesOf({ ...inside, runtime: { ...inside.runtime, digest } }, records);
    expect(digest.mock.calls.length).toBeLessThan(10);
  });

  test('never takes an event that a command recorded for what it was sent for', async () => {
    const { inside } = server.engine;
    const deactivated = unknownSender(undefined, 0);
    const actor = deactivated.record.actor;
    const first = 'c0.2';
    const commandOf = (cause: string) => {
      const parts = ['account-cleanup', actor, first, cause, 0];
      return inside.runtime.digest(JSON.stringify(parts)).slice(0, 22);
    };
    const sent = (commandId: string, position: number): TracedRecord => {
      const { partition, record } = unknownSender('account-cleanup', 0);
      return { partition, position, record: { ...record, commandId } };
    };
    const begun = sent(commandOf(first), 2);
    // What came of the first made it send the second.
    const next = sent(commandOf(begun.record.commandId), 3);
    const of = (records: readonly TracedRecord[], step: TracedRecord) =>
      senderOf(inside, records, step);
    const sender = { instance: actor, event: first };
    expect(await of([deactivated, begun], begun)).toEqual(sender);
    expect(await of([deactivated, next], next)).toBeNull();
    const quiet = { ...begun, record: { ...begun.record, events: [] } };
    expect(await of([deactivated, quiet, next], next)).toEqual(sender);
  });

  test('of which nobody can tell who sent its commands takes a bounded time, and once', () => {
    const { inside } = server.engine;
    const names = [...inside.policies.keys()];
    expect(names.length).toBeGreaterThan(1);
    const records = Array.from({ length: 100 }, (_, n) =>
      unknownSender(names[n % names.length], n),
    );
    const digest = vi.fn(inside.runtime.digest);
    const causesOf = rememberingCauses({ ...inside, runtime: { ...inside.runtime, digest } });
    expect(causesOf(records).size).toBe(0);
    expect(digest.mock.calls.length).toBeGreaterThan(1_000);
    expect(digest.mock.calls.length).toBeLessThan(20_100);
    digest.mockClear();
    causesOf(records);
    expect(digest.mock.calls.length).toBe(1);
    causesOf(records.slice(1));
    expect(digest.mock.calls.length).toBeGreaterThan(1_000);
  });

  test('of a refusal says why', async () => {
    const id = await command(server, 'FollowAccount', { followerId: 'ann', followeeId: 'ann' });
    await untilIndexed(server);
    const { steps } = await ask(server, `/traces/${id}`, trace);
    expect(steps).toMatchObject([
      {
        outcome: 'rejected',
        reason: 'Cannot follow yourself',
        events: [{ type: 'FollowRejected' }],
      },
    ]);
  });

  test('that the index has not is found from a step, as far as its actor goes', async () => {
    const store = createMemoryStore();
    const engine = createEngine({
      app: domain,
      store,
      runtime: createSystemRuntime(),
      log: createTestLog(),
    });
    // Its background work is not begun: nothing is indexed.
    const other = await startTestServer({ engine });
    try {
      const id = await blockAmong(other);
      expect(await ask(other, `/traces/${id}`, trace)).toMatchObject({
        steps: [],
        isIndexed: false,
      });
      const steps = await engine.trail({ type: 'account', id: 'ann' }, { limit: 1, before: null });
      const [position] = steps?.items[0]?.position.split('.') ?? [];
      const found = await ask(other, `/traces/${id}?at=${position}`, trace);
      expect(found).toMatchObject({ isIndexed: false, steps: [{ command: 'BlockAccount' }] });
      const strange = await ask(other, `/traces/${'0'.repeat(32)}?at=${position}`, trace);
      expect(strange.steps).toEqual([]);
      expect((await ask(other, `/traces/${id}?at=999:1`, trace)).steps).toEqual([]);
    } finally {
      await other.close();
      await engine.drain();
    }
  });

  test('has what policies gave up or try again in it', async () => {
    const { store, runtime } = server.engine.inside;
    const at = new Date(runtime.now()).toISOString();
    const correlationId = 'b'.repeat(32);
    const sent = {
      ...{ instance: 'i', incarnation: 'i', cause: 'x.0', index: 0, command: 'RemoveFollower' },
      ...{ data: {}, ref: null, at, causedAt: at, correlationId, told: false },
    };
    const failed = { ...sent, attempts: 2, history: [{ at, error: 'it broke' }] };
    const order = { kind: 'next' } as const;
    const dead = { kind: 'command', id: 'c', error: 'it broke for good', outbox: failed };
    const other = { ...dead, outbox: { ...failed, correlationId: 'c'.repeat(32) } };
    const row = (key: string, body: object) => ({
      ...{ table: 'dead/follow-limit', key, body: JSON.stringify(body), order },
    });
    const rows = [row('one', dead), row('other', other)];
    await store.post({ partition: 3, expected: [], rows });
    try {
      const found = await ask(server, `/traces/${correlationId}`, trace);
      expect(found.pending).toMatchObject([
        {
          ...{ what: 'command', stage: 'dead', policy: 'follow-limit', instance: 'i' },
          ...{ type: 'RemoveFollower', id: 'c', cause: 'x.0', attempts: 2, at },
          error: 'it broke for good',
        },
      ]);
    } finally {
      const gone = rows.map((each) => ({ ...each, body: null, order: null }));
      await store.post({ partition: 3, expected: [], rows: gone });
    }
  });

  test('of an id that is none, and a place that is none, are refused', async () => {
    const status = async (path: string) => (await fetch(`${server.url}${API_PATH}${path}`)).status;
    expect(await status(`/traces/${'x'.repeat(129)}`)).toBe(422);
    expect(await status('/traces/a%20b')).toBe(422);
    expect(await status('/traces/abc?at=1')).toBe(422);
    expect(await status('/traces/abc?at=0:0')).toBe(422);
    expect(await status('/traces/abc?q=1')).toBe(422);
    expect(await ask(server, '/traces/abc', trace)).toMatchObject({ steps: [], isIndexed: false });
  });
});

describe('the latest traces', () => {
  const latest = async () => (await ask(server, '/traces', latestTraces)).items;

  test('are those of commands from outside, newest first, without what policies made of them', async () => {
    await untilLater();
    const refused = await command(server, 'FollowAccount', {
      ...{ followerId: 'ann', followeeId: 'ann' },
    });
    await untilLater();
    const follow = await command(server, 'FollowAccount', {
      ...{ followerId: 'bob', followeeId: 'bob' },
    });
    const [first, second, ...others] = await latest();
    expect([first?.correlationId, second?.correlationId]).toEqual([follow, refused]);
    expect(second).toMatchObject({
      actor: { type: 'account', id: 'ann' },
      command: 'FollowAccount',
      outcome: 'rejected',
      principal: 'anonymous',
    });
    // A policy removed follows for the block, under its id.
    expect(others.map(({ command }) => command)).not.toContain('RemoveFollower');
    expect(others.map(({ command }) => command)).toContain('BlockAccount');
  });

  test('name a trace once, however many commands came under its id', async () => {
    const traceparent = `00-${'d'.repeat(32)}-00f067aa0ba902b7-01`;
    for (const followeeId of ['x', 'y', 'ann']) {
      const body = { followerId: 'ann', followeeId };
      await post(server, '/v1/commands/FollowAccount', body, { traceparent });
    }
    const ids = (await latest()).map(({ correlationId }) => correlationId);
    expect(ids.filter((id) => id === 'd'.repeat(32))).toHaveLength(1);
    expect(new Set(ids).size).toBe(ids.length);
  });

  test('are none where nothing was recorded, and take no parameter', async () => {
    const empty = await startTestServer();
    try {
      expect(await ask(empty, '/traces', latestTraces)).toEqual({ items: [] });
      expect((await fetch(`${empty.url}${API_PATH}/traces?limit=1`)).status).toBe(422);
    } finally {
      await empty.close();
    }
  });
});
