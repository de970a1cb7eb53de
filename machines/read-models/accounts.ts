import { z } from 'zod';
import { defineQuery, type Reader, size, view } from '../../src/define/index.ts';
import { accountView } from '../account/collections.ts';
import { optionalLimit } from './account-page.ts';
import { followersModel } from './followers.ts';
import { type Profile, profile, readProfiles } from './profile.ts';
import { findByPrefix, findByUsername } from './usernames.ts';

const LIMIT = 20;
/** How many accounts of a prefix are compared, whoever follows them. */
const NAMESAKES_MAX = 500;

/** Part of a username, or what is none: it finds nothing then. */
const name = z
  .string()
  .min(1)
  .max(64)
  .overwrite((text) => text.normalize('NFC'));

const search = z
  .strictObject({
    username: name.optional().describe('The account with this username, in any case'),
    prefix: name.optional().describe('Active accounts whose username begins so, in any case'),
    limit: optionalLimit.describe(`1 to 200, ${LIMIT} unless given; not with \`username\``),
  })
  .superRefine(({ username, prefix, limit }, context) => {
    const asked = [username, prefix].filter((each) => each !== undefined).length;
    const say = (field: string, message: string) =>
      context.addIssue({ code: 'custom', path: [field], message });
    if (asked !== 1) say('username', 'Exactly one of `username` and `prefix` is to be given');
    else if (username !== undefined && limit !== undefined) {
      say('limit', 'A username has at most one account: no limit goes with it');
    }
  });

export const findAccounts = defineQuery({
  name: 'findAccounts',
  summary: 'Accounts by username, or active ones by the beginning of it, most followed first.',
  route: '/v1/accounts',
  params: z.strictObject({}),
  search,
  result: z.object({ items: z.array(profile) }),
  run: async ({ search: { username, prefix = '', limit = LIMIT } }, reader) => {
    if (username !== undefined) {
      const id = await findByUsername(username, reader);
      return { items: id === null ? [] : await readProfiles([id], reader) };
    }
    const { ids } = await findByPrefix(prefix, NAMESAKES_MAX, reader);
    return { items: await mostFollowed(ids, limit, reader) };
  },
});

/** The active ones of these accounts, most followed first, then by id. */
async function mostFollowed(
  ids: readonly string[],
  limit: number,
  reader: Reader,
): Promise<Profile[]> {
  const [views, followers] = await Promise.all([
    reader.each(ids.map((id) => view(accountView, id))),
    reader.each(ids.map((id) => size(followersModel, id))),
  ]);
  const active = ids
    .map((id, place) => ({ id, followers: followers[place] ?? 0, view: views[place] }))
    .filter((each) => each.view?.isActive)
    .sort((a, b) => b.followers - a.followers || (a.id < b.id ? -1 : 1));
  return readProfiles(
    active.slice(0, limit).map(({ id }) => id),
    reader,
  );
}
