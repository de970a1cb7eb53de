import { afterEach, describe, expect, it, onTestFinished } from 'vitest';
import { z } from 'zod';
import { account } from '../../machines/account/aggregate.ts';
import { app } from '../../machines/index.ts';
import { usernames } from '../../machines/read-models/usernames.ts';
import { defineApp } from '../../src/define/index.ts';
import { createEngine } from '../../src/engine/create-engine.ts';
import { createSystemRuntime } from '../../src/engine/system-runtime.ts';
import { GrowthOfFeeds } from '../../src/inspector/feed-growth.ts';
import { API_PATH } from '../../src/inspector/protocol.ts';
import { createMemoryStore } from '../../src/storage/memory/index.ts';
import { fakeEngine } from '../http/fake-engine.ts';
import { post, register, startTestServer, type TestServer } from '../http/harness.ts';
import { createTestLog } from '../support/runtime.ts';

const policyFigures = {
  ...{ lag: 0, inFlight: 0, retrying: 0, deadLetters: 0, timers: 0, oldestPendingMs: 0 },
  ...{ paused: false, holders: {} },
};
const projectionFigures = {
  ...{ version: 1, generation: 1, wantsRebuild: false, rebuild: null, lag: 0, oldestPendingMs: 0 },
};

const overview = z.looseObject({
  node: z.string(),
  nodes: z.array(z.strictObject({ name: z.string(), partitions: z.int() })),
  records: z.int(),
  growth: z.strictObject({ recordsPerSecond: z.number(), seconds: z.number() }).nullable(),
  lag: z.int(),
  deadLetters: z.int(),
  paused: z.int(),
  followers: z.array(z.looseObject({ name: z.string(), kind: z.string(), state: z.string() })),
  commands: z.strictObject({
    seconds: z.number().min(1),
    quantileError: z.number(),
    items: z.array(z.looseObject({ command: z.string(), p50Ms: z.number(), p99Ms: z.number() })),
  }),
});

describe('GET /inspector/api/overview', () => {
  let server: TestServer;
  afterEach(() => server.close());

  async function look() {
    const response = await fetch(`${server.url}${API_PATH}/overview`);
    expect(response.status).toBe(200);
    return overview.parse(await response.json());
  }

  it('tells what commands take on this node, from the first look on', async () => {
    server = await startTestServer();
    await register(server, 'unseen');
    expect((await look()).commands.items).toEqual([]);
    for (const id of ['ann', 'bob']) await register(server, id);
    const follow = { followerId: 'ann', followeeId: 'nobody' };
    await post(server, '/v1/commands/FollowAccount', follow);
    const { commands } = await look();
    expect(commands.items).toMatchObject([
      { command: 'RegisterAccount', accepted: 2, rejected: 0, failed: 0 },
      { command: 'FollowAccount', accepted: 0, rejected: 1, failed: 0 },
    ]);
    for (const { p50Ms, p99Ms } of commands.items) {
      expect(p50Ms).toBeGreaterThan(0);
      expect(p99Ms).toBeGreaterThanOrEqual(p50Ms);
    }
  });

  it.each([
    ['policies and projections', app],
    ['projections alone', defineApp({ aggregates: [account], projections: [usernames] })],
  ])('names the node that answers among those that run partitions: of %s', async (_what, app) => {
    const store = createMemoryStore();
    const runtime = createSystemRuntime();
    const engine = createEngine({ app, store, runtime, log: createTestLog() });
    server = await startTestServer({ engine });
    await engine.start();
    onTestFinished(() => engine.drain());
    const nodes = [{ name: engine.inside.node, partitions: store.partitions }];
    await expect.poll(look).toMatchObject({ node: engine.inside.node, nodes });
  });

  it('says of each policy and projection what it has not passed, and what keeps it', async () => {
    const rebuild = { version: 2, phase: 'building' as const, passed: 1, records: 5 };
    server = await startTestServer({
      engine: fakeEngine({
        policies: async () => ({
          idle: false,
          policies: [
            { ...policyFigures, name: 'blocking', lag: 3, paused: true },
            { ...policyFigures, name: 'guard', deadLetters: 2, retrying: 1 },
          ],
          projections: [
            { ...projectionFigures, name: 'followers', lag: 4, rebuild },
            { ...projectionFigures, name: 'usernames', wantsRebuild: true },
          ],
        }),
      }),
    });
    const { followers, ...rest } = await look();
    expect(rest).toMatchObject({ lag: 7, deadLetters: 2, paused: 1 });
    expect(followers).toMatchObject([
      { kind: 'policy', name: 'blocking', lag: 3, state: 'paused' },
      { kind: 'policy', name: 'guard', deadLetters: 2, retrying: 1, state: 'running' },
      { kind: 'projection', name: 'followers', lag: 4, state: 'rebuilding' },
      { kind: 'projection', name: 'usernames', state: 'outdated' },
    ]);
  });
});

describe('the growth of the feeds', () => {
  it('is told from the second look on, over the last minute', () => {
    const growth = new GrowthOfFeeds();
    expect(growth.look(100, 0)).toBeNull();
    expect(growth.look(110, 500)).toBeNull();
    expect(growth.look(140, 2_000)).toEqual({ recordsPerSecond: 20, seconds: 2 });
    for (let at = 4_000; at <= 120_000; at += 2_000) growth.look(140, at);
    expect(growth.look(200, 122_000)).toEqual({ recordsPerSecond: 1, seconds: 60 });
  });

  it('begins anew after nobody looked for long, and where there is less than there was', () => {
    const growth = new GrowthOfFeeds();
    growth.look(100, 0);
    expect(growth.look(900, 90_000)).toBeNull();
    expect(growth.look(901, 91_000)).toEqual({ recordsPerSecond: 1, seconds: 1 });
    expect(growth.look(5, 92_000)).toBeNull();
    expect(growth.look(6, 93_000)).toEqual({ recordsPerSecond: 1, seconds: 1 });
  });

  it('goes on where one look is answered later than the next', () => {
    const growth = new GrowthOfFeeds();
    growth.look(100, 0);
    growth.look(150, 5_000);
    expect(growth.look(130, 3_000)).toEqual({ recordsPerSecond: 10, seconds: 3 });
    expect(growth.look(160, 6_000)).toEqual({ recordsPerSecond: 10, seconds: 6 });
  });
});
