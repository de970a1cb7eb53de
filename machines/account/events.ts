import { z } from 'zod';
import { defineEvent, defineRejection, type Emitted, type Json } from '../../src/define/index.ts';
import { AccountId, Email, RelationshipId, Timestamp, Username } from '../values.ts';

const AccountRegistered = defineEvent({
  version: 2,
  schema: z.object({
    accountId: AccountId,
    email: Email,
    username: Username,
    registeredAt: Timestamp,
    registrationSource: z.string(),
    marketingConsent: z.boolean(),
  }),
  upcast: {
    // Version 1 had no source and no consent: everybody came by the web, and nobody was asked.
    1: (data: Json) => ({
      ...z.record(z.string(), z.json()).parse(data),
      registrationSource: 'web',
      marketingConsent: false,
    }),
  },
});

const AccountRegistrationFailed = defineRejection({
  schema: z.object({
    email: Email,
    username: Username,
    reason: z.enum([
      'Email already registered',
      'Username already taken',
      'Account already registered',
    ]),
  }),
});

const FollowCreated = defineEvent({
  schema: z.object({
    relationshipId: RelationshipId,
    followerId: AccountId,
    followeeId: AccountId,
    createdAt: Timestamp,
  }),
});

const FollowRejected = defineRejection({
  schema: z.object({
    followerId: AccountId,
    followeeId: AccountId,
    reason: z.enum([
      'Cannot follow yourself',
      'Follower account not found',
      'Followee account not found',
      'One or both accounts are inactive',
      'Blocked relationship prevents following',
    ]),
    attemptedAt: Timestamp,
  }),
});

const FollowRemoved = defineEvent({
  schema: z.object({
    relationshipId: RelationshipId,
    followerId: AccountId,
    followeeId: AccountId,
    removedAt: Timestamp,
    reason: z.string(),
  }),
});

const AccountBlocked = defineEvent({
  schema: z.object({
    blockerId: AccountId,
    blockedId: AccountId,
    blockedAt: Timestamp,
    wasAlreadyBlocked: z.boolean(),
  }),
});

const BlockRejected = defineRejection({
  schema: z.object({
    blockerId: AccountId,
    blockedId: AccountId,
    reason: z.enum([
      'Cannot block yourself',
      'Blocker account not found',
      'Account to block not found',
    ]),
    attemptedAt: Timestamp,
  }),
});

const AccountUnblocked = defineEvent({
  schema: z.object({
    blockerId: AccountId,
    blockedId: AccountId,
    unblockedAt: Timestamp,
  }),
});

const UnblockRejected = defineRejection({
  schema: z.object({
    blockerId: AccountId,
    blockedId: AccountId,
    reason: z.enum(['Blocker account not found']),
    attemptedAt: Timestamp,
  }),
});

const AccountDeactivated = defineEvent({
  schema: z.object({
    accountId: AccountId,
    deactivatedAt: Timestamp,
    reason: z.string().nullable(),
  }),
});

const DeactivationRejected = defineRejection({
  schema: z.object({
    accountId: AccountId,
    reason: z.enum(['Account not found']),
    attemptedAt: Timestamp,
  }),
});

/** What can come of it. */
export const events = {
  AccountRegistered,
  AccountRegistrationFailed,
  FollowCreated,
  FollowRejected,
  FollowRemoved,
  AccountBlocked,
  BlockRejected,
  AccountUnblocked,
  UnblockRejected,
  AccountDeactivated,
  DeactivationRejected,
};

/** An event of an account, as the machine emits it. */
export type AccountEvent = Emitted<typeof events>;
