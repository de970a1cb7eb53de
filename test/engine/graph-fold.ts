/**
 * What the queries of the graph must answer, worked out from the feed alone in the plainest way:
 * nothing here knows of read models.
 */
import { z } from 'zod';
import type { Store } from '../../src/engine/store.ts';

const id = z.string();
const event = z.discriminatedUnion('type', [
  z.object({
    type: z.literal('AccountRegistered'),
    data: z.object({ accountId: id, username: z.string(), registeredAt: z.string() }),
  }),
  z.object({ type: z.literal('AccountDeactivated'), data: z.object({ accountId: id }) }),
  z.object({
    type: z.literal('FollowCreated'),
    data: z.object({ followerId: id, followeeId: id, createdAt: z.string() }),
  }),
  z.object({
    type: z.literal('FollowRemoved'),
    data: z.object({ followerId: id, followeeId: id }),
  }),
  z.object({
    type: z.literal('AccountBlocked'),
    data: z.object({ blockerId: id, blockedId: id, blockedAt: z.string() }),
  }),
  z.object({
    type: z.literal('AccountUnblocked'),
    data: z.object({ blockerId: id, blockedId: id }),
  }),
]);
type GraphEvent = z.output<typeof event>;
const record = z.object({ events: z.array(z.object({ type: z.string(), data: z.unknown() })) });
const known = new Set<string>(event.options.map((option) => option.shape.type.value));

interface Pair {
  readonly from: string;
  readonly to: string;
  readonly since: string;
}

/** By id, as texts compare. */
const byId = (a: { id: string }, b: { id: string }) => (a.id < b.id ? -1 : 1);

export class GraphFold {
  readonly #accounts = new Map<string, { username: string; joinedAt: string; active: boolean }>();
  #follows: readonly Pair[] = [];
  #blocks: readonly Pair[] = [];

  /** Folds the feeds of all partitions, one after another: what an event changes is its actor's. */
  static async of(store: Store): Promise<GraphFold> {
    const fold = new GraphFold();
    for (let partition = 0; partition < store.partitions; partition++) {
      for (const { body } of await store.readFeed(partition, 0, 100_000)) {
        for (const recorded of record.parse(JSON.parse(body)).events) {
          if (known.has(recorded.type)) fold.#take(event.parse(recorded));
        }
      }
    }
    return fold;
  }

  #take({ type, data }: GraphEvent): void {
    switch (type) {
      case 'AccountRegistered': {
        const { username, registeredAt } = data;
        this.#accounts.set(data.accountId, { username, joinedAt: registeredAt, active: true });
        return;
      }
      case 'AccountDeactivated': {
        const account = this.#accounts.get(data.accountId);
        if (account) account.active = false;
        return;
      }
      case 'FollowCreated':
        this.#follows = [
          ...this.#follows,
          { from: data.followerId, to: data.followeeId, since: data.createdAt },
        ];
        return;
      case 'FollowRemoved':
        this.#follows = without(this.#follows, data.followerId, data.followeeId);
        return;
      case 'AccountBlocked':
        if (has(this.#blocks, data.blockerId, data.blockedId)) return;
        this.#blocks = [
          ...this.#blocks,
          { from: data.blockerId, to: data.blockedId, since: data.blockedAt },
        ];
        return;
      case 'AccountUnblocked':
        this.#blocks = without(this.#blocks, data.blockerId, data.blockedId);
    }
  }

  get ids(): readonly string[] {
    return [...this.#accounts.keys()];
  }

  profile(id: string) {
    const account = this.#accounts.get(id);
    if (!account) return null;
    return {
      id,
      username: account.username,
      displayName: account.username,
      followerCount: this.#followersOf(id).length,
      followingCount: this.#follows.filter(({ from }) => from === id).length,
      isActive: account.active,
      joinedAt: account.joinedAt,
    };
  }

  stats(id: string) {
    const profile = this.profile(id);
    if (!profile) return null;
    const { followerCount, followingCount } = profile;
    return { followerCount, followingCount, mutualCount: this.#mutualsOf(id).length };
  }

  followers(id: string) {
    return this.#page(
      id,
      this.#followersOf(id).map(({ from, since }) => ({ id: from, since })),
    );
  }

  following(id: string) {
    return this.#page(id, targets(this.#follows, id));
  }

  blocked(id: string) {
    return this.#page(id, targets(this.#blocks, id));
  }

  mutuals(id: string) {
    return this.#page(id, this.#mutualsOf(id));
  }

  suggestions(id: string, limit: number) {
    if (!this.#accounts.has(id)) return null;
    const near = targets(this.#follows, id).map((each) => each.id);
    const found = this.ids
      .filter((each) => each !== id && this.#accounts.get(each)?.active)
      .filter((each) => !near.includes(each))
      .filter((each) => !has(this.#blocks, id, each) && !has(this.#blocks, each, id))
      .map((each) => ({
        id: each,
        username: this.#accounts.get(each)?.username,
        paths: near.filter((between) => has(this.#follows, between, each)).length,
      }))
      .filter(({ paths }) => paths > 0)
      .sort(byId)
      .sort((a, b) => this.#followersOf(b.id).length - this.#followersOf(a.id).length)
      .sort((a, b) => b.paths - a.paths);
    return { items: found.slice(0, limit) };
  }

  /** Active or not. */
  named(username: string) {
    return { items: this.#profiles((name) => name === username.toLowerCase()) };
  }

  /** Active ones whose username begins so; all of them for the empty text. */
  prefixed(prefix: string, limit: number) {
    const found = this.#profiles((name) => name.startsWith(prefix.toLowerCase()))
      .filter(({ isActive }) => isActive)
      .sort(byId)
      .sort((a, b) => b.followerCount - a.followerCount);
    return { items: found.slice(0, limit) };
  }

  #profiles(isWanted: (name: string) => boolean) {
    return this.ids
      .flatMap((id) => this.profile(id) ?? [])
      .filter(({ username }) => isWanted(username.toLowerCase()));
  }

  #followersOf(id: string): readonly Pair[] {
    return this.#follows.filter(({ to }) => to === id);
  }

  #mutualsOf(id: string) {
    return this.#followersOf(id).flatMap((back) => {
      const own = this.#follows.find(({ from, to }) => from === id && to === back.from);
      if (!own) return [];
      const [, later = ''] = [own.since, back.since].sort();
      return [{ id: back.from, since: later }];
    });
  }

  /** All pages in one; `null` without the account. */
  #page(id: string, others: readonly { readonly id: string; readonly since: string }[]) {
    if (!this.#accounts.has(id)) return null;
    return others
      .map((each) => ({ ...each, username: this.#accounts.get(each.id)?.username }))
      .sort((a, b) => byId(b, a))
      .sort((a, b) => Date.parse(b.since) - Date.parse(a.since));
  }
}

function has(pairs: readonly Pair[], from: string, to: string): boolean {
  return pairs.some((pair) => pair.from === from && pair.to === to);
}

function without(pairs: readonly Pair[], from: string, to: string): readonly Pair[] {
  return pairs.filter((pair) => pair.from !== from || pair.to !== to);
}

function targets(pairs: readonly Pair[], id: string) {
  return pairs.filter(({ from }) => from === id).map(({ to, since }) => ({ id: to, since }));
}
