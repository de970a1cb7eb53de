/** The embedded store on a disk that is full, and then has room again, under load. */
import { execFileSync, spawnSync } from 'node:child_process';
import { statSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { ServerProcess } from '../support/server-process.ts';
import { Client } from './client.ts';
import { until } from './fleet.ts';
import { isUnavailable } from './ledger.ts';
import { block } from './load.ts';
import { beginMixedLoad, expectSound } from './mixed-load.ts';
import { randomFrom, SEED, tellHowToRepeat } from './seed.ts';

/** `MISHAPS=20` for a long run: times that the disk is full. */
const TIMES = Number(process.env.MISHAPS ?? 2);
/** Room that is left, at most. */
const ROOM_BYTES = 64 * 1_024;
const WITHIN_MS = 60_000;
const hasPrlimit = spawnSync('prlimit', ['--version']).status === 0;

vi.setConfig({ testTimeout: 60_000 + TIMES * 30_000 });

let client: Client;
let dir: string;
let server: ServerProcess | null;

beforeEach(async () => {
  client = new Client();
  dir = await mkdtemp(join(tmpdir(), 'everstate-disk-'));
  server = null;
});

afterEach(async () => {
  await server?.kill9();
  client.close();
  await rm(dir, { recursive: true });
});

/** The size that a file of the process may have stands for the disk's. */
function limit(bytes: number | 'unlimited'): void {
  execFileSync('prlimit', ['--pid', String(server?.pid), `--fsize=${bytes}:`]);
}

// Skipped only where a running process cannot be limited. What the store itself does is tested everywhere.
test.skipIf(!hasPrlimit)(
  `a full disk is said to be, nothing is lost or half done, and with room all goes on (SEED=${SEED})`,
  async () => {
    tellHowToRepeat('disk-full.test.ts');
    const running = await ServerProcess.start({ STORE: 'embedded', DATA_DIR: dir });
    server = running;
    const url = await running.url;
    const load = await beginMixedLoad(client, [running], SEED);
    const random = randomFrom(SEED);
    const [account = '', other = ''] = load.accounts;
    for (let time = 0; time < TIMES; time++) {
      await load.senders.more(100);
      const room = Math.floor(random() * ROOM_BYTES);
      limit(statSync(join(dir, 'data.mdb')).size + room);
      await until('the disk is full', WITHIN_MS, async () => {
        const { type, body } = block(account, other);
        const answer = await client.command(url, type, body);
        load.ledger.note(account, answer);
        expect(answer.status === 200 || isUnavailable(answer), answer.text).toBe(true);
        return answer.status === 503;
      });
      // What is there can be read, and it says what is wrong.
      expect((await client.get(`${url}/v1/accounts/${account}/blocked`)).status).toBe(200);
      expect((await client.get(`${url}/livez`)).status).toBe(200);
      limit('unlimited');
    }
    await load.senders.more(100);
    await expectSound(load, url);
    expect(running.isRunning, running.log).toBe(true);
    await running.crash();
    await expectSound(load, await running.url);
  },
);
