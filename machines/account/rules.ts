import { assertEvent } from 'xstate';
import type { Entry } from '../../src/define/index.ts';
import { FOLLOW_LIMIT } from './collections.ts';
import type { AccountCommand, Command } from './commands.ts';

/** What an account remembers. All `null` until it is registered. */
export interface AccountContext {
  readonly email: string | null;
  readonly username: string | null;
  readonly registeredAt: string | null;
  readonly deactivatedAt: string | null;
}

interface Decision {
  context: AccountContext;
  event: AccountCommand;
}

/** The machine's guards. */
export const rules = {
  emailIsRegistered: ({ event }: Decision) => {
    assertEvent(event, 'RegisterAccount');
    return event.claims.email === 'taken';
  },
  usernameIsTaken: ({ event }: Decision) => {
    assertEvent(event, 'RegisterAccount');
    return event.claims.username === 'taken';
  },

  followsItself: ({ event }: Decision) => {
    assertEvent(event, 'FollowAccount');
    return event.data.followerId === event.data.followeeId;
  },
  followeeIsMissing: ({ event }: Decision) => {
    assertEvent(event, 'FollowAccount');
    return event.facts.followee === null;
  },
  followeeIsInactive: ({ event }: Decision) => {
    assertEvent(event, 'FollowAccount');
    return event.facts.followee?.isActive === false;
  },
  blockStandsBetween: ({ event }: Decision) => {
    assertEvent(event, 'FollowAccount');
    return event.facts.blockOfFollowee !== null || event.facts.blockByFollowee !== null;
  },
  followsAlready: ({ event }: Decision) => {
    assertEvent(event, 'FollowAccount');
    return event.facts.follow !== null;
  },

  blocksItself: ({ event }: Decision) => {
    assertEvent(event, 'BlockAccount');
    return event.data.blockerId === event.data.blockedId;
  },
  accountToBlockIsMissing: ({ event }: Decision) => {
    assertEvent(event, 'BlockAccount');
    return event.facts.accountToBlock === null;
  },
  isBlocked: ({ event }: Decision) => {
    assertEvent(event, 'UnblockAccount');
    return event.facts.block !== null;
  },

  removalIsDue: ({ context, event }: Decision) => {
    assertEvent(event, 'RemoveFollower');
    return isMeant(event) && causeStands(context, event);
  },
};

type Removal = Command<'RemoveFollower'>;

/** Whether there is such a follow, and it is the one that the removal is about. */
function isMeant({ data, facts }: Removal): boolean {
  if (facts.follow === null) return false;
  return (
    data.relationshipId === undefined || data.relationshipId === facts.follow.value.relationshipId
  );
}

/** Whether what a policy removes for still is so: a late removal undoes nothing that came after. */
function causeStands(context: AccountContext, removal: Removal): boolean {
  const { facts } = removal;
  switch (removal.data.reason) {
    case 'blocked_by_followee':
      return blockCounts(facts.blockByFollowee, removal);
    case 'blocked_followee':
      return blockCounts(facts.blockOfFollowee, removal);
    case 'follow_limit_exceeded':
      return facts.followingCount > FOLLOW_LIMIT;
    case 'account_deactivated':
      // An account that is gone, as after the loss of a partition's tail, is not active either.
      return context.deactivatedAt !== null || facts.followee?.isActive !== true;
    default:
      return true;
  }
}

/** A block counts while it stands; a lifted one, for a follow that was there when it began. */
function blockCounts(standing: Entry<null> | null, { data, facts }: Removal): boolean {
  if (standing !== null) return true;
  if (data.blockedAt === undefined || facts.follow === null) return false;
  return data.blockedAt > facts.follow.since;
}
