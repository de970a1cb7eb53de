/** What a server has come to, as it tells over HTTP. */
import { z } from 'zod';
import type { Client } from '../faults/client.ts';
import type { Account } from './model.ts';

const trailPage = z.object({
  items: z.array(
    z.object({
      type: z.string(),
      cause: z.object({ type: z.string() }),
      data: z.record(z.string(), z.unknown()),
    }),
  ),
  nextCursor: z.string().optional(),
});
const listPage = z.object({
  items: z.array(z.object({ id: z.string() })),
  nextCursor: z.string().optional(),
});

type TrailEvent = z.infer<typeof trailPage>['items'][number];

/** An account as its trail and its lists tell; who follows it stands elsewhere. */
export interface Seen extends Omit<Account, 'removed' | 'followers'> {
  /** How often it was registered. */
  readonly registered: number;
  readonly removed: readonly { readonly to: string; readonly reason: unknown }[];
  /** Events of no kind that a replay makes, and removals of no follow that there was. */
  readonly others: readonly TrailEvent[];
}

const KNOWN = new Set([
  'AccountRegistered',
  'FollowCreated',
  'FollowRemoved',
  'FollowRejected',
  'AccountBlocked',
]);

export class Reading {
  readonly #client: Client;
  readonly #base: string;

  constructor(client: Client, base: string) {
    this.#client = client;
    this.#base = base;
  }

  /** Reads accounts, `together` of them at once. */
  async accounts(ids: readonly string[], together = 24): Promise<ReadonlyMap<string, Seen>> {
    const seen = new Map<string, Seen>();
    const left = [...ids];
    const reader = async () => {
      for (let id = left.pop(); id !== undefined; id = left.pop()) {
        seen.set(id, await this.#account(id));
      }
    };
    await Promise.all(Array.from({ length: together }, reader));
    return seen;
  }

  async #account(id: string): Promise<Seen> {
    const trail = await this.#everyItem(`v1/actors/account/${id}/events`, 'before', trailPage);
    const about = (type: string, field: string) =>
      trail
        .filter((event) => event.type === type)
        .map(({ data }) => String(data[field]))
        .toSorted();
    const removals = trail.filter(({ type }) => type === 'FollowRemoved');
    const relationships = new Set(about('FollowCreated', 'relationshipId'));
    return {
      registered: about('AccountRegistered', 'accountId').length,
      followed: about('FollowCreated', 'followeeId'),
      blocked: about('AccountBlocked', 'blockedId'),
      refused: about('FollowRejected', 'followeeId'),
      removed: removals
        .map(({ data }) => ({ to: String(data.followeeId), reason: data.reason }))
        .toSorted((one, other) => (one.to < other.to ? -1 : 1)),
      // Each follow is removed once at the most.
      others: trail.filter(
        ({ type, data }) =>
          !KNOWN.has(type) ||
          (type === 'FollowRemoved' && !relationships.delete(String(data.relationshipId))),
      ),
      following: await this.#list(id, 'following'),
      blocking: await this.#list(id, 'blocked'),
    };
  }

  async #list(id: string, list: string): Promise<string[]> {
    const items = await this.#everyItem(`v1/accounts/${id}/${list}`, 'cursor', listPage);
    return items.map((item) => item.id).toSorted();
  }

  async #everyItem<T>(
    path: string,
    cursor: string,
    page: z.ZodType<{ items: T[]; nextCursor?: string | undefined }>,
  ): Promise<T[]> {
    const items: T[] = [];
    const url = new URL(path, this.#base);
    url.searchParams.set('limit', '200');
    for (;;) {
      const { status, text } = await this.#client.get(url.href);
      if (status !== 200) throw new Error(`${url.href}: ${status} ${text}`);
      const { items: more, nextCursor } = page.parse(JSON.parse(text));
      items.push(...more);
      if (nextCursor === undefined) return items;
      url.searchParams.set(cursor, nextCursor);
    }
  }
}
