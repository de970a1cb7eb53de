/**
 * Fills a store with accounts by its port, many times as fast as by commands: what lies there then
 * is what a registration commits, but for the claims, which nothing here asks for. The last tenth was
 * deactivated too. One more account, blocking another and unblocking it again, has a long history: it
 * is made by the engine. It tells its parent how long that took.
 * Usage: node fill-actors.js redis|embedded PORT|DIRECTORY ACCOUNTS STEPS
 */
import { randomUUID } from 'node:crypto';
import { account } from '../../../machines/account/aggregate.ts';
import { app } from '../../../machines/index.ts';
import { defineApp } from '../../../src/define/index.ts';
import { createEngine } from '../../../src/engine/create-engine.ts';
import { parseRecord } from '../../../src/engine/record.ts';
import type { Commit, Store, TurnId } from '../../../src/engine/store.ts';
import { createSystemRuntime } from '../../../src/engine/system-runtime.ts';
import { createMemoryStore } from '../../../src/storage/memory/index.ts';
import { openEmbeddedStore, openRedisStore } from '../../../src/storage/open.ts';
import { ACTIVE_SHARE, accountId, HISTORY_ACCOUNT } from '../load/workload.ts';

/** What it took to fill a store. */
export interface Filled {
  readonly seconds: number;
  readonly historySeconds: number;
}

/** Commits on their way at once. */
const WIDTH = 1_024;
/** Commands of the one account on their way at once: fewer than its mailbox holds. */
const STEPS_AT_ONCE = 1_000;
/** For how long accounts were registered, up to now: they are at rest for as long. */
const DAYS_MS = 2 * 24 * 60 * 60 * 1_000;

const [kind = '', place = '', count = '', stepCount = ''] = process.argv.slice(2);
if (kind !== 'redis' && kind !== 'embedded') throw new Error(`there is no store ${kind}`);
const accounts = Number(count);
const store =
  kind === 'redis'
    ? await openRedisStore({ url: `redis://127.0.0.1:${place}` })
    : await openEmbeddedStore({ dir: place });

function engineOn(on: Store) {
  const log = { error: console.error, warn: console.warn };
  const accountsAlone = defineApp({ aggregates: [account], queries: app.queries });
  return createEngine({ app: accountsAlone, store: on, runtime: createSystemRuntime(), log });
}

async function submit(engine: ReturnType<typeof engineOn>, type: string, data: unknown) {
  const valid = engine.validate(type, data);
  if (!valid.ok) throw new Error(`${type} is not valid: ${JSON.stringify(valid.issues)}`);
  const outcome = await engine.submit(valid.command, { principal: 'bench' });
  if (outcome.status !== 'accepted') throw new Error(JSON.stringify(outcome));
}

const registration = (id: string) => ({
  accountId: id,
  email: `${id}@example.com`,
  username: id.replace('-', '_'),
});

/** The commits by which the first account is registered and deactivated, as text. */
async function patterns(): Promise<readonly string[]> {
  const memory = createMemoryStore();
  const commits: Commit[] = [];
  const watched = new Proxy(memory, {
    get: (target, name) =>
      name === 'commit'
        ? (commit: Commit) => {
            commits.push(commit);
            return target.commit(commit);
          }
        : (Reflect.get(target, name).bind?.(target) ?? Reflect.get(target, name)),
  });
  const engine = engineOn(watched);
  const id = accountId(0);
  await submit(engine, 'RegisterAccount', registration(id));
  await submit(engine, 'DeactivateAccount', { accountId: id });
  await engine.drain();
  return commits.map((commit) => JSON.stringify(commit));
}

async function fill(): Promise<number> {
  const start = performance.now();
  const texts = await patterns();
  const parts = texts.map(partsOf);
  const now = Date.now();
  let next = 0;
  const one = async (): Promise<void> => {
    while (next < accounts) {
      const index = next++;
      const at = new Date(now - DAYS_MS * (1 - index / accounts)).toISOString();
      for (const part of index < ACTIVE_SHARE * accounts ? parts.slice(0, 1) : parts) {
        const reply = await store.commit(part(index, at));
        if (reply.kind !== 'committed') throw new Error(`account ${index}: ${reply.kind}`);
      }
    }
  };
  await Promise.all(Array.from({ length: WIDTH }, one));
  return (performance.now() - start) / 1_000;
}

/** A commit of the first account as one of any account, at any time, under ids of its own. */
function partsOf(text: string): (index: number, at: string) => Commit {
  const [first, name] = [accountId(0), accountId(0).replace('-', '_')];
  const { turnId, expected, ...commit }: Commit = JSON.parse(text);
  const { commandId, correlationId } = parseRecord(commit.records[0]?.body ?? '');
  const rest = JSON.stringify(commit);
  return (index, at) => {
    const id = accountId(index);
    const own = rest
      .replaceAll(commandId, randomUUID())
      .replaceAll(correlationId, randomUUID().replaceAll('-', ''))
      .replaceAll(first, id)
      .replaceAll(name, id.replace('-', '_'))
      .replaceAll(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, at);
    return { ...JSON.parse(own), turnId, expected } as Commit & { turnId: TurnId };
  };
}

async function makeHistory(steps: number): Promise<number> {
  const start = performance.now();
  const engine = engineOn(store);
  await submit(engine, 'RegisterAccount', registration(HISTORY_ACCOUNT));
  const data = { blockerId: HISTORY_ACCOUNT, blockedId: accountId(0) };
  for (let done = 1; done < steps; ) {
    const some = Math.min(STEPS_AT_ONCE, steps - done);
    const types = Array.from({ length: some }, (_, step) =>
      (done + step) % 2 === 1 ? 'BlockAccount' : 'UnblockAccount',
    );
    await Promise.all(types.map((type) => submit(engine, type, data)));
    done += some;
  }
  await engine.drain();
  return (performance.now() - start) / 1_000;
}

const seconds = await fill();
const historySeconds = stepCount === '0' ? 0 : await makeHistory(Number(stepCount));
await store.close();
const filled: Filled = { seconds, historySeconds };
process.send?.(filled, () => process.exit(0));
