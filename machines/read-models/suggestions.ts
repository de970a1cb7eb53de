import { z } from 'zod';
import { defineQuery, entry, type Reader, size, view } from '../../src/define/index.ts';
import { accountView, blocked, following } from '../account/collections.ts';
import { AccountId } from '../values.ts';
import { accountParams, limitOf } from './account-page.ts';
import { followersModel } from './followers.ts';

/** How many of the accounts that one follows are asked whom they follow: the newest. */
const FOLLOWED_MAX = 200;
/** How many of those that each of them follows are counted: the newest. */
const FOLLOWED_OF_EACH_MAX = 100;
/** How many of what is found then are compared: those with the most paths, then the first by id. */
const COMPARED_MAX = 500;

interface Candidate {
  readonly id: string;
  /** How many of those that one follows follow it. */
  readonly paths: number;
}

export const suggestions = defineQuery({
  name: 'listSuggestions',
  summary: 'Whom an account may want to follow: accounts followed by those it follows.',
  route: '/v1/accounts/{id}/suggestions',
  params: accountParams,
  search: z.strictObject({ limit: limitOf(20) }),
  result: z.object({
    items: z.array(z.object({ id: AccountId, username: z.string(), paths: z.int().min(1) })),
  }),
  run: async ({ params: { id }, search: { limit } }, reader) => {
    const [{ account }, followed] = await Promise.all([
      reader.facts({ account: view(accountView, id) }),
      reader.page(following, id, { limit: FOLLOWED_MAX, cursor: null }),
    ]);
    if (account === null) return null;
    const near = followed.items.map(({ key }) => key);
    const candidates = await ranked(await candidatesOf(id, near, reader), reader);
    return { items: await firstAllowed(id, candidates, limit, reader) };
  },
});

/** Whom the accounts near this one follow, save for itself and them. */
async function candidatesOf(
  id: string,
  near: readonly string[],
  reader: Reader,
): Promise<readonly Candidate[]> {
  const pages = await Promise.all(
    near.map((each) => reader.page(following, each, { limit: FOLLOWED_OF_EACH_MAX, cursor: null })),
  );
  const paths = new Map<string, number>();
  for (const { key } of pages.flatMap(({ items }) => items)) {
    paths.set(key, (paths.get(key) ?? 0) + 1);
  }
  for (const known of [id, ...near]) paths.delete(known);
  return Array.from(paths, ([key, count]) => ({ id: key, paths: count }));
}

/** Most paths first, then most followed, then by id. */
async function ranked(
  candidates: readonly Candidate[],
  reader: Reader,
): Promise<readonly Candidate[]> {
  const compared = candidates
    .toSorted((a, b) => b.paths - a.paths || (a.id < b.id ? -1 : 1))
    .slice(0, COMPARED_MAX);
  const followers = await reader.each(compared.map((each) => size(followersModel, each.id)));
  const counts = new Map(compared.map((each, place) => [each, followers[place] ?? 0]));
  // Sorting keeps the order by id of those that are equal.
  return compared.toSorted(
    (a, b) => b.paths - a.paths || (counts.get(b) ?? 0) - (counts.get(a) ?? 0),
  );
}

/** The first that the account may follow and does not. */
async function firstAllowed(
  id: string,
  candidates: readonly Candidate[],
  limit: number,
  reader: Reader,
) {
  const allowed: (Candidate & { readonly username: string })[] = [];
  let from = 0;
  while (from < candidates.length && allowed.length < limit) {
    // More each time: the round trips are few also where nearly all are refused.
    const some = candidates.slice(from, 2 * from + 2 * limit);
    allowed.push(...(await allowedAmong(id, some, reader)));
    from += some.length;
  }
  return allowed.slice(0, limit);
}

async function allowedAmong(id: string, candidates: readonly Candidate[], reader: Reader) {
  const ids = candidates.map((each) => each.id);
  const [views, follows, blocks, blocksOfThem] = await Promise.all([
    reader.each(ids.map((each) => view(accountView, each))),
    reader.each(ids.map((each) => entry(following, id, each))),
    reader.each(ids.map((each) => entry(blocked, id, each))),
    reader.each(ids.map((each) => entry(blocked, each, id))),
  ]);
  return candidates.flatMap((each, place) => {
    const account = views[place];
    if (!account?.isActive) return [];
    if (follows[place] || blocks[place] || blocksOfThem[place]) return [];
    return [{ ...each, username: account.username }];
  });
}
