/**
 * Fills a store with the graph of so many accounts, through the engine and its projections in
 * process: what lies there then is what the commands wrote. It tells its parent what it took.
 * Usage: node populate.js redis|embedded PORT|DIRECTORY ACCOUNTS
 */
import { setTimeout as pause } from 'node:timers/promises';
import { createEngine } from '../../../src/engine/create-engine.ts';
import type { Engine } from '../../../src/engine/engine.ts';
import { createSystemRuntime } from '../../../src/engine/system-runtime.ts';
import { openEmbeddedStore, openRedisStore } from '../../../src/storage/open.ts';
import { blocksOf, followsOf, username } from '../load/graph.ts';
import { accountId } from '../load/workload.ts';
import { appWith } from './subscribed.ts';

/** What it took to fill a store. */
export interface Populated {
  readonly accounts: number;
  readonly follows: number;
  readonly blocks: number;
  /** With what projections made of it. */
  readonly seconds: number;
}

/** Accounts whose commands are on their way at once: of more, embedded stores make one sync. */
const WIDTH = { redis: 256, embedded: 512 };
const LOOK_MS = 200;
const TRIES_MAX = 50;
/** Commands of one account on their way at once: fewer than its mailbox holds. */
const OF_EACH_MAX = 1_000;
/** Where projections are further behind, commands wait: so memory is bounded. */
const LAG_MAX = 200_000;

const [kind = '', place = '', count = ''] = process.argv.slice(2);
if (kind !== 'redis' && kind !== 'embedded') throw new Error(`there is no store ${kind}`);
const accounts = Number(count);
const store =
  kind === 'redis'
    ? await openRedisStore({ url: `redis://127.0.0.1:${place}` })
    : await openEmbeddedStore({ dir: place });
const engine = createEngine({
  app: appWith('projections'),
  store,
  runtime: createSystemRuntime(),
  log: { error: console.error, warn: console.warn },
});

async function submit(type: string, data: unknown): Promise<void> {
  const valid = engine.validate(type, data);
  if (!valid.ok) throw new Error(`${type} is not valid: ${JSON.stringify(valid.issues)}`);
  for (let tries = 1; ; tries++) {
    const outcome = await engine.submit(valid.command, { principal: 'bench' });
    if (outcome.status === 'accepted') return;
    // A busy disk may take too long for one sync. What was done after all is refused, or changes nothing.
    const isSlow = outcome.status === 'failed' && outcome.failure.code === 'unavailable';
    if (outcome.status === 'rejected' && tries > 1) return;
    if (!isSlow || tries === TRIES_MAX) throw new Error(JSON.stringify(outcome));
    await pause(LOOK_MS);
  }
}

/** Submits commands of one account, one for each of the others. */
async function submitAll(
  type: string,
  others: readonly number[],
  data: (other: string) => unknown,
): Promise<void> {
  for (let from = 0; from < others.length; from += OF_EACH_MAX) {
    const some = others.slice(from, from + OF_EACH_MAX);
    await Promise.all(some.map((other) => submit(type, data(accountId(other)))));
  }
}

/** Has each account in turn send its commands, those of several accounts beside each other. */
async function forEachAccount(send: (index: number) => Promise<unknown>): Promise<void> {
  let next = 0;
  const width = WIDTH[kind === 'redis' ? 'redis' : 'embedded'];
  const worker = async (): Promise<void> => {
    while (next < accounts) {
      const index = next++;
      if (index % 20_000 === 0) held = untilLagIs(engine, LAG_MAX);
      await held;
      await send(index);
    }
  };
  await Promise.all(Array.from({ length: width }, worker));
}

let held: Promise<void> = Promise.resolve();

async function untilLagIs(engine: Engine, max: number): Promise<void> {
  for (;;) {
    const { idle, projections } = await engine.policies();
    if (max === 0 ? idle : projections.every(({ lag }) => lag <= max)) return;
    await pause(LOOK_MS);
  }
}

async function populate(): Promise<Populated> {
  const start = performance.now();
  let [follows, blocks] = [0, 0];
  await engine.start();
  await forEachAccount((index) => {
    const id = accountId(index);
    return submit('RegisterAccount', {
      accountId: id,
      email: `${id}@example.com`,
      username: username(index),
    });
  });
  await forEachAccount((index) => {
    const followed = followsOf(index, accounts);
    follows += followed.length;
    const followerId = accountId(index);
    return submitAll('FollowAccount', followed, (each) => ({ followerId, followeeId: each }));
  });
  await forEachAccount((index) => {
    const blocked = blocksOf(index, accounts);
    blocks += blocked.length;
    const blockerId = accountId(index);
    return submitAll('BlockAccount', blocked, (each) => ({ blockerId, blockedId: each }));
  });
  await untilLagIs(engine, 0);
  return { accounts, follows, blocks, seconds: (performance.now() - start) / 1_000 };
}

const populated = await populate();
await engine.drain();
await store.close();
process.send?.(populated, () => process.exit(0));
