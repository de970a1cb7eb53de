/** A Redis that dies under load, and whose replica takes its place. */
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { type FaultProxy, startFaultProxy } from '../support/fault-proxy.ts';
import { type RedisServer, startRedis } from '../support/redis.ts';
import { ahead, confirmed, inStep, promote, sever } from '../support/redis-replica.ts';
import { RedisView } from '../support/redis-view.ts';
import { untilRest } from './at-rest.ts';
import { Client } from './client.ts';
import { Fleet } from './fleet.ts';
import { readGraph } from './graph.ts';
import { judgeReads, judgeRedis, judgeRules } from './graph-judge.ts';
import { beginMixedLoad, expectSound } from './mixed-load.ts';
import { randomFrom, SEED, tellHowToRepeat } from './seed.ts';

const FILE = 'failover.test.ts';
const NODES = 2;
/** `MISHAPS=30` for a long run: times that a replica takes over. */
const FAILOVERS = Number(process.env.MISHAPS ?? 2);
/**
 * What the primary does, in bytes as it counts them, that its replica does not hear of: where the
 * replica is waited for, nodes do little more than to try.
 */
const LOST_BYTES = 100_000;
const UNCONFIRMED_BYTES = 8_000;
const PATIENCE_MS = 3_000;

vi.setConfig({ testTimeout: 120_000 + FAILOVERS * 30_000 });

let client: Client;
let primary: RedisServer;
let replica: RedisServer;
/** Stands for the address that moves to whoever is the primary. */
let address: FaultProxy;
let view: RedisView;
let fleet: Fleet | null;

beforeEach(async () => {
  client = new Client(PATIENCE_MS);
  // Without a log on disk: what one has, it has from the other.
  const args = ['--repl-diskless-sync-delay', '0'];
  primary = await startRedis({ args });
  replica = await startRedis({ args: [...args, '--replicaof', '127.0.0.1', `${primary.port}`] });
  await confirmed(primary);
  address = await startFaultProxy(primary.port);
  view = new RedisView(`redis://127.0.0.1:${address.port}`);
  fleet = null;
});

afterEach(async () => {
  await fleet?.end();
  client.close();
  view.close();
  await address.close();
  await primary.stop();
  await replica.stop();
});

async function begin(settings: Record<string, string>) {
  const own = { REDIS_URL: `redis://127.0.0.1:${address.port}`, ...settings };
  fleet = await Fleet.start(Array(NODES).fill(own), view);
  return beginMixedLoad(client, fleet.processes, SEED);
}

/** The primary goes on without its replica for a moment, dies, and the replica takes its place. */
async function failOver(lostBytes: number): Promise<void> {
  await sever(replica, primary);
  await ahead(primary, replica, lostBytes);
  await primary.kill9();
  await promote(replica);
  address.aim(replica.port);

  [primary, replica] = [replica, primary];
}

describe(`a Redis whose replica takes its place under load (SEED=${SEED})`, () => {
  test('has lost nothing that was acknowledged, where it was waited for', async () => {
    tellHowToRepeat(FILE);
    const load = await begin({ REDIS_WAIT_REPLICAS: '1' });
    const random = randomFrom(SEED);
    for (let number = 0; number < FAILOVERS; number++) {
      await load.senders.more(50 + Math.floor(random() * 200));
      await failOver(UNCONFIRMED_BYTES);
      // Nothing is acknowledged before there is a replica again.
      await replica.restart();
      await replica.command('REPLICAOF', '127.0.0.1', `${primary.port}`);
      await inStep(replica);
    }
    await load.senders.more(100);

    await expectSound(load, (await fleet?.member(0).process.url) ?? '', view);
  });

  test('has lost an end of its history where it was not, and all that is left agrees', async () => {
    tellHowToRepeat(FILE);
    const load = await begin({});
    await load.senders.more(100);
    await failOver(LOST_BYTES);
    await load.senders.more(100);
    await load.senders.end();
    const url = (await fleet?.member(0).process.url) ?? '';
    await untilRest(client, url);
    const graph = await readGraph(client, url, load.accounts);
    // What was acknowledged is gone: else this would show nothing.
    expect(await load.ledger.judge(client, url)).not.toEqual([]);
    expect(judgeRules(graph)).toEqual([]);
    expect(await judgeReads(client, url, graph)).toEqual([]);
    expect(await judgeRedis(view, graph)).toEqual([]);
  });
});
