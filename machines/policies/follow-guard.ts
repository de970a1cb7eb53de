import { setup } from 'xstate';
import {
  definePolicy,
  entry,
  type PolicyMessages,
  type SendingOf,
  sends,
  view,
} from '../../src/define/index.ts';
import { accountView, blocked } from '../account/collections.ts';
import type { commands } from '../account/commands.ts';
import { events } from '../account/events.ts';

const on = { FollowCreated: events.FollowCreated };

/** What lies between the two, as it is once the follow is committed. */
function between({ followerId, followeeId }: { followerId: string; followeeId: string }) {
  return {
    follower: view(accountView, followerId),
    followee: view(accountView, followeeId),
    blockOfFollowee: entry(blocked, followerId, followeeId),
    blockByFollowee: entry(blocked, followeeId, followerId),
  };
}

type Message = PolicyMessages<typeof on, ReturnType<typeof between>>;
type FollowCreated = Extract<Message, { type: 'FollowCreated' }>;
type Reason = 'blocked_by_followee' | 'blocked_followee' | 'account_deactivated';

/** Ends this very follow: a later one of the same two is judged by its own event. */
function removal({ data }: FollowCreated, reason: Reason): SendingOf<typeof commands> {
  const { followerId, followeeId, relationshipId } = data;
  return {
    command: 'RemoveFollower',
    data: { followerId, followeeId, relationshipId, reason },
  };
}

const machine = setup({
  types: { events: {} as Message },
  guards: {
    followeeBlocks: ({ event }) => event.facts.blockByFollowee !== null,
    followerBlocks: ({ event }) => event.facts.blockOfFollowee !== null,
    oneIsInactive: ({ event: { facts } }) =>
      facts.follower?.isActive !== true || facts.followee?.isActive !== true,
  },
  actions: { send: sends<typeof commands>() },
}).createMachine({
  id: 'follow-guard',
  initial: 'looking',
  states: {
    looking: {
      on: {
        FollowCreated: [
          {
            guard: 'followeeBlocks',
            target: 'done',
            actions: {
              type: 'send',
              params: ({ event }) => removal(event, 'blocked_by_followee'),
            },
          },
          {
            guard: 'followerBlocks',
            target: 'done',
            actions: { type: 'send', params: ({ event }) => removal(event, 'blocked_followee') },
          },
          {
            guard: 'oneIsInactive',
            target: 'done',
            actions: { type: 'send', params: ({ event }) => removal(event, 'account_deactivated') },
          },
          { target: 'done' },
        ],
      },
    },
    done: { type: 'final' },
  },
});

/**
 * Looks again at what a follow was decided by, once it is committed: a block or a deactivation
 * may have been committed in between. What is committed after this look finds the follow there.
 */
export const followGuard = definePolicy({
  name: 'follow-guard',
  machine,
  on,
  correlate: 'event',
  facts: ({ data }) => between(events.FollowCreated.schema.parse(data)),
  from: 'beginning',
});
