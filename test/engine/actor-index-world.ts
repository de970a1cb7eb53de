/** Whole nodes whose actors are indexed, and what their feeds say of these, folded apart. */

import { expect } from 'vitest';
import { app as domain } from '../../machines/index.ts';
import type { App } from '../../src/define/index.ts';
import type { FoundActor, Search } from '../../src/engine/actor-index/search.ts';
import type { BackgroundLimits } from '../../src/engine/background/limits.ts';
import type { RetentionSettings } from '../../src/engine/background/retention.ts';
import { createEngine } from '../../src/engine/create-engine.ts';
import type { Engine } from '../../src/engine/engine.ts';
import { partitionsOf } from '../../src/engine/partitions.ts';
import { type CommitRecord, parseRecord } from '../../src/engine/record.ts';
import type { Store } from '../../src/engine/store.ts';
import { createSystemRuntime } from '../../src/engine/system-runtime.ts';
import { oneOf } from '../faults/seed.ts';
import { send } from '../support/node.ts';
import { createTestLog } from '../support/runtime.ts';

export const IDS = ['a', 'ab', 'abc', 'b', 'B', '-', '_', 'b-1', 'b-2', 'z', '__proto__', 'Z9'];

export interface IndexedNode {
  readonly engine: Engine;
  readonly log: ReturnType<typeof createTestLog>;
  /** Looks for actors, as a viewer does, once the index has passed all there is. */
  find(search?: Partial<Search>): Promise<readonly FoundActor[]>;
  /** Waits until the index has passed all there is, and policies too. */
  rest(): Promise<void>;
}

export async function startIndexed(
  store: Store,
  options: {
    readonly app?: App;
    readonly limits?: Partial<BackgroundLimits>;
    readonly retention?: RetentionSettings;
    readonly behindMs?: number;
  } = {},
): Promise<IndexedNode> {
  const log = createTestLog();
  const { app = domain, limits, retention, behindMs = 0 } = options;
  const engine = createEngine({
    app,
    store,
    runtime: { ...createSystemRuntime(), now: () => Date.now() - behindMs },
    log,
    ...(retention && { retention }),
    backgroundLimits: { indexPage: 8, indexIntervalMs: 1, indexLingerMs: 1, ...limits },
    strict: true,
  });
  await engine.start();
  const { actorIndex } = engine.inside;
  const rest = async () => {
    await actorIndex.want();
    const isAtRest = async () => {
      const { idle, policies } = await engine.policies();
      // What waits to look again at an account that is cleaned up changes others then.
      return idle && policies.every(({ timers }) => timers === 0);
    };
    await expect.poll(isAtRest, { timeout: 60_000, interval: 5 }).toBe(true);
    expect(await actorIndex.standing()).toMatchObject({ lag: 0, isListing: false, isWanted: true });
  };
  return {
    engine,
    log,
    rest,
    async find(search = {}) {
      await rest();
      return pages(engine, search);
    },
  };
}

/** All pages of a search, by one place after another. */
export async function pages(engine: Engine, search: Partial<Search>): Promise<FoundActor[]> {
  const { actorIndex } = engine.inside;
  const all: FoundActor[] = [];
  const wanted = { types: [...engine.app.aggregates.keys()], state: null, id: null, restMs: null };
  for (let after: Search['after'] = null; ; ) {
    const page = await actorIndex.search({ limit: 3, ...wanted, ...search, after });
    all.push(...page.items);
    if (page.next === null) return all;
    after = page.next;
  }
}

/** Some of the domain's commands. */
export async function play(engine: Engine, random: () => number, count: number): Promise<void> {
  for (let n = 0; n < count; n++) {
    const [one, other] = [oneOf(random, IDS), oneOf(random, IDS)];
    const pick = random();
    const username = `user_${IDS.indexOf(one)}`;
    if (pick < 0.4) {
      const body = { accountId: one, email: `${username}@example.org`, username };
      await send(engine, 'RegisterAccount', body);
    } else if (pick < 0.7) {
      await send(engine, 'FollowAccount', { followerId: one, followeeId: other });
    } else if (pick < 0.9) {
      await send(engine, 'BlockAccount', { blockerId: one, blockedId: other });
    } else await send(engine, 'DeactivateAccount', { accountId: one });
  }
}

/** Every record there is, partition by partition. */
export async function records(store: Store): Promise<readonly CommitRecord[]> {
  const found = await Promise.all(
    partitionsOf(store).map((partition) => store.readFeed(partition, 0, 1_000_000)),
  );
  return found.flat().map(({ body }) => parseRecord(body));
}

/** What a feed that is whole says of accounts, those last that changed first. */
export function folded(feed: readonly CommitRecord[]): FoundActor[] {
  const accounts = new Map<string, FoundActor>();
  const times = new Map<string, number>();
  for (const { actor, version, at, events } of feed) {
    const id = actor.slice('account:'.length);
    times.set(id, Date.parse(at));
    if (version === 0) continue;
    const is = (type: string) => events.some((event) => event.type === type);
    const before = accounts.get(id)?.state ?? '';
    const now = is('AccountRegistered') ? 'registered.active' : before;
    const state = is('AccountDeactivated') ? 'registered.deactivated' : now;
    accounts.set(id, { type: 'account', id, state, version, at: 0 });
  }
  return Array.from(accounts.values(), (found) => ({
    ...found,
    at: times.get(found.id) ?? 0,
  })).sort((a, b) => b.at - a.at || inOrder(a.id, b.id));
}

/** Of ids without anything beyond ASCII. */
export function inOrder(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
