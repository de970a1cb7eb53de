import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type RedisServer, startRedis } from '../support/redis.ts';
import { ServerProcess } from '../support/server-process.ts';
import { Client, NoAnswer } from './client.ts';
import { Ledger, replyOf } from './ledger.ts';
import { block, named, register } from './load.ts';

const CLIENTS = 64;
const AT_ONCE = 200;

let client: Client;
let dir: string;
let redis: RedisServer;
let server: ServerProcess | null;

beforeEach(async () => {
  client = new Client();
  dir = await mkdtemp(join(tmpdir(), 'everstate-sigterm-'));
  redis = await startRedis();
  server = null;
});

afterEach(async () => {
  await server?.kill9();
  client.close();
  await redis.stop();
  await rm(dir, { recursive: true });
});

describe('a server that is told to end under load', () => {
  test.each([
    ['embedded', () => ({ STORE: 'embedded', DATA_DIR: dir })],
    ['Redis', () => ({ REDIS_URL: redis.url })],
  ])('%s: answers all that it took, and leaves the rest to the next', async (_, settings) => {
    server = await ServerProcess.start(settings());
    const url = await server.url;
    const accounts = named('a', CLIENTS / 2);
    const ledger = new Ledger();
    await register(client, url, ledger, ['hot', 'other', ...accounts]);
    const cuts: string[] = [];
    /** A connection may wait to be taken when the server stops listening; others are not cut. */
    const noteCut = (error: unknown) => {
      if (!(error instanceof NoAnswer && error.isFirst)) cuts.push(String(error));
    };
    let answers = 0;
    /** Until the server takes no more. */
    const drive = async (account: string) => {
      const { type, body } = block(account, 'other');
      for (;;) {
        const answer = await client.command(url, type, body).catch(noteCut);
        if (answer === undefined) return;
        ledger.note(account, answer);
        answers += 1;
        if (answer.status !== 200) expect(replyOf(answer).code, answer.text).toBe('overloaded');
      }
    };
    const driving = [...accounts, ...accounts.map(() => 'hot')].map(drive);
    await expect.poll(() => answers).toBeGreaterThan(CLIENTS);
    // To be run later, and so many that the signal finds them in every state.
    const postpone = async () => {
      const { type, body } = block('hot', 'other');
      const headers = { prefer: 'respond-async' };
      const answer = await client.command(url, type, body, headers).catch(noteCut);
      return answer?.status === 202 ? replyOf(answer).commandId : null;
    };
    const later = Array.from({ length: AT_ONCE }, postpone);
    await Promise.race(later);
    const exit = await server.terminate();
    await Promise.all(driving);
    expect(cuts).toEqual([]);
    // One that does not end in time ends with another.
    expect(exit, server.log).toBe(0);
    const pending = (await Promise.all(later)).filter((id) => id !== null);
    expect(pending.length).toBeGreaterThan(0);

    await server.begin();
    const next = await server.url;
    for (const commandId of pending) {
      const path = `${next}/v1/commands/${commandId}`;
      await expect.poll(async () => (await client.get(path)).text).toContain('"accepted"');
      ledger.note('hot', await client.get(path));
    }
    expect(await ledger.judge(client, next)).toEqual([]);
  });
});
