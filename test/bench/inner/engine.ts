/**
 * The engine in process, without HTTP, in a process of its own: commands submitted so many at a
 * time, and against them plain ioredis with the store's commit script alone.
 * Usage: node engine.js REDIS_PORT DIRECTORY; each message orders one run.
 */
import { app } from '../../../machines/index.ts';
import { createEngine } from '../../../src/engine/create-engine.ts';
import type { Engine } from '../../../src/engine/engine.ts';
import type { Commit, Store } from '../../../src/engine/store.ts';
import { createSystemRuntime } from '../../../src/engine/system-runtime.ts';
import { openEmbeddedStore } from '../../../src/storage/embedded/index.ts';
import { openRedisStore } from '../../../src/storage/redis/index.ts';
import { accountId, followOf, type Workload } from '../load/workload.ts';
import { registration } from '../parts/commands.ts';
import { CommitScript } from './commit-script.ts';

export interface EngineOrder {
  readonly subject: 'redis' | 'embedded' | 'script';
  readonly inFlight: number;
  readonly commands: number;
}

export interface EngineReport {
  readonly perSecond: number;
  /** Microseconds of CPU a command, all threads of this process. */
  readonly micros: number;
}

const ACCOUNTS = 20_000;
const FOLLOWERS = 1_000;
const [redisPort = '', directory = ''] = process.argv.slice(2);
const workload: Workload = {
  spread: { kind: 'spread', first: 0, followers: FOLLOWERS },
  accounts: ACCOUNTS,
  sent: 0,
};
const runtime = createSystemRuntime();
const log = { error: console.error, warn: console.warn };

/** A store's engine with its accounts, and the number of the next follow. */
class Subject {
  readonly #engine: Engine;
  #next = 0;

  private constructor(engine: Engine) {
    this.#engine = engine;
  }

  static async open(store: Store): Promise<Subject> {
    const subject = new Subject(createEngine({ app, store, runtime, log }));
    let next = 0;
    await inFlight(256, ACCOUNTS, () => {
      const { type, data } = registration(next++);
      return subject.#submit(type, data);
    });
    return subject;
  }

  follow(): Promise<void> {
    const [follower, followee] = followOf(workload, this.#next++);
    const data = { followerId: accountId(follower), followeeId: accountId(followee) };
    return this.#submit('FollowAccount', data);
  }

  async #submit(type: string, body: unknown): Promise<void> {
    const valid = this.#engine.validate(type, body);
    if (!valid.ok) throw new Error(`${type} is not valid`);
    const outcome = await this.#engine.submit(valid.command, { principal: 'bench' });
    if (outcome.status !== 'accepted') throw new Error(JSON.stringify(outcome));
  }
}

/** Runs so many promises, so many at a time. */
async function inFlight(width: number, count: number, next: () => Promise<unknown>): Promise<void> {
  let left = count;
  await Promise.all(
    Array.from({ length: width }, async () => {
      while (left > 0) {
        left--;
        await next();
      }
    }),
  );
}

/** A store that shows the commits that pass. */
function watched(store: Store, see: (commit: Commit) => void): Store {
  return new Proxy(store, {
    get(target, name) {
      if (name === 'commit') {
        return (commit: Commit) => {
          see(commit);
          return target.commit(commit);
        };
      }
      const member: unknown = Reflect.get(target, name);
      return typeof member === 'function' ? member.bind(target) : member;
    },
  });
}

let pattern: Commit | null = null;
const redisStore = await openRedisStore({ url: `redis://127.0.0.1:${redisPort}` });
const onRedis = await Subject.open(
  watched(redisStore, (commit) => {
    if (commit.entries.length === 1 && commit.records.length === 1) pattern ??= commit;
  }),
);
await onRedis.follow();
if (pattern === null) throw new Error('no commit of one follow was seen');
const script = new CommitScript(Number(redisPort), redisStore.partitions, pattern);
await script.open();
const embedded = await Subject.open(await openEmbeddedStore({ dir: directory }));

async function run({ subject, inFlight: width, commands }: EngineOrder): Promise<EngineReport> {
  const prepared = subject === 'script' ? script.prepare(commands) : [];
  const next = {
    redis: () => onRedis.follow(),
    embedded: () => embedded.follow(),
    script: () => script.commit(prepared.pop() ?? []),
  }[subject];
  prepared.reverse();
  const cpu = process.cpuUsage();
  const start = performance.now();
  await inFlight(width, commands, next);
  const { user, system } = process.cpuUsage(cpu);
  const seconds = (performance.now() - start) / 1_000;
  return { perSecond: commands / seconds, micros: (user + system) / commands };
}

process.on('message', (order: EngineOrder) => {
  run(order).then(
    (report) => process.send?.(report),
    (error: unknown) => {
      console.error(error);
      process.exit(1);
    },
  );
});
process.on('disconnect', () => process.exit(0));
process.send?.('ready');
