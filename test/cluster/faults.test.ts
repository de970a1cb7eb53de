/** A real cluster whose slots move and whose masters die, under load. */
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { app } from '../../machines/index.ts';
import { createEngine } from '../../src/engine/create-engine.ts';
import { createSystemRuntime } from '../../src/engine/system-runtime.ts';
import { openRedisStore } from '../../src/storage/redis/index.ts';
import { untilRest } from '../faults/at-rest.ts';
import { Client } from '../faults/client.ts';
import { Fleet } from '../faults/fleet.ts';
import { readGraph } from '../faults/graph.ts';
import { judgeReads, judgeRules } from '../faults/graph-judge.ts';
import { isUnavailable } from '../faults/ledger.ts';
import { block } from '../faults/load.ts';
import { beginMixedLoad, expectSound } from '../faults/mixed-load.ts';
import { oneOf, randomFrom, SEED, tellHowToRepeat } from '../faults/seed.ts';
import {
  beginMove,
  complete,
  promoted,
  type RedisCluster,
  servingOf,
  startRedisCluster,
} from '../support/redis-cluster.ts';
import { ahead, inStep, sever } from '../support/redis-replica.ts';
import { RedisView } from '../support/redis-view.ts';
import { createTestLog } from '../support/runtime.ts';

const FILE = 'cluster/faults.test.ts';
const NODES = 2;
/** `MISHAPS=30` for a long run: slots that move, masters that die. */
const MISHAPS = Number(process.env.MISHAPS ?? 2);
/** What a master does, by its own count, that is lost with it. */
const LOST_BYTES = 8_000;
const LOST_BYTES_UNWAITED = 60_000;
/** An answer is waited for so long; then another node is asked. */
const PATIENCE_MS = 3_000;

vi.setConfig({ testTimeout: 120_000 + MISHAPS * 30_000 });

let client: Client;
/** Who waits for an answer, however busy the machine. */
let patient: Client;
let cluster: RedisCluster;
let view: RedisView;
let fleet: Fleet | null;

beforeEach(() => {
  client = new Client(PATIENCE_MS);
  patient = new Client();
  fleet = null;
});

afterEach(async () => {
  await fleet?.end();
  client.close();
  patient.close();
  view.close();
  await cluster.stop();
});

/** Two nodes of ours on a cluster of three masters; what these have is on disk, or on replicas. */
async function start(replicas: boolean, settings: Record<string, string> = {}) {
  const durable = replicas ? [] : ['--appendonly', 'yes', '--appendfsync', 'always'];
  const soon = ['--repl-diskless-sync-delay', '0'];
  const waits = ['--cluster-node-timeout', '1000', '--cluster-replica-validity-factor', '0'];
  cluster = await startRedisCluster([...durable, ...soon, ...waits], { replicas });
  view = new RedisView(cluster.url);
  fleet = await Fleet.start(Array(NODES).fill({ REDIS_URL: cluster.url, ...settings }), view);
  return fleet;
}

