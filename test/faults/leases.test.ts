import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { SCRIPTS } from '../../src/storage/redis/scripts.ts';
import { type HoldingProxy, startHoldingProxy } from '../support/holding-proxy.ts';
import { type RedisServer, startRedis } from '../support/redis.ts';
import { RedisView } from '../support/redis-view.ts';
import { leftovers, untilRest } from './at-rest.ts';
import { Client } from './client.ts';
import { Fleet, type Member, until } from './fleet.ts';
import { type Graph, readGraph } from './graph.ts';
import { judgeReads, judgeRedis, judgeRules } from './graph-judge.ts';
import { Ledger } from './ledger.ts';
import { block, named, register, settle } from './load.ts';

/** Five seconds are promised, and shown under simulated time; this machine may be busy. */
const TAKEN_OVER_WITHIN_MS = 30_000;
const ACCOUNTS = named('a', 40);

vi.setConfig({ testTimeout: 90_000 });

let client: Client;
let redis: RedisServer;
let view: RedisView;
let proxy: HoldingProxy;
let fleet: Fleet;

/** Three nodes, the first of them behind a proxy, and accounts that all follow each other. */
beforeEach(async () => {
  client = new Client();
  redis = await startRedis({ args: ['--enable-debug-command', 'local'] });
  view = new RedisView(redis.url);
  proxy = await startHoldingProxy(redis.port);
  const direct = { REDIS_URL: redis.url };
  const settings = [{ REDIS_URL: `redis://127.0.0.1:${proxy.port}` }, direct, direct];
  fleet = await Fleet.start(settings, view);
  const url = await other();
  await register(client, url, new Ledger(), ACCOUNTS);
  const follows = ACCOUNTS.flatMap((followerId, n) =>
    neighbours(n).map((followeeId) => ({ followerId, followeeId })),
  );
  await Promise.all(follows.map((body) => sendTo(url, 'FollowAccount', body)));
  await untilRest(client, url);
});

afterEach(async () => {
  await fleet.end();
  client.close();
  view.close();
  await proxy.close();
  await redis.stop();
});

function neighbours(n: number): string[] {
  return [1, -1].map((step) => ACCOUNTS.at((n + step) % ACCOUNTS.length) ?? '');
}

/** Where a node serves that is not the first. */
function other(): Promise<string> {
  return fleet.member(1).process.url;
}

async function sendTo(url: string, type: string, body: object): Promise<void> {
  const answer = await settle(client, () => Promise.resolve(url), { account: '', type, body });
  expect(answer.status, answer.text).toBe(200);
}

/** Each blocks its next neighbour. */
function blockNext(url: string): Promise<unknown> {
  const blocks = ACCOUNTS.map((account, n) => block(account, neighbours(n)[0] ?? ''));
  return Promise.all(blocks.map(({ type, body }) => sendTo(url, type, body)));
}

function takenFrom({ name }: Member): Promise<void> {
  return until('others have its leases', TAKEN_OVER_WITHIN_MS, async () => {
    const holders = await view.holders();
    return !holders.includes(name) && !holders.includes(null);
  });
}

/** At rest every rule holds, and all is said alike everywhere. */
async function expectSound(url: string): Promise<Graph> {
  await untilRest(client, url);
  expect(await leftovers(client, url)).toEqual([]);
  const graph = await readGraph(client, url, ACCOUNTS);
  expect(judgeRules(graph)).toEqual([]);
  expect(await judgeReads(client, url, graph)).toEqual([]);
  expect(await judgeRedis(view, graph)).toEqual([]);
  return graph;
}

/** All follows were ended by the blocks, each once. */
async function expectAllRemoved(url: string): Promise<void> {
  const graph = await expectSound(url);
  expect([...graph.following.values()].map(({ size }) => size)).toEqual(ACCOUNTS.map(() => 0));
  const removed = [...graph.trails.values()].flat().filter(({ type }) => type === 'FollowRemoved');
  expect(removed).toHaveLength(2 * ACCOUNTS.length);
}

/** Whether a piece holds the step that takes the outcome of a removal. */
function takesOutcome(piece: Buffer, partition: number): boolean {
  const outbox = view.keys.bodies(partition, 'outbox/blocking');
  // The row goes: the step that wrote it has the command in it.
  return (
    piece.includes(SCRIPTS.step.sha) && piece.includes(outbox) && !piece.includes('RemoveFollower')
  );
}

describe('a node that holds leases', () => {
  test('is killed at work: others have them, and finish', async () => {
    const first = fleet.member(0);
    proxy.holdFrom((piece) => piece.includes(SCRIPTS.step.sha));
    await blockNext(await other());
    await until('it works', TAKEN_OVER_WITHIN_MS, async () => proxy.isHolding);
    await first.process.kill9();
    await takenFrom(first);
    await expectAllRemoved(await other());
  });

  test('is asked to end at work: it gives them back, others have them, and finish', async () => {
    const first = fleet.member(0);
    const blocking = blockNext(await other());
    expect(await first.process.terminate(), first.process.log).toBe(0);
    // Nobody has to wait until it counts as gone.
    expect(await fleet.heldBy(first)).toEqual([]);
    await takenFrom(first);
    await blocking;
    const { policies } = await untilRest(client, await other());
    expect(policies.map(({ holders }) => Object.keys(holders).length)).toEqual([2, 2, 2, 2]);
    await expectAllRemoved(await other());
  });

  test('is frozen at work: others have them; late steps change nothing', async () => {
    const first = fleet.member(0);
    const url = await other();
    const held = await fleet.heldBy(first);
    const place = ACCOUNTS.findIndex((id) => held.includes(view.keys.partition(`account:${id}`)));
    const blocker = ACCOUNTS[place] ?? '';
    const blocked = neighbours(place)[0] ?? '';
    const partition = view.keys.partition(`account:${blocker}`);
    // The fence alone stands against this step: it moves no checkpoint.
    proxy.holdFrom((piece) => takesOutcome(piece, partition));
    await sendTo(url, 'BlockAccount', block(blocker, blocked).body);
    await until('it works', TAKEN_OVER_WITHIN_MS, async () => proxy.isHolding);
    first.process.freeze();
    await takenFrom(first);
    const before = await expectSound(url);
    const digest = await view.digest();

    const released = proxy.release();
    await until('its step is refused', TAKEN_OVER_WITHIN_MS, async () =>
      released.answers().includes(':0\r\n'),
    );
    expect(await view.digest()).toEqual(digest);

    first.process.thaw();
    await fleet.settled();
    expect((await expectSound(url)).trails).toEqual(before.trails);
    const between = [blocker, blocked].flatMap((id) => before.trails.get(id) ?? []);
    const removed = between.filter(
      ({ type, data }) =>
        type === 'FollowRemoved' && [blocker, blocked].includes(String(data.followeeId)),
    );
    expect(removed).toHaveLength(2);
  });
});
