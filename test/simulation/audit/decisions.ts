/** What an account may decide: the domain's rules once more, by what was so when. */
import { type Account, normal, text } from './account.ts';
import type { FeedRecord } from './content.ts';
import type { Spans } from './spans.ts';

/** What a decision may have seen. */
export interface Seen {
  /** The account before it. */
  readonly self: Account;
  /** What was so of others. */
  readonly others: Spans;
  /** Between which times others were looked at, in ms by the scheduler. */
  readonly from: number;
  readonly until: number;
  readonly limit: number;
}

/** What is wrong with a decision; `null` for nothing. */
export function faultOf(record: FeedRecord, seen: Seen): string | null {
  const [event, ...more] = record.events;
  if (!event || more.length > 0) return `it has ${record.events.length} events`;
  const holds = RULES[event.type]?.(record, seen, text(event.data, 'reason'));
  if (holds === undefined) return `${event.type} is no event of this domain`;
  return holds ? null : `${event.type} ${String(event.data.reason ?? '')} was not right`;
}

type Rule = (record: FeedRecord, seen: Seen, reason: string) => boolean;

const RULES: Readonly<Record<string, Rule>> = {
  AccountRegistered: ({ command: { data } }, seen) =>
    !seen.self.isRegistered && isFree(data, 'email', seen) && isFree(data, 'username', seen),

  AccountRegistrationFailed({ command: { data } }, seen, reason) {
    if (reason === 'Email already registered') return isTaken(data, 'email', seen);
    if (!isFree(data, 'email', seen)) return false;
    if (reason === 'Username already taken') return isTaken(data, 'username', seen);
    return seen.self.isRegistered && isFree(data, 'username', seen);
  },

  FollowCreated(record, seen) {
    const { data } = record.command;
    const [follower, followee] = [text(data, 'followerId'), text(data, 'followeeId')];
    const { self, others, from, until } = seen;
    return (
      follower !== followee &&
      self.isActive &&
      others.was(`active ${followee}`, from, until) &&
      !self.blocked.has(followee) &&
      others.wasNot(`blocks ${followee} ${follower}`, from, until) &&
      !self.following.has(followee) &&
      record.facts.followingBefore === self.following.size
    );
  },

  FollowRejected({ command: { data } }, { self, others, from, until }, reason) {
    const [follower, followee] = [text(data, 'followerId'), text(data, 'followeeId')];
    const was = (what: string) => others.was(what, from, until);
    const isSelf = follower === followee;
    switch (reason) {
      case 'Cannot follow yourself':
        return isSelf;
      case 'Follower account not found':
        return !isSelf && !self.isRegistered;
      case 'Followee account not found':
        return !isSelf && self.isRegistered && others.wasNot(`registered ${followee}`, from, until);
      case 'One or both accounts are inactive':
        return !isSelf && self.isRegistered && (!self.isActive || was(`inactive ${followee}`));
      case 'Blocked relationship prevents following':
        return (
          self.isActive && (self.blocked.has(followee) || was(`blocks ${followee} ${follower}`))
        );
      default:
        return false;
    }
  },

  FollowRemoved(record, seen) {
    const [event] = record.events;
    const { data } = record.command;
    const follow = seen.self.following.get(text(data, 'followeeId'));
    if (!event || !follow || event.data.relationshipId !== follow.relationshipId) return false;
    const meant = data.relationshipId ?? follow.relationshipId;
    return meant === follow.relationshipId && removalIsDue(record, seen, follow.at);
  },

  AccountBlocked({ command: { data }, events }, { self, others, from, until }) {
    const [blocker, blocked] = [text(data, 'blockerId'), text(data, 'blockedId')];
    return (
      blocker !== blocked &&
      self.isRegistered &&
      others.was(`registered ${blocked}`, from, until) &&
      events[0]?.data.wasAlreadyBlocked === self.blocked.has(blocked)
    );
  },

  BlockRejected({ command: { data } }, { self, others, from, until }, reason) {
    const isSelf = data.blockerId === data.blockedId;
    if (reason === 'Cannot block yourself') return isSelf;
    if (reason === 'Blocker account not found') return !isSelf && !self.isRegistered;
    return (
      !isSelf &&
      self.isRegistered &&
      others.wasNot(`registered ${text(data, 'blockedId')}`, from, until)
    );
  },

  AccountUnblocked: ({ command: { data } }, { self }) => self.blocked.has(text(data, 'blockedId')),
  UnblockRejected: (_, { self }) => !self.isRegistered,
  AccountDeactivated: (_, { self }) => self.isActive,
  DeactivationRejected: (_, { self }) => !self.isRegistered,
};

function removalIsDue(record: FeedRecord, seen: Seen, followedAt: string): boolean {
  const { self, others, from, until, limit } = seen;
  const { data } = record.command;
  const [follower, followee] = [text(data, 'followerId'), text(data, 'followeeId')];
  const isYounger = typeof data.blockedAt === 'string' && data.blockedAt > followedAt;
  switch (data.reason) {
    case 'blocked_by_followee':
      return isYounger || others.was(`blocks ${followee} ${follower}`, from, until);
    case 'blocked_followee':
      return isYounger || self.blocked.has(followee);
    case 'account_deactivated':
      return self.deactivatedAt !== null || others.was(`inactive ${followee}`, from, until);
    case 'follow_limit_exceeded':
      return self.following.size > limit;
    default:
      return true;
  }
}

/** Whether no other account had it at some moment. What the account has itself is not free to it. */
function isFree(
  data: FeedRecord['command']['data'],
  name: 'email' | 'username',
  seen: Seen,
): boolean {
  const value = normal(text(data, name));
  const own = seen.self[name];
  if (own !== null && normal(own) === value) return false;
  return seen.others.wasNot(`${name} ${value}`, seen.from, seen.until);
}

function isTaken(
  data: FeedRecord['command']['data'],
  name: 'email' | 'username',
  seen: Seen,
): boolean {
  return seen.others.was(`${name} ${normal(text(data, name))}`, seen.from, seen.until);
}

/** Whether a command without a record was rightly answered at a version of its account. */
export function hadNoEffect(
  type: string,
  body: Readonly<Record<string, unknown>>,
  state: Account['states'][number],
): boolean {
  switch (type) {
    case 'FollowAccount':
      return state.isActive && state.follows.has(text(body, 'followeeId'));
    case 'UnblockAccount':
      return state.isRegistered && !state.blocks.has(text(body, 'blockedId'));
    case 'RemoveFollower':
      return !state.follows.has(text(body, 'followeeId'));
    case 'DeactivateAccount':
      return state.isRegistered && !state.isActive;
    default:
      return false;
  }
}
