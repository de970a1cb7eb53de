import { defineApp } from '../src/define/index.ts';
import { account } from './account/aggregate.ts';
import { accountCleanup } from './policies/account-cleanup.ts';
import { blocking } from './policies/blocking.ts';
import { followGuard } from './policies/follow-guard.ts';
import { followLimit } from './policies/follow-limit.ts';
import { blocked } from './read-models/blocked.ts';
import { followers } from './read-models/followers.ts';
import { following } from './read-models/following.ts';
import { relationship } from './read-models/relationship.ts';

/** Everything that is served: a new aggregate, policy, projection or query is one line here. */
export const app = defineApp({
  aggregates: [account],
  policies: [blocking, followGuard, followLimit, accountCleanup],
  projections: [followers],
  queries: [relationship, following, blocked],
});
