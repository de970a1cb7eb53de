import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { type Fate, type FaultProxy, startFaultProxy } from '../support/fault-proxy.ts';
import { type RedisServer, startRedis } from '../support/redis.ts';
import { ServerProcess } from '../support/server-process.ts';
import { Client } from './client.ts';
import { isUnavailable, Ledger, trailOf } from './ledger.ts';
import { anyCommand, named, register, registration, sendNoted } from './load.ts';
import { oneOf, randomFrom, SEED, tellHowToRepeat } from './seed.ts';

const CLIENTS = 32;
const FATES: readonly Fate[] = ['lose request', 'halve request', 'lose reply', 'halve reply'];

// Seconds, but for a machine that has much else to do.
vi.setConfig({ testTimeout: 90_000 });

let redis: RedisServer;
let proxy: FaultProxy;
let client: Client;
let server: ServerProcess | null;

beforeEach(async () => {
  redis = await startRedis();
  proxy = await startFaultProxy(redis.port);
  client = new Client();
  server = null;
});

afterEach(async () => {
  await server?.kill9();
  client.close();
  await proxy.close();
  await redis.stop();
});

describe('a connection to Redis that is cut between request and reply, again and again', () => {
  test.each([
    { accounts: 3, disturbed: 0.15, times: 80 },
    { accounts: 100, disturbed: 0.15, times: 80 },
    { accounts: 30, disturbed: 0.6, times: 120 },
  ])(`makes no answer untrue: %o (SEED=${SEED})`, async ({ accounts: count, disturbed, times }) => {
    tellHowToRepeat('lost-replies.test.ts');
    server = await ServerProcess.start({ REDIS_URL: `redis://127.0.0.1:${proxy.port}` });
    const url = await server.url;
    const accounts = named('a', count);
    const ledger = new Ledger();
    await register(client, url, ledger, accounts);
    const chance = randomFrom(SEED + count);
    let disturbances = 0;
    proxy.decide(() => {
      if (chance() >= disturbed) return 'pass';
      disturbances += 1;
      return oneOf(chance, FATES);
    });

    const newcomers: string[] = [];
    const drive = async (n: number) => {
      const random = randomFrom(SEED + 1_000 * n);
      while (disturbances < times) {
        const isNew = random() < 0.1;
        const name = `new_${newcomers.length}`;
        if (isNew) newcomers.push(name);
        const sent = isNew ? registration(name) : anyCommand(random, accounts);
        const answer = await sendNoted(client, url, ledger, sent);
        if (answer instanceof Error) throw answer;
        const isTold = [200, 409].includes(answer.status) || isUnavailable(answer);
        expect(isTold, answer.text).toBe(true);
      }
    };
    await Promise.all(Array.from({ length: CLIENTS }, (_, n) => drive(n)));
    proxy.restore();
    await expect.poll(async () => (await client.get(`${url}/readyz`)).status).toBe(200);
    expect(await ledger.judge(client, url)).toEqual([]);
    expect(ledger.count(200)).toBeGreaterThan(count);
    // Where a registration came to nothing, another account gets its email and username at once.
    for (const name of newcomers) {
      if ((await trailOf(client, url, name)).length > 0) continue;
      const { account, type, body } = registration(`late_${name}`, name);
      const answer = await client.command(url, type, body);
      expect(answer.status, `${account}: ${answer.text}`).toBe(200);
    }
  });
});
