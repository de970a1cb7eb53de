/** The domain that is served, with a follow limit that a short run reaches. */

import { account } from '../../../machines/account/aggregate.ts';
import { FOLLOW_LIMIT } from '../../../machines/account/collections.ts';
import { accountMachine } from '../../../machines/account/machine.ts';
import { rules } from '../../../machines/account/rules.ts';
import { app } from '../../../machines/index.ts';
import { followLimit } from '../../../machines/policies/follow-limit.ts';
import { type App, defineApp } from '../../../src/define/index.ts';

/** How many accounts one account may follow in a simulation. */
export const SMALL_LIMIT = 4;

/** What is counted is taken for so much more than it is: the rules themselves stay as they are. */
const MORE = FOLLOW_LIMIT - SMALL_LIMIT;

type Removal = Parameters<typeof rules.removalIsDue>[0];

function withMore(removal: Removal): Removal {
  const { event } = removal;
  if (event.type !== 'RemoveFollower') return removal;
  const followingCount = event.facts.followingCount + MORE;
  return { ...removal, event: { ...event, facts: { ...event.facts, followingCount } } };
}

const limitedAccount = {
  ...account,
  machine: accountMachine.provide({
    guards: { removalIsDue: (removal: Removal) => rules.removalIsDue(withMore(removal)) },
  }),
};

const limitedFollows = {
  ...followLimit,
  machine: followLimit.machine.provide({
    guards: {
      exceedsLimit: (_: unknown, { followingBefore }: { followingBefore: number }) =>
        followingBefore + MORE >= FOLLOW_LIMIT,
    },
  }),
};

/** All that is served but queries, which change nothing. */
export const graphApp: App = defineApp({
  aggregates: [limitedAccount],
  policies: [...app.policies.values()].map((policy) =>
    policy.name === limitedFollows.name ? limitedFollows : policy,
  ),
  projections: [...app.projections.values()],
});
