/** While commands come, a rebuild ends with the same as the read model it takes the place of. */
import { expect, onTestFailed, onTestFinished, test } from 'vitest';
import { app } from '../../machines/index.ts';
import { createEngine } from '../../src/engine/create-engine.ts';
import type { Engine } from '../../src/engine/engine.ts';
import type { Store } from '../../src/engine/store.ts';
import { createSystemRuntime } from '../../src/engine/system-runtime.ts';
import { oneOf, randomFrom, SEED } from '../faults/seed.ts';
import { send } from '../support/node.ts';
import { createTestLog } from '../support/runtime.ts';
import { openStore } from '../support/stores.ts';
import { GraphFold } from './graph-fold.ts';
import { NOTHING, remainsOf } from './rebuild-world.ts';

const IDS = Array.from({ length: 30 }, (_, n) => `a${n}`);
/** Short, so that the phases of a rebuild follow one another in a moment. */
const backgroundLimits = {
  viewMs: 20,
  viewMsMax: 200,
  lookMs: 100,
  rebuildLookMs: 20,
  feedPage: 16,
  discardPage: 7,
};

async function nodeOn(store: Store): Promise<Engine> {
  const log = createTestLog();
  const runtime = createSystemRuntime();
  const engine = createEngine({ app, store, runtime, log, backgroundLimits, strict: true });
  await engine.start();
  onTestFinished(() => expect(log.errors).toEqual([]));
  return engine;
}

/** Sends follows and their removals until it is ended. @returns how many there were */
async function write(engine: Engine, random: () => number, ending: AbortSignal): Promise<number> {
  let sent = 0;
  while (!ending.aborted) {
    const body = { followerId: oneOf(random, IDS), followeeId: oneOf(random, IDS) };
    const type = random() < 0.7 ? 'FollowAccount' : 'RemoveFollower';
    expect((await send(engine, type, body)).status).not.toBe('failed');
    sent++;
  }
  return sent;
}

async function rebuildUnderLoad(store: Store): Promise<void> {
  onTestFailed(() => console.error(`SEED=${SEED}`));
  const random = randomFrom(SEED);
  const [engine, other] = [await nodeOn(store), await nodeOn(store)];
  for (const id of IDS) {
    const body = { accountId: id, email: `${id}@example.org`, username: `user_${id}` };
    expect(await send(engine, 'RegisterAccount', body)).toMatchObject({ status: 'accepted' });
  }
  const ending = new AbortController();
  const writing = [engine, other].map((node) => write(node, random, ending.signal));
  for (const [number, name] of ['followers', 'usernames', 'followers'].entries()) {
    expect(await engine.rebuild(name)).toBe('started');
    const underWay = async () =>
      (await other.policies()).projections.find((each) => each.name === name)?.rebuild ?? null;
    await expect.poll(underWay).toBeNull();
    if (name === 'followers') {
      const former = number === 0 ? 0 : 1;
      await expect.poll(() => remainsOf(store, former)).toEqual(NOTHING);
    }
  }
  ending.abort();
  expect(Math.min(...(await Promise.all(writing)))).toBeGreaterThan(20);
  await expect.poll(async () => (await engine.policies()).idle).toBe(true);
  const fold = await GraphFold.of(store);
  for (const node of [engine, other]) await compare(node, fold);
  await Promise.all([engine.drain(), other.drain()]);
}

async function compare(engine: Engine, fold: GraphFold): Promise<void> {
  const ask = (name: string, params: object, search: object) => {
    const query = app.queries.find((each) => each.name === name);
    if (!query) throw new Error(`there is no query ${name}`);
    return engine.query(query, {
      params: query.params.parse(params),
      search: query.search.parse(search),
    });
  };
  for (const id of IDS) {
    const followers = await ask('listFollowers', { id }, { limit: '200' });
    expect(followers).toEqual({ items: fold.followers(id) });
    const search = { username: `user_${id}` };
    expect(await ask('findAccounts', {}, search)).toEqual(fold.named(search.username));
  }
  const search = { sort: 'popular', limit: '20' };
  expect(await ask('findAccounts', {}, search)).toEqual(fold.prefixed('', 20));
}

test.each([
  ['the embedded store', 'embedded'],
  ['Redis', 'redis'],
  ['a cluster', 'cluster'],
] as const)('in %s', async (_, kind) => rebuildUnderLoad(await openStore(kind, 4)));
