import { assertEvent, assign, emit, setup } from 'xstate';
import { noEffect, refuse } from '../../src/define/index.ts';
import type { AccountCommand } from './commands.ts';
import type { AccountEvent } from './events.ts';
import { type AccountContext, rules } from './rules.ts';

/** What an account's chart is drawn with: its guards and its actions, by name. */
export const account = setup({
  types: {
    context: {} as AccountContext,
    events: {} as AccountCommand,
    emitted: {} as AccountEvent,
  },
  guards: rules,
  actions: {
    noEffect,

    accountRegistered: emit(({ event }) => {
      assertEvent(event, 'RegisterAccount');
      const { accountId, email, username, registrationSource, marketingConsent } = event.data;
      const registeredAt = event.meta.at;
      return {
        type: 'AccountRegistered',
        data: { accountId, email, username, registeredAt, registrationSource, marketingConsent },
      };
    }),
    keepProfile: assign(({ event }) => {
      assertEvent(event, 'RegisterAccount');
      const { email, username } = event.data;
      return { email, username, registeredAt: event.meta.at };
    }),
    rejectRegistration: refuse('AccountRegistrationFailed', ({ event }) => {
      assertEvent(event, 'RegisterAccount');
      const { email, username } = event.data;
      return { email, username };
    }),

    followCreated: emit(({ event }) => {
      assertEvent(event, 'FollowAccount');
      const { commandId, at } = event.meta;
      return {
        type: 'FollowCreated',
        data: { relationshipId: commandId, ...event.data, createdAt: at },
      };
    }),
    rejectFollow: refuse('FollowRejected', ({ event }) => {
      assertEvent(event, 'FollowAccount');
      return { ...event.data, attemptedAt: event.meta.at };
    }),

    accountBlocked: emit(({ event }) => {
      assertEvent(event, 'BlockAccount');
      const wasAlreadyBlocked = event.facts.block !== null;
      return {
        type: 'AccountBlocked',
        data: { ...event.data, blockedAt: event.meta.at, wasAlreadyBlocked },
      };
    }),
    rejectBlock: refuse('BlockRejected', ({ event }) => {
      assertEvent(event, 'BlockAccount');
      return { ...event.data, attemptedAt: event.meta.at };
    }),

    accountUnblocked: emit(({ event }) => {
      assertEvent(event, 'UnblockAccount');
      return { type: 'AccountUnblocked', data: { ...event.data, unblockedAt: event.meta.at } };
    }),
    rejectUnblock: refuse('UnblockRejected', ({ event }) => {
      assertEvent(event, 'UnblockAccount');
      return { ...event.data, attemptedAt: event.meta.at };
    }),

    followRemoved: emit(({ event }) => {
      assertEvent(event, 'RemoveFollower');
      const { followerId, followeeId, reason } = event.data;
      const { follow } = event.facts;
      if (follow === null) throw new Error('A removal is due only where there is a follow');
      const { relationshipId } = follow.value;
      return {
        type: 'FollowRemoved',
        data: { relationshipId, followerId, followeeId, removedAt: event.meta.at, reason },
      };
    }),

    accountDeactivated: emit(({ event }) => {
      assertEvent(event, 'DeactivateAccount');
      const { accountId, reason = null } = event.data;
      return {
        type: 'AccountDeactivated',
        data: { accountId, deactivatedAt: event.meta.at, reason },
      };
    }),
    keepDeactivation: assign(({ event }) => ({ deactivatedAt: event.meta.at })),
    rejectDeactivation: refuse('DeactivationRejected', ({ event }) => {
      assertEvent(event, 'DeactivateAccount');
      return { accountId: event.data.accountId, attemptedAt: event.meta.at };
    }),
  },
});
