import {
  defineInvariant,
  entry,
  page,
  type SendingOf,
  size,
  view,
} from '../../src/define/index.ts';
import { accountView, blocked, FOLLOW_LIMIT, following } from '../account/collections.ts';
import type { commands } from '../account/commands.ts';
import { AccountId } from '../values.ts';

/** How many follows one audit takes back of one account at most. */
const TAKEN_BACK_MAX = 200;

type Removal = Omit<Extract<SendingOf<typeof commands>, { command: 'RemoveFollower' }>, 'ref'>;

/** No follow stands beside a block, and none with a side that is inactive or gone. */
export const followsThatMayStand = defineInvariant<typeof commands>()({
  name: 'follows-that-may-stand',
  of: following,
  facts: ({ id, entry: { key } }) => ({
    follower: view(accountView, id),
    followee: view(accountView, key),
    blockByFollowee: entry(blocked, key, id),
    blockOfFollowee: entry(blocked, id, key),
  }),
  mend: ({ id, entry: follow }, facts): readonly Removal[] => {
    const { follower, followee, blockByFollowee, blockOfFollowee } = facts;
    const removal = (reason: string): readonly Removal[] => [
      {
        command: 'RemoveFollower',
        data: {
          followerId: AccountId.parse(id),
          followeeId: AccountId.parse(follow.key),
          relationshipId: follow.value.relationshipId,
          reason,
        },
      },
    ];
    if (blockByFollowee) return removal('blocked_by_followee');
    if (blockOfFollowee) return removal('blocked_followee');
    const areActive = follower?.isActive === true && followee?.isActive === true;
    return areActive ? [] : removal('account_deactivated');
  },
});

/** Nobody follows more than he may: the last ones beyond that are taken back. */
export const followsWithinLimit = defineInvariant<typeof commands>()({
  name: 'follows-within-limit',
  of: accountView,
  facts: ({ id }) => ({
    count: size(following, id),
    newest: page(following, id, { limit: TAKEN_BACK_MAX, after: null }),
  }),
  mend: ({ id }, { count, newest }): readonly Removal[] =>
    newest.items.slice(0, Math.max(0, count - FOLLOW_LIMIT)).map((follow) => ({
      command: 'RemoveFollower',
      data: {
        followerId: AccountId.parse(id),
        followeeId: AccountId.parse(follow.key),
        relationshipId: follow.value.relationshipId,
        reason: 'follow_limit_exceeded',
      },
    })),
});
