import { setup } from 'xstate';
import { z } from 'zod';
import { definePolicy, type PolicyMessages, sends } from '../../src/define/index.ts';
import { FOLLOW_LIMIT } from '../account/collections.ts';
import type { commands } from '../account/commands.ts';
import { events } from '../account/events.ts';

const on = { FollowCreated: events.FollowCreated };

/** What `FollowAccount` records of the follower. */
const recorded = z.object({ followingBefore: z.int() });

const machine = setup({
  types: { events: {} as PolicyMessages<typeof on> },
  guards: {
    /** Judged by its own record: today's count would have a policy that lags take older follows. */
    exceedsLimit: (_, { followingBefore }: { followingBefore: number }) =>
      followingBefore >= FOLLOW_LIMIT,
  },
  actions: { send: sends<typeof commands>() },
}).createMachine({
  id: 'follow-limit',
  initial: 'looking',
  states: {
    looking: {
      on: {
        FollowCreated: [
          {
            guard: {
              type: 'exceedsLimit',
              params: ({ event }) => recorded.parse(event.event.facts),
            },
            target: 'done',
            actions: {
              type: 'send',
              params: ({ event: { data } }) => ({
                command: 'RemoveFollower',
                data: {
                  followerId: data.followerId,
                  followeeId: data.followeeId,
                  relationshipId: data.relationshipId,
                  reason: 'follow_limit_exceeded',
                },
              }),
            },
          },
          { target: 'done' },
        ],
      },
    },
    done: { type: 'final' },
  },
});

/** Takes back a follow that made its account follow more than it may: the first ones stay. */
export const followLimit = definePolicy({
  name: 'follow-limit',
  machine,
  on,
  correlate: 'event',
  from: 'beginning',
});
