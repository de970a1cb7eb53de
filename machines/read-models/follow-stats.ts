import { z } from 'zod';
import { defineQuery, size, view } from '../../src/define/index.ts';
import { accountView, following } from '../account/collections.ts';
import { accountParams } from './account-page.ts';
import { followersModel } from './followers.ts';
import { readMutuals } from './mutuals.ts';

const count = z.int().min(0);

export const followStats = defineQuery({
  name: 'getFollowStats',
  summary: 'How many accounts follow one, are followed by it, and both.',
  route: '/v1/accounts/{id}/follow-stats',
  params: accountParams,
  search: z.strictObject({}),
  result: z.object({ followerCount: count, followingCount: count, mutualCount: count }),
  run: async ({ params: { id } }, reader) => {
    const [{ account, followerCount, followingCount }, mutuals] = await Promise.all([
      reader.facts({
        account: view(accountView, id),
        followerCount: size(followersModel, id),
        followingCount: size(following, id),
      }),
      readMutuals(id, reader),
    ]);
    if (account === null) return null;
    return { followerCount, followingCount, mutualCount: mutuals.length };
  },
});
