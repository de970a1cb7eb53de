import { defineAggregate, put, remove } from '../../src/define/index.ts';
import { normalize } from '../values.ts';
import { accountView, blocked, following } from './collections.ts';
import { commands } from './commands.ts';
import { events } from './events.ts';
import { accountMachine } from './machine.ts';

/** A member of the social graph. */
export const account = defineAggregate({
  type: 'account',
  machine: accountMachine,
  commands,
  events,
  view: {
    definition: accountView,
    of: ({ context }) => ({
      username: context.username ?? '',
      isActive: context.registeredAt !== null && context.deactivatedAt === null,
      joinedAt: context.registeredAt ?? '',
    }),
  },
  claims: {
    email: { normalize, held: ({ context }) => context.email },
    username: { normalize, held: ({ context }) => context.username },
  },
  collections: { following, blocked },
  folds: {
    following: {
      FollowCreated: ({ followeeId, createdAt, relationshipId }) =>
        put(followeeId, createdAt, { relationshipId }),
      FollowRemoved: ({ followeeId }) => remove(followeeId),
    },
    blocked: {
      // A block that stands already keeps the time it began.
      AccountBlocked: ({ blockedId, blockedAt, wasAlreadyBlocked }) =>
        wasAlreadyBlocked ? null : put(blockedId, blockedAt),
      AccountUnblocked: ({ blockedId }) => remove(blockedId),
    },
  },
});