describe(`a cluster of three masters under load (SEED=${SEED})`, () => {
  test('moves slots: what lies on both sides waits, and nothing is wrong', async () => {
    tellHowToRepeat(FILE);
    const { processes } = await start(false);
    const load = await beginMixedLoad(client, processes, SEED);
    const random = randomFrom(SEED);
    for (let number = 0; number < MISHAPS; number++) {
      await load.senders.more(50);
      const account = oneOf(random, load.accounts);
      const partition = view.keys.partition(`account:${account}`);
      const { slot, node: from } = await servingOf(cluster.nodes, view.keys.feed(partition));
      const to = oneOf(
        random,
        cluster.nodes.filter((node) => node !== from),
      );
      const moving = await beginMove(slot, from, to, cluster.nodes);
      await load.senders.more(20);
      await moving.move(1 + Math.floor(random() * 4));
      // The feed is on one side and accounts are on the other, until all of these are answered.
      const halfway = await Promise.all(
        processes.map(async (node) => {
          const { type, body } = block(account, oneOf(random, load.accounts));
          const answer = await patient.command(await node.url, type, body);
          load.ledger.note(account, answer);
          return answer;
        }),
      );
      for (const answer of halfway) {
        expect([200, 409].includes(answer.status) || isUnavailable(answer), answer.text).toBe(true);
      }
      await load.senders.more(20);
      await moving.end();
      await load.senders.more(50);
    }
    await expectSound(load, (await processes[0]?.url) ?? '', view);
  });

  test('has masters killed and started again with what they kept', async () => {
    tellHowToRepeat(FILE);
    const { processes } = await start(false);
    const load = await beginMixedLoad(client, processes, SEED);
    const random = randomFrom(SEED);
    for (let number = 0; number < MISHAPS; number++) {
      await load.senders.more(50 + Math.floor(random() * 200));
      const node = oneOf(random, cluster.nodes);
      await node.restart();
      await Promise.all(cluster.nodes.map(complete));
    }
    await load.senders.more(200);
    await expectSound(load, (await processes[0]?.url) ?? '', view);
  });

  test('has replicas take the place of masters that die, each of them waited for', async () => {
    tellHowToRepeat(FILE);
    const { processes } = await start(true, { REDIS_WAIT_REPLICAS: '1' });
    const load = await beginMixedLoad(client, processes, SEED);
    const random = randomFrom(SEED);
    const pairs = cluster.nodes.map((node, n) => [node, cluster.replicas[n]]);
    for (let number = 0; number < MISHAPS; number++) {
      const pair = oneOf(random, pairs);
      const [master, replica] = pair;
      if (master === undefined || replica === undefined) throw new Error('there is no replica');
      await load.senders.more(50 + Math.floor(random() * 200));
      // What the master does from now on is lost with it.
      await sever(replica, master);
      await ahead(master, replica, LOST_BYTES);
      await master.kill9();
      await promoted(replica);
      await master.restart();
      await inStep(master);
      pair.reverse();
    }
    await load.senders.more(100);
    await expectSound(load, (await processes[0]?.url) ?? '', view);
  });

  test('of which one lost an end agrees again after an audit, and rebuilt read models', async () => {
    tellHowToRepeat(FILE);
    const { processes } = await start(true);
    const load = await beginMixedLoad(client, processes, SEED);
    const [master, replica] = [cluster.nodes[1], cluster.replicas[1]];
    if (master === undefined || replica === undefined) throw new Error('there is no replica');
    await load.senders.more(100);
    await sever(replica, master);
    await ahead(master, replica, LOST_BYTES_UNWAITED);
    await master.kill9();
    await promoted(replica);
    await load.senders.more(100);
    await load.senders.end();
    const url = (await processes[0]?.url) ?? '';
    await untilRest(client, url);
    expect(await load.ledger.judge(client, url)).not.toEqual([]);
    await mend();
    await untilRest(client, url);
    const graph = await readGraph(client, url, load.accounts);
    // What a policy did stands, though its cause is lost.
    const found = judgeRules(graph).filter((fault) => !fault.endsWith('for no cause'));
    expect(found).toEqual([]);
    expect(await judgeReads(client, url, graph)).toEqual([]);
  });
});

/** Audits the whole store, mends what it finds, and has the read models made anew. */
async function mend(): Promise<void> {
  const store = await openRedisStore({ url: cluster.url });
  const runtime = createSystemRuntime();
  const engine = createEngine({ app, store, runtime, log: createTestLog() });
  const findings: unknown[] = [];
  await engine.audit({
    mends: true,
    actorsPerSecond: 1_000,
    signal: new AbortController().signal,
    onProgress: () => {},
    onFinding: (finding) => void findings.push(finding),
  });
  expect(findings).not.toEqual([]);
  for (const { name } of app.projections.values()) {
    expect(await engine.rebuild(name)).toBe('started');
  }
  const isRebuilt = async () =>
    (await engine.policies()).projections.every(({ rebuild }) => rebuild === null);
  await expect.poll(isRebuilt, { timeout: 60_000 }).toBe(true);
  await engine.drain();
  await store.close();
}
