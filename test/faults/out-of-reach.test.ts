import { setTimeout as pause } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type FaultProxy, startFaultProxy } from '../support/fault-proxy.ts';
import { type RedisServer, startRedis } from '../support/redis.ts';
import { ServerProcess } from '../support/server-process.ts';
import { type Answer, Client, NoAnswer } from './client.ts';
import { isUnavailable, Ledger } from './ledger.ts';
import { block, named, register, type Sent, sendBatchNoted, sendNoted } from './load.ts';
import { OUTAGES } from './outages.ts';

/** Everything is answered within this; what the machine itself makes all wait comes on top. */
const ANSWERED_MS = 2_000;
/** From the moment Redis is back to the first command accepted. */
const RECOVERED_MS = 3_000;
const AT_ONCE = 200;
const STEADY_CLIENTS = 16;

let redis: RedisServer;
let proxy: FaultProxy;
let client: Client;
let server: ServerProcess | null;
/** What to look at when a test has ended: steady load and probes. */
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

describe.each(OUTAGES)('a Redis that $name', (outage) => {
  test('has every command answered in time, and is used again once it is back', async () => {
    const port = outage.isOfNetwork ? proxy.port : redis.port;
    server = await ServerProcess.start({ REDIS_URL: `redis://127.0.0.1:${port}` });
    const url = await server.url;
    const spread = named('spread', AT_ONCE);
    const ledger = new Ledger();
    await register(client, url, ledger, ['hot', 'other', ...spread]);
    const answers: Answer[] = [];
    const send = async (sent: Sent): Promise<Answer> => {
      const answer = came(await sendNoted(client, url, ledger, sent));
      answers.push(answer);
      return answer;
    };
    /** As many to one account as to accounts of their own, all at once. */
    const wave = () =>
      Promise.all([...spread.map(() => 'hot'), ...spread].map((id) => send(block(id, 'other'))));
    const steadily = async (account: string) => {
      while (!isOver) await send(block(account, 'hot'));
    };

    const probe = probeMachine(url);
    const steady = spread.slice(0, STEADY_CLIENTS).map(steadily);
    await expect.poll(() => answers.length).toBeGreaterThan(100);
    const inFlight = wave();
    await expect.poll(() => answers.length).toBeGreaterThan(200);
    await outage.begin({ redis, proxy });
    const [first, ready] = await Promise.all([wave(), client.get(`${url}/readyz`), inFlight]);
    expect(first.filter((answer) => !isUnavailable(answer))).toEqual([]);
    expect([ready.status, ready.text]).toEqual([503, expect.stringContaining('out of reach')]);

    // Now that it is known to be out of reach.
    const [second, one, batch, later, ...reads] = await Promise.all([
      wave(),
      client.command(url, 'BlockAccount', block('hot', 'other').body, { 'idempotency-key': 'k' }),
      sendBatchNoted(
        client,
        url,
        ledger,
        spread.map((id) => block(id, 'hot')),
      ),
      client.command(url, 'BlockAccount', block('hot', 'other').body, { prefer: 'respond-async' }),
      client.get(`${url}/readyz`),
      ...['accounts/hot/blocked', 'actors/account/hot/events', 'relationships/hot/other'].map(
        (path) => client.get(`${url}/v1/${path}`),
      ),
    ]);
    expect(second.filter((answer) => !isUnavailable(answer))).toEqual([]);
    expect([one, later, ...batch.results].filter((told) => !isUnavailable(told))).toEqual([]);
    expect(batch.results).toHaveLength(AT_ONCE);
    const [readyAgain, ...queries] = reads;
    expect(readyAgain?.status).toBe(503);
    for (const query of queries) {
      expect(query.status, query.text).toBe(outage.reads);
      if (outage.reads === 503) {
        expect(query.headers['content-type']).toBe('application/problem+json');
        expect(JSON.parse(query.text)).toMatchObject({ code: 'unavailable', status: 503 });
      }
    }
    ledger.note('hot', one);
    const times = [one, batch, later, ready, ...reads].map(({ ms }) => ms);

    await outage.end({ redis, proxy });
    const back = performance.now();
    while ((await send(block('hot', 'other'))).status !== 200) {
      expect(performance.now() - back).toBeLessThan(RECOVERED_MS);
    }
    expect((await wave()).filter(({ status }) => status !== 200)).toEqual([]);
    expect((await client.get(`${url}/readyz`)).status).toBe(200);
    isOver = true;
    await Promise.all(steady);
    const machineMs = await probe;
    const slowest = Math.max(...times, ...answers.map(({ ms }) => ms));
    expect(slowest - machineMs, `the machine took ${machineMs} ms`).toBeLessThan(ANSWERED_MS);
    expect(answers.filter(({ status }) => status !== 200 && status !== 503)).toEqual([]);
    expect(await ledger.judge(client, url)).toEqual([]);
    expect(server.isRunning, server.log).toBe(true);
  });
});
