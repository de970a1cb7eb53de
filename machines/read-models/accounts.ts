import { z } from 'zod';
import { defineQuery, type Ranked, type Reader, size, view } from '../../src/define/index.ts';
import { accountView } from '../account/collections.ts';
import { normalize } from '../values.ts';
import { optionalLimit } from './account-page.ts';
import { followersModel } from './followers.ts';
import { profile, readProfiles } from './profile.ts';
import { findByPrefix, findByUsername } from './usernames.ts';

const LIMIT = 20;
/** How many accounts of a prefix are compared whoever follows them: the first there are. */
const NAMESAKES_MAX = 500;
/** How many of the most followed accounts are looked through beside them. */
const MOST_FOLLOWED_MAX = 1_000;

/** A username or the beginning of one; what can be neither finds nothing. */
const name = z
  .string()
  .min(1)
  .max(64)
  .overwrite((text) => text.normalize('NFC'));

const search = z
  .strictObject({
    username: name.optional().describe('The account with this username, in any case'),
    prefix: name.optional().describe('Active accounts whose username begins so, in any case'),
    sort: z.enum(['popular']).optional().describe('All active accounts'),
    limit: optionalLimit.describe(`1 to 200, ${LIMIT} unless given; not with \`username\``),
  })
  .superRefine(({ username, prefix, sort, limit }, context) => {
    const say = (field: string, message: string) =>
      context.addIssue({ code: 'custom', path: [field], message });
    const asked = Object.entries({ username, prefix, sort }).filter(
      ([, value]) => value !== undefined,
    );
    if (asked.length !== 1) {
      const fields = asked.length === 0 ? ['username'] : asked.slice(1).map(([field]) => field);
      for (const field of fields) say(field, 'Exactly one of username, prefix and sort is given');
    }
    if (username !== undefined && limit !== undefined) {
      say('limit', 'No limit goes with a username, which one account has at most');
    }
  });

export const findAccounts = defineQuery({
  name: 'findAccounts',
  summary:
    'The account of a username, or active ones by its beginning or all, most followed first.',
  route: '/v1/accounts',
  params: z.strictObject({}),
  search,
  result: z.object({ items: z.array(profile) }),
  run: async ({ search: { username, prefix, limit = LIMIT } }, reader) => {
    if (username !== undefined) {
      const id = await findByUsername(username, reader);
      return { items: id === null ? [] : await readProfiles([id], reader) };
    }
    const ids =
      prefix === undefined ? await popular(limit, reader) : await namesakes(prefix, limit, reader);
    return { items: await readProfiles(ids, reader) };
  },
});

/** An account as it is compared. */
interface Known {
  readonly id: string;
  readonly name: string;
  readonly followers: number;
}

/**
 * The first of all active accounts. Some of the most followed may be inactive for a moment, while
 * their followers are removed; and where few are followed at all, others come after them.
 */
async function popular(limit: number, reader: Reader): Promise<readonly string[]> {
  let active: readonly Known[] = [];
  for (const asked of [2 * limit, MOST_FOLLOWED_MAX]) {
    const first = await reader.ranking(followersModel, asked);
    active = await activeOf(idsOf(first), reader);
    if (active.length >= limit) break;
    if (first.length === asked) continue;
    const others = await findByPrefix('', NAMESAKES_MAX, reader);
    active = await activeOf([...idsOf(first), ...others.ids], reader);
    break;
  }
  return firstOf(active, limit);
}

/** The first of the active accounts whose username begins so. */
async function namesakes(
  prefix: string,
  limit: number,
  reader: Reader,
): Promise<readonly string[]> {
  const found = await findByPrefix(prefix, NAMESAKES_MAX, reader);
  if (found.areAll) return firstOf(await activeOf(found.ids, reader), limit);
  const most = await reader.ranking(followersModel, MOST_FOLLOWED_MAX);
  const start = normalize(prefix);
  const active = await activeOf([...found.ids, ...idsOf(most)], reader);
  const alike = active.filter(({ name }) => name.startsWith(start));
  return firstOf(alike, limit);
}

function idsOf(ranked: readonly Ranked[]): readonly string[] {
  return ranked.map(({ id }) => id);
}

/** The active ones of these accounts, each once. */
async function activeOf(ids: readonly string[], reader: Reader): Promise<readonly Known[]> {
  const distinct = [...new Set(ids)];
  const [views, followers] = await Promise.all([
    reader.each(distinct.map((id) => view(accountView, id))),
    reader.each(distinct.map((id) => size(followersModel, id))),
  ]);
  return distinct.flatMap((id, place) => {
    const account = views[place];
    if (!account?.isActive) return [];
    return [{ id, name: normalize(account.username), followers: followers[place] ?? 0 }];
  });
}

/** The most followed, then by id. */
function firstOf(accounts: readonly Known[], limit: number): readonly string[] {
  return accounts
    .toSorted((a, b) => b.followers - a.followers || (a.id < b.id ? -1 : 1))
    .slice(0, limit)
    .map(({ id }) => id);
}
