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

/** The profile of an account; `null` without it. */
export async function readProfile(
  id: string,
  reader: Reader,
): Promise<z.input<typeof profile> | null> {
  const { account, followerCount, followingCount } = await reader.facts({
    account: view(accountView, id),
    followerCount: size(followersModel, id),
    followingCount: size(following, id),
  });
  if (account === null) return null;
  const { username, isActive, joinedAt } = account;
  return {
    id,
    username,
    displayName: username,
    followerCount,
    followingCount,
    isActive,
    joinedAt,
  };
}

export const getAccount = defineQuery({
  name: 'getAccount',
  summary: 'The profile of an account.',
  route: '/v1/accounts/{id}',
  params: accountParams,
  search: z.strictObject({}),
  result: profile,
  run: ({ params: { id } }, reader) => readProfile(id, reader),
});
