import { z } from 'zod';
import { defineQuery, type Reader, size, view } from '../../src/define/index.ts';
import { accountView, following } from '../account/collections.ts';
import { AccountId, Timestamp } from '../values.ts';
import { accountParams } from './account-page.ts';
import { followersModel } from './followers.ts';

/** What anyone may see of an account. Never the email. */
export const profile = z.object({
  id: AccountId,
  username: z.string(),
  displayName: z.string(),
  followerCount: z.int().min(0),
  followingCount: z.int().min(0),
  isActive: z.boolean(),
  joinedAt: Timestamp,
});
export type Profile = z.input<typeof profile>;

/** The profiles of accounts, in the order of their ids, without those that are not there. */
export async function readProfiles(ids: readonly string[], reader: Reader): Promise<Profile[]> {
  const [views, followers, followed] = await Promise.all([
    reader.each(ids.map((id) => view(accountView, id))),
    reader.each(ids.map((id) => size(followersModel, id))),
    reader.each(ids.map((id) => size(following, id))),
  ]);
  return ids.flatMap((id, place) => {
    const account = views[place];
    if (!account) return [];
    const { username, isActive, joinedAt } = account;
    return [
      {
        id,
        username,
        displayName: username,
        followerCount: followers[place] ?? 0,
        followingCount: followed[place] ?? 0,
        isActive,
        joinedAt,
      },
    ];
  });
}

export const getAccount = defineQuery({
  name: 'getAccount',
  summary: 'The profile of an account.',
  route: '/v1/accounts/{id}',
  params: accountParams,
  search: z.strictObject({}),
  result: profile,
  run: async ({ params: { id } }, reader) => {
    const [found = null] = await readProfiles([id], reader);
    return found;
  },
});
