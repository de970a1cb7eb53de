/** The domain before and after its followers read model was changed. */

import { app } from '../../machines/index.ts';
import { followersModel } from '../../machines/read-models/followers.ts';
import { defineApp, defineProjection, put, remove } from '../../src/define/index.ts';
import type { Engine } from '../../src/engine/engine.ts';
import { ownersOf, surveyAll } from '../../src/engine/partitions.ts';
import type { Store } from '../../src/engine/store.ts';

/** When every follow began, as the changed projection has it. */
export const CHANGED_SINCE = '2000-01-01T00:00:00.000Z';

const { on } = app.projections.get('followers') ?? {};
if (!on?.FollowCreated || !on.FollowRemoved) throw new Error('the followers are not projected');

function idsOf(data: unknown): { followeeId: string; followerId: string } {
  return data as { followeeId: string; followerId: string };
}

const changed = defineProjection({
  name: 'followers',
  version: 2,
  model: followersModel,
  on: { FollowCreated: on.FollowCreated, FollowRemoved: on.FollowRemoved },
  folds: {
    FollowCreated: (data) => {
      const { followeeId, followerId } = idsOf(data);
      return [{ owner: followeeId, change: put(followerId, CHANGED_SINCE) }];
    },
    FollowRemoved: (data) => {
      const { followeeId, followerId } = idsOf(data);
      return [{ owner: followeeId, change: remove(followerId) }];
    },
  },
});

/** The domain with another version of its followers projection. */
export const changedApp = defineApp({
  aggregates: [...app.aggregates.values()],
  policies: [...app.policies.values()],
  projections: [...app.projections.values()].map((each) =>
    each.name === changed.name ? changed : each,
  ),
  queries: app.queries,
});

/** Who follows an account, as a query answers it, newest first: at most 200. */
export async function followersSeen(
  engine: Engine,
  id: string,
): Promise<readonly { readonly id: string; readonly since: string }[]> {
  const query = engine.app.queries.find(({ name }) => name === 'listFollowers');
  if (!query) throw new Error('there is no query listFollowers');
  const input = {
    params: query.params.parse({ id }),
    search: query.search.parse({ limit: '200' }),
  };
  const answer = await engine.query(query, input);
  return (answer as { items: { id: string; since: string }[] }).items;
}

/** Everything that lies in a store under a generation of the followers, and who is subscribed. */
export async function remainsOf(store: Store, number: number) {
  const type = number === 0 ? '~followers' : `~followers#${number}`;
  const owners: string[] = [];
  for await (const ids of ownersOf(store, type, 100)) owners.push(...ids);
  const ranked = await store.ranking(type, 100);
  const surveys = await surveyAll(store, []);
  const subscribers = new Set(surveys.flatMap(({ checkpoints }) => Object.keys(checkpoints)));
  const name = number === 0 ? 'followers' : `followers#${number}`;
  return { owners, ranked, isSubscribed: subscribers.has(name) };
}

export const NOTHING = { owners: [], ranked: [], isSubscribed: false };
