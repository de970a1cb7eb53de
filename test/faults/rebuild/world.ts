/** Servers and engines whose rebuilds take moments, and what is compared when one is through. */

import { expect } from 'vitest';
import { z } from 'zod';
import { app } from '../../../machines/index.ts';
import { createEngine } from '../../../src/engine/create-engine.ts';
import type { Engine, ProjectionFigures } from '../../../src/engine/engine.ts';
import { subscriberOf, typeOf } from '../../../src/engine/generations/row.ts';
import { ownersOf } from '../../../src/engine/partitions.ts';
import type { Store } from '../../../src/engine/store.ts';
import { createSystemRuntime } from '../../../src/engine/system-runtime.ts';
import type { GraphFold } from '../../engine/graph-fold.ts';
import { createTestLog } from '../../support/runtime.ts';
import { limitsOf, type ServerProcess } from '../../support/server-process.ts';
import type { Client } from '../client.ts';

const limits = { leaseBeatMs: 200, leaseTtlMs: 600 };
const backgroundLimits = {
  viewMs: 20,
  viewMsMax: 200,
  lookMs: 100,
  rebuildLookMs: 20,
  backfillsMax: 1,
  discardPage: 7,
};

/** What has a built server wait as little. Its pages are so short that a rebuild can be met. */
export const SHORT_WAITS = limitsOf({
  engine: limits,
  background: { ...backgroundLimits, feedPage: 32 },
});

/** A node in this process. */
export async function nodeOn(store: Store): Promise<Engine> {
  const engine = createEngine({
    app,
    store,
    runtime: createSystemRuntime(),
    log: createTestLog(),
    limits,
    backgroundLimits,
  });
  await engine.start();
  return engine;
}

const rebuildSchema = z
  .object({ phase: z.enum(['building', 'entering']), passed: z.int(), records: z.int() })
  .nullable();
const list = z.object({
  items: z.array(z.object({ name: z.string(), generation: z.int(), rebuild: rebuildSchema })),
});

/** What a node says of a projection; `null` where it does not answer. */
export async function seen(client: Client, node: ServerProcess, name: string) {
  const answer = await client.get(`${await node.url}/v1/projections`).catch(() => null);
  if (answer?.status !== 200) return null;
  return list.parse(JSON.parse(answer.text)).items.find((each) => each.name === name) ?? null;
}

/** Asks a node for a rebuild. */
export async function rebuildOver(node: ServerProcess, name: string): Promise<void> {
  const response = await fetch(`${await node.url}/v1/projections/${name}/rebuild`, {
    method: 'POST',
  });
  expect([200, 202], await response.text()).toContain(response.status);
}

/** Rebuilds projections, and waits until that is through. */
export async function rebuildAll(engine: Engine): Promise<void> {
  for (const name of app.projections.keys()) expect(await engine.rebuild(name)).toBe('started');
  const underWay = async () =>
    (await engine.policies()).projections.filter(({ rebuild }) => rebuild !== null);
  await expect.poll(underWay).toEqual([]);
}

/** Owners, rankings and checkpoints that makings before those that are read left. */
export async function leftOfFormer(
  store: Store,
  projections: readonly Pick<ProjectionFigures, 'name' | 'generation'>[],
): Promise<readonly string[]> {
  const left: string[] = [];
  const { checkpoints } = await store.survey(0, []);
  for (const { name, generation } of projections) {
    const aggregate = app.projections.get(name)?.model.aggregate ?? '';
    for (let former = 0; former < generation; former++) {
      const [type, subscriber] = [typeOf(aggregate, former), subscriberOf(name, former)];
      const ranked = await store.ranking(type, 1);
      if (ranked.length > 0 || (await hasOwners(store, type))) left.push(type);
      if (Object.hasOwn(checkpoints, subscriber)) left.push(subscriber);
    }
  }
  return left;
}

async function hasOwners(store: Store, type: string): Promise<boolean> {
  for await (const ids of ownersOf(store, type, 100)) if (ids.length > 0) return true;
  return false;
}

/** What every query over read models answers, beside what it must by the feed alone. */
export async function answersOf(engine: Engine, fold: GraphFold) {
  const answered: unknown[] = [];
  const told: unknown[] = [];
  const compare = (answer: unknown, expected: unknown) => {
    answered.push(answer);
    told.push(expected);
  };
  for (const id of fold.ids) {
    compare(await ask(engine, 'listFollowers', { id }, { limit: '200' }), {
      items: fold.followers(id),
    });
    compare(await ask(engine, 'getAccount', { id }, {}), fold.profile(id));
  }
  const names = fold.ids.map((id) => fold.profile(id)?.username ?? '');
  for (const username of names) {
    const found = await ask(engine, 'findAccounts', {}, { username });
    compare(found, fold.named(username));
  }
  const popular = { sort: 'popular', limit: '50' };
  compare(await ask(engine, 'findAccounts', {}, popular), fold.prefixed('', 50));
  return { answered, told };
}

function ask(engine: Engine, name: string, params: object, search: object): Promise<unknown> {
  const query = app.queries.find((each) => each.name === name);
  if (!query) throw new Error(`there is no query ${name}`);
  return engine.query(query, {
    params: query.params.parse(params),
    search: query.search.parse(search),
  });
}
