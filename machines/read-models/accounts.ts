import { z } from 'zod';
import { defineQuery, type Reader, view } from '../../src/define/index.ts';
import { accountView } from '../account/collections.ts';
import { normalize } from '../values.ts';
import { optionalLimit } from './account-page.ts';
import { followersModel } from './followers.ts';
import { type Profile, profile, readProfiles } from './profile.ts';
import { findByPrefix, findByUsername } from './usernames.ts';

const LIMIT = 20;
/** How many accounts of a prefix are all compared, whoever follows them; or as many as are asked for. */
const COMPARED_MAX = 50;
/** Of more, the most followed come first: out of so many, looked up at most so long ago. */
const MOST_FOLLOWED_MAX = 1_000;
const MOST_FOLLOWED_AGE_MS_MAX = 5_000;
/** How many accounts are read beyond those asked for: some may be inactive. */
const SPARE = 5;
/** Out of how many accounts those come whom nobody follows. */
const NAMESAKES_MAX = 500;

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
    const found =
      prefix === undefined ? await popular(limit, reader) : await namesakes(prefix, limit, reader);
    return { items: [...found] };
  },
});

/**
 * The first of all active accounts. Some of the most followed may be inactive for a moment, while
 * their followers are removed; and where few are followed at all, others come after them.
 */
async function popular(limit: number, reader: Reader): Promise<readonly Profile[]> {
  let active: readonly Profile[] = [];
  for (const asked of [limit + SPARE, MOST_FOLLOWED_MAX]) {
    const ranked = await reader.ranking(followersModel, asked);
    const most = ranked.map(({ id }) => id);
    active = await activeOf(most, reader);
    if (active.length >= limit) break;
    if (most.length === asked) continue;
    const others = await findByPrefix('', NAMESAKES_MAX, reader);
    active = await activeOf([...most, ...others.ids], reader);
    break;
  }
  return firstOf(active, limit);
}

/** The first of the active accounts whose username begins so. */
async function namesakes(
  prefix: string,
  limit: number,
  reader: Reader,
): Promise<readonly Profile[]> {
  const found = await findByPrefix(prefix, Math.max(COMPARED_MAX, limit), reader);
  if (found.areAll) return firstOf(await activeOf(found.ids, reader), limit);
  const start = normalize(prefix);
  const known = await reader.recent('most followed', MOST_FOLLOWED_AGE_MS_MAX, mostOfMany);
  const most = known ?? (await mostFollowed(reader));
  const alike = most.filter(({ name }) => name.startsWith(start)).map(({ id }) => id);
  const candidates = [...new Set([...alike, ...found.ids])];
  const active = await activeOf(candidates.slice(0, limit + SPARE), reader);
  if (active.length >= limit) return firstOf(active, limit);
  return firstOf(await activeOf(candidates, reader), limit);
}

/** The most followed accounts; `null` where so few are followed that all are read, as they are now. */
async function mostOfMany(reader: Reader) {
  const most = await mostFollowed(reader);
  return most.length === MOST_FOLLOWED_MAX ? most : null;
}

/** The most followed accounts with their names: the first has most followers. */
async function mostFollowed(reader: Reader) {
  const ranked = await reader.ranking(followersModel, MOST_FOLLOWED_MAX);
  const views = await reader.each(ranked.map(({ id }) => view(accountView, id)));
  return ranked.map(({ id }, place) => ({ id, name: normalize(views[place]?.username ?? '') }));
}

/** The active ones of these accounts, each once. */
async function activeOf(ids: readonly string[], reader: Reader): Promise<readonly Profile[]> {
  const profiles = await readProfiles([...new Set(ids)], reader);
  return profiles.filter(({ isActive }) => isActive);
}

/** The most followed, then by id. */
function firstOf(accounts: readonly Profile[], limit: number): readonly Profile[] {
  return accounts
    .toSorted((a, b) => b.followerCount - a.followerCount || (a.id < b.id ? -1 : 1))
    .slice(0, limit);
}
