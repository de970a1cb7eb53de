import { z } from 'zod';
import { accountId, parseRatings } from '../../src/cli/ratings.ts';

/** What one account must have come to. */
export interface Account {
  /** Ids it followed, blocked, and was refused to follow: one entry for each event. */
  readonly followed: string[];
  readonly blocked: string[];
  readonly refused: string[];
}

/** What all must have come to, worked out from the file alone. */
export interface Expected {
  readonly accounts: ReadonlyMap<string, Account>;
  readonly noEffect: number;
}

export function expectedOf(text: string): Expected {
  const accounts = new Map<string, Account>();
  const accountOf = (id: string): Account => {
    const known = accounts.get(id) ?? { followed: [], blocked: [], refused: [] };
    accounts.set(id, known);
    return known;
  };
  let noEffect = 0;
  for (const { rater, rated, value } of parseRatings(text).toSorted((a, b) => a.time - b.time)) {
    const [from, to] = [accountId(rater), accountId(rated)];
    const [actor, other] = [accountOf(from), accountOf(to)];
    if (value < 0) actor.blocked.push(to);
    else if (actor.blocked.includes(to) || other.blocked.includes(from)) actor.refused.push(to);
    else if (actor.followed.includes(to)) noEffect++;
    else actor.followed.push(to);
  }
  return { accounts, noEffect };
}

const trailPage = z.object({
  items: z.array(z.object({ type: z.string(), data: z.record(z.string(), z.unknown()) })),
  nextCursor: z.string().optional(),
});
const listPage = z.object({
  items: z.array(z.object({ id: z.string() })),
  nextCursor: z.string().optional(),
});

/** An account as the server tells it, from its trail and its lists. */
export interface Seen extends Account {
  readonly registered: number;
  /** Events of no kind that a replay without policies makes. */
  readonly others: string[];
  readonly following: string[];
  readonly blocking: string[];
}

async function everyItem<T>(
  url: URL,
  cursor: string,
  page: z.ZodType<{ items: T[]; nextCursor?: string | undefined }>,
): Promise<T[]> {
  const items: T[] = [];
  url.searchParams.set('limit', '200');
  for (;;) {
    const response = await fetch(url);
    if (!response.ok) throw new Error(`${url.href}: ${response.status} ${await response.text()}`);
    const { items: more, nextCursor } = page.parse(await response.json());
    items.push(...more);
    if (nextCursor === undefined) return items;
    url.searchParams.set(cursor, nextCursor);
  }
}

async function seenOf(base: string, id: string): Promise<Seen> {
  const trail = await everyItem(
    new URL(`v1/actors/account/${id}/events`, base),
    'before',
    trailPage,
  );
  const ids = async (list: string) => {
    const items = await everyItem(new URL(`v1/accounts/${id}/${list}`, base), 'cursor', listPage);
    return items.map((item) => item.id).toSorted();
  };
  const about = (type: string, field: string) =>
    trail
      .filter((event) => event.type === type)
      .map(({ data }) => String(data[field]))
      .toSorted();
  const known = ['AccountRegistered', 'FollowCreated', 'AccountBlocked', 'FollowRejected'];
  return {
    registered: about('AccountRegistered', 'accountId').length,
    followed: about('FollowCreated', 'followeeId'),
    blocked: about('AccountBlocked', 'blockedId'),
    refused: about('FollowRejected', 'followeeId'),
    others: trail.map(({ type }) => type).filter((type) => !known.includes(type)),
    following: await ids('following'),
    blocking: await ids('blocked'),
  };
}

/** Reads every account; `together` of them at once. */
export async function seenAll(
  base: string,
  ids: readonly string[],
  together = 24,
): Promise<ReadonlyMap<string, Seen>> {
  const seen = new Map<string, Seen>();
  const left = [...ids];
  const reader = async () => {
    for (let id = left.pop(); id !== undefined; id = left.pop()) {
      seen.set(id, await seenOf(base, id));
    }
  };
  await Promise.all(Array.from({ length: together }, reader));
  return seen;
}
