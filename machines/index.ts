import { defineApp } from '../src/define/index.ts';
import { account } from './account/aggregate.ts';
import { blocked } from './read-models/blocked.ts';
import { following } from './read-models/following.ts';
import { relationship } from './read-models/relationship.ts';

/** Everything that is served: a new aggregate or query is one line here. */
export const app = defineApp({
  aggregates: [account],
  queries: [relationship, following, blocked],
});
