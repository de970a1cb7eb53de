import { defineApp } from '../src/define/index.ts';
import { account } from './account/aggregate.ts';
import { followsThatMayStand, followsWithinLimit } from './invariants/follows.ts';
import { accountCleanup } from './policies/account-cleanup.ts';
import { blocking } from './policies/blocking.ts';
import { followGuard } from './policies/follow-guard.ts';
import { followLimit } from './policies/follow-limit.ts';
import { findAccounts } from './read-models/accounts.ts';
import { blocked } from './read-models/blocked.ts';
import { followStats } from './read-models/follow-stats.ts';
import { followers, listFollowers } from './read-models/followers.ts';
import { following } from './read-models/following.ts';
import { listMutuals } from './read-models/mutuals.ts';
import { getAccount } from './read-models/profile.ts';
import { relationship } from './read-models/relationship.ts';
import { suggestions } from './read-models/suggestions.ts';
import { usernames } from './read-models/usernames.ts';

/** Everything that is served: a new aggregate, policy, projection or query is one line here. */
export const app = defineApp({
  aggregates: [account],
  policies: [blocking, followGuard, followLimit, accountCleanup],
  projections: [followers, usernames],
  invariants: [followsThatMayStand, followsWithinLimit],
  queries: [
    getAccount,
    findAccounts,
    followStats,
    listFollowers,
    following,
    listMutuals,
    blocked,
    suggestions,
    relationship,
  ],
  personal: ['email'],
});
