import {
  defineProjection,
  defineQuery,
  defineReadModel,
  put,
  remove,
} from '../../src/define/index.ts';
import { events } from '../account/events.ts';
import { accountPage, accountParams, pageSearch, readAccountPage } from './account-page.ts';

/** Who follows an account, by the follower's id, since the follow was made; ranked by how many. */
export const followersModel = defineReadModel('followers', { ranked: true });

/** An entry is changed by events of the follower alone, so that it has the follower's order. */
export const followers = defineProjection({
  name: 'followers',
  model: followersModel,
  on: { FollowCreated: events.FollowCreated, FollowRemoved: events.FollowRemoved },
  folds: {
    FollowCreated: ({ followeeId, followerId, createdAt }) => [
      { owner: followeeId, change: put(followerId, createdAt) },
    ],
    FollowRemoved: ({ followeeId, followerId }) => [
      { owner: followeeId, change: remove(followerId) },
    ],
  },
});

export const listFollowers = defineQuery({
  name: 'listFollowers',
  summary: 'Who follows an account, newest first.',
  route: '/v1/accounts/{id}/followers',
  params: accountParams,
  search: pageSearch,
  result: accountPage,
  run: (input, reader) => readAccountPage(followersModel, input, reader),
});
