/** The paths that cover the app's machines, and why some of it is not to be had by commands. */
import { FOLLOW_LIMIT } from '../../machines/account/collections.ts';
import { app } from '../../machines/index.ts';
import {
  type Allowed,
  type CommandBody,
  coverApp,
  type PolicyCoverOptions,
} from '../../src/testing/index.ts';

const RACE = 'only a block or a deactivation between a follow and its policy does it';
const MANY = 'takes more follows than a path has commands';
const LATE = 'only a read model that lags does it';

/** What no path of a few commands comes to; `policy-coverage.test.ts` takes every one of these. */
export const allowed: Allowed = {
  'follow-guard': {
    'looking · FollowCreated [followeeBlocks]': RACE,
    'looking · FollowCreated [followerBlocks]': RACE,
    'looking · FollowCreated [oneIsInactive]': RACE,
  },
  'follow-limit': { 'looking · FollowCreated [exceedsLimit]': MANY },
  'account-cleanup': {
    'removingFollowing · command.* [pageHasItems]': MANY,
    'removingFollowers · command.* [pageHasItems]': MANY,
    'awaitingFollowers · after untilNextLook [otherwise]': LATE,
    'awaitingFollowers · after untilNextLook [readModelHasPassed] refused': LATE,
  },
};

const names = ['ann', 'bob', 'cid'];
const follow = (followerId: string, followeeId: string): CommandBody => ({
  type: 'FollowAccount',
  data: { followerId, followeeId },
});

/** Three who know each other: enough for a clean-up that waits for more than one removal. */
const circle: readonly CommandBody[] = [
  ...names.map((name) => ({
    type: 'RegisterAccount',
    data: { accountId: name, username: name, email: `${name}@example.org` },
  })),
  follow('ann', 'bob'),
  follow('ann', 'cid'),
  follow('bob', 'ann'),
  follow('cid', 'ann'),
  { type: 'DeactivateAccount', data: { accountId: 'ann' } },
];

const created = {
  relationshipId: 'r',
  followerId: 'ann',
  followeeId: 'bob',
  createdAt: '2000-01-01T00:00:00.000Z',
};

/** What no schema says: how many were followed when a follow was recorded. */
export const samples: PolicyCoverOptions = {
  events: [FOLLOW_LIMIT - 1, FOLLOW_LIMIT].map((followingBefore) => ({
    type: 'FollowCreated',
    data: created,
    facts: { followingBefore },
  })),
};

export const { paths, coverage } = coverApp(app, { allowed, more: [{ commands: circle, names }] });
