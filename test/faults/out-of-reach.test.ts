import { setTimeout as pause } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { type FaultProxy, startFaultProxy } from '../support/fault-proxy.ts';
import { type RedisServer, startRedis } from '../support/redis.ts';
import { ServerProcess } from '../support/server-process.ts';
import { type Answer, Client, NoAnswer } from './client.ts';
import { isUnavailable, Ledger } from './ledger.ts';
import { block, named, register, type Sent, sendBatchNoted, sendNoted } from './load.ts';
import { OUTAGES } from './outages.ts';

/** Twice what is promised: what the machine itself makes all wait is known only roughly. */
const ANSWERED_MS = 4_000;
/** So many times as long as anything took with Redis there, it may take besides. */
const SLACK = 3;
/** From the moment Redis is back to the first command accepted: twice what is promised, too. */
const RECOVERED_MS = 6_000;
const HANGS_MS = 60_000;
const AT_ONCE = 200;
const STEADY_CLIENTS = 16;

// Seconds, but for a machine that has much else to do.
vi.setConfig({ testTimeout: 90_000 });

let redis: RedisServer;
let proxy: FaultProxy;
let client: Client;
let server: ServerProcess | null;
/** Ends the steady load and the probe. */
let isOver: boolean;

beforeEach(async () => {
  redis = await startRedis({ args: ['--appendonly', 'yes', '--appendfsync', 'always'] });
  proxy = await startFaultProxy(redis.port);
  client = new Client();
  server = null;
  isOver = false;
});

afterEach(async () => {
  isOver = true;
  await server?.kill9();
  client.close();
  await proxy.close();
  await redis.stop();
});

/** An answer that must have come. */
function came(answer: Answer | NoAnswer): Answer {
  if (answer instanceof NoAnswer) throw answer;
  return answer;
}

/** Looks all the while how long a request takes that needs no store. */
async function probeMachine(url: string): Promise<number> {
  let longest = 0;
  while (!isOver) {
    const { status, ms } = await client.get(`${url}/livez`);
    expect(status).toBe(200);
    longest = Math.max(longest, ms);
    await pause(20);
  }
  return longest;
}

/** A server with accounts, the commands sent to it, and how long each answer took. */
async function startNode(port: number) {
  const node = await ServerProcess.start({ REDIS_URL: `redis://127.0.0.1:${port}` });
  server = node;
  const url = await node.url;
  const ledger = new Ledger();
  const spread = named('spread', AT_ONCE);
  await register(client, url, ledger, ['hot', 'other', ...spread]);
  const times: number[] = [];
  const timed = async <T extends { ms: number }>(coming: Promise<T>): Promise<T> => {
    const answer = await coming;
    times.push(answer.ms);
    return answer;
  };
  const send = async (sent: Sent): Promise<Answer> => {
    const answer = await timed(sendNoted(client, url, ledger, sent).then(came));
    expect(answer.status === 200 || isUnavailable(answer), answer.text).toBe(true);
    return answer;
  };
  return {
    url,
    ledger,
    spread,
    times,
    timed,
    send,
    /** As many to one account as to accounts of their own, all at once. */
    wave: () =>
      Promise.all([...spread.map(() => 'hot'), ...spread].map((id) => send(block(id, 'other')))),
    /** One client for each account, until the test is over. */
    load: (accounts: readonly string[]) =>
      accounts.map(async (account) => {
        while (!isOver) await send(block(account, 'hot'));
      }),
  };
}

type Node = Awaited<ReturnType<typeof startNode>>;

/** Everything but plain commands: is answered by what cannot be done. */
async function expectAllKindsUnavailable({ url, ledger, spread, timed }: Node, reads: 200 | 503) {
  const { account, type, body } = block('hot', 'other');
  const toAll = spread.map((id) => block(id, 'hot'));
  const paths = ['accounts/hot/blocked', 'actors/account/hot/events', 'relationships/hot/other'];
  const [keyed, later, batch, ready, ...queries] = await Promise.all([
    timed(client.command(url, type, body, { 'idempotency-key': 'k' })),
    timed(client.command(url, type, body, { prefer: 'respond-async' })),
    timed(sendBatchNoted(client, url, ledger, toAll)),
    timed(client.get(`${url}/readyz`)),
    ...paths.map((path) => timed(client.get(`${url}/v1/${path}`))),
  ]);
  ledger.note(account, keyed);
  expect(batch.results).toHaveLength(AT_ONCE);
  expect([keyed, later, ...batch.results].filter((told) => !isUnavailable(told))).toEqual([]);
  expect([ready.status, ready.text]).toEqual([503, expect.stringContaining('out of reach')]);
  for (const query of queries) {
    expect(query.status, query.text).toBe(reads);
    if (reads === 200) continue;
    expect(query.headers['content-type']).toBe('application/problem+json');
    expect(JSON.parse(query.text)).toMatchObject({ code: 'unavailable', status: 503 });
  }
}

describe.each(OUTAGES)('a Redis that $name', (outage) => {
  test('has every command answered in time, and is used again once it is back', async () => {
    const node = await startNode(outage.isOfNetwork ? proxy.port : redis.port);
    const { url, ledger, times, send, wave } = node;
    const probe = probeMachine(url);
    const load = node.load(node.spread.slice(0, STEADY_CLIENTS));
    await expect.poll(() => times.length).toBeGreaterThan(100);
    const inFlight = wave();
    await expect.poll(() => times.length).toBeGreaterThan(200);

    const before = times.length;
    await outage.begin({ redis, proxy });
    const [first, ready] = await Promise.all([wave(), client.get(`${url}/readyz`), inFlight]);
    expect(first.filter((answer) => !isUnavailable(answer))).toEqual([]);
    expect(ready.status).toBe(503);
    // Once more, now that it is known to be out of reach.
    const [second] = await Promise.all([wave(), expectAllKindsUnavailable(node, outage.reads)]);
    expect(second.filter((answer) => !isUnavailable(answer))).toEqual([]);

    await outage.end({ redis, proxy });
    const back = performance.now();
    while ((await send(block('hot', 'other'))).status !== 200) {
      expect(performance.now() - back).toBeLessThan(HANGS_MS);
    }
    const recoveredMs = performance.now() - back;
    const after = times.length;
    expect((await wave()).filter(({ status }) => status !== 200)).toEqual([]);
    expect((await client.get(`${url}/readyz`)).status).toBe(200);
    isOver = true;
    await Promise.all(load);
    const usualMs = Math.max(await probe, ...times.slice(0, before), ...times.slice(after));
    const slowestMs = Math.max(...times.slice(before, after));
    const told = `where the machine makes all wait for ${usualMs} ms`;
    expect(slowestMs, told).toBeLessThan(ANSWERED_MS + SLACK * usualMs);
    expect(recoveredMs, told).toBeLessThan(RECOVERED_MS + SLACK * usualMs);
    expect(await ledger.judge(client, url)).toEqual([]);
    expect(server?.isRunning, server?.log).toBe(true);
  });
});
