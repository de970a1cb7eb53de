import { z } from 'zod';
import {
  defineCommand,
  entry,
  type Message,
  type Messages,
  size,
  view,
} from '../../src/define/index.ts';
import { AccountId, Email, RelationshipId, Timestamp, Username } from '../values.ts';
import { accountView, blocked, following } from './collections.ts';

const RegisterAccount = defineCommand({
  summary: 'Registers an account under an email and a username that no other account holds.',
  schema: z.strictObject({
    email: Email,
    username: Username,
    accountId: AccountId.optional(),
    registrationSource: z.string().min(1).max(64).default('web'),
    marketingConsent: z.boolean().default(false),
  }),
  complete: (parsed, newId) => ({
    ...parsed,
    accountId: parsed.accountId ?? AccountId.parse(newId()),
  }),
  example: { accountId: 'ada', email: 'ada@example.org', username: 'ada' },
  target: (data) => data.accountId,
  claims: (data) => ({ email: data.email, username: data.username }),
});

/** What lies between one who follows, or wants to, and the one followed. */
function between({ followerId, followeeId }: { followerId: AccountId; followeeId: AccountId }) {
  return {
    followee: view(accountView, followeeId),
    follow: entry(following, followerId, followeeId),
    blockOfFollowee: entry(blocked, followerId, followeeId),
    blockByFollowee: entry(blocked, followeeId, followerId),
  };
}

const FollowAccount = defineCommand({
  summary: 'Has one account follow another.',
  schema: z.strictObject({ followerId: AccountId, followeeId: AccountId }),
  example: { followerId: 'bob', followeeId: 'ada' },
  target: (data) => data.followerId,
  facts: (data) => ({
    ...between(data),
    // Recorded with the event: how many were followed before this follow was added.
    followingBefore: size(following, data.followerId),
  }),
});

const BlockAccount = defineCommand({
  summary: 'Has one account block another. The follows between the two, both ways, are removed.',
  schema: z.strictObject({ blockerId: AccountId, blockedId: AccountId }),
  target: (data) => data.blockerId,
  facts: (data) => ({
    accountToBlock: view(accountView, data.blockedId),
    block: entry(blocked, data.blockerId, data.blockedId),
  }),
});

const UnblockAccount = defineCommand({
  summary: 'Lifts a block.',
  schema: z.strictObject({ blockerId: AccountId, blockedId: AccountId }),
  target: (data) => data.blockerId,
  facts: (data) => ({ block: entry(blocked, data.blockerId, data.blockedId) }),
});

const RemovalByClient = z.strictObject({
  followerId: AccountId,
  followeeId: AccountId,
  reason: z
    .string()
    .max(100, { abort: true })
    .regex(
      /^(?!(?:blocked_by_followee|blocked_followee|follow_limit_exceeded|account_deactivated)$)/,
      'This reason is reserved',
    )
    .default('user_requested'),
});

/** What a policy may add, so that a late removal cannot take a follow that it was not meant for. */
const Removal = RemovalByClient.extend({
  reason: z.string().max(100).default('user_requested'),
  /** When the block began that is the cause; without it only a block that still stands counts. */
  blockedAt: Timestamp.optional(),
  /** The follow that is meant; without it, whichever there is. */
  relationshipId: RelationshipId.optional(),
}).refine(
  (data) => data.reason !== 'follow_limit_exceeded' || data.relationshipId !== undefined,
  'A removal for the follow limit names its follow',
);

const RemoveFollower = defineCommand({
  summary: 'Ends a follow.',
  schema: Removal,
  clientSchema: RemovalByClient,
  target: (data) => data.followerId,
  facts: (data) => ({
    ...between(data),
    followingCount: size(following, data.followerId),
  }),
});

const DeactivateAccount = defineCommand({
  summary: 'Deactivates an account. It keeps its email and username.',
  schema: z.strictObject({ accountId: AccountId, reason: z.string().max(200).optional() }),
  target: (data) => data.accountId,
});

/** What can be asked of an account. */
export const commands = {
  RegisterAccount,
  FollowAccount,
  BlockAccount,
  UnblockAccount,
  RemoveFollower,
  DeactivateAccount,
};

/** A command of an account, as the machine sees it. */
export type AccountCommand = Messages<typeof commands>;
/** One of them. */
export type Command<Name extends keyof typeof commands> = Message<Name, (typeof commands)[Name]>;
