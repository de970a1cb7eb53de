import { account } from './decisions.ts';

/** How an account decides. Reasons are listed in the order in which they are checked. */
export const accountMachine = account.createMachine({
  id: 'account',
  context: { email: null, username: null, registeredAt: null, deactivatedAt: null },
  initial: 'unregistered',
  states: {
    unregistered: {
      on: {
        RegisterAccount: [
          {
            guard: 'emailIsRegistered',
            actions: { type: 'rejectRegistration', params: { reason: 'Email already registered' } },
          },
          {
            guard: 'usernameIsTaken',
            actions: { type: 'rejectRegistration', params: { reason: 'Username already taken' } },
          },
          { target: 'registered', actions: ['accountRegistered', 'keepProfile'] },
        ],
        FollowAccount: [
          {
            guard: 'followsItself',
            actions: { type: 'rejectFollow', params: { reason: 'Cannot follow yourself' } },
          },
          { actions: { type: 'rejectFollow', params: { reason: 'Follower account not found' } } },
        ],
        BlockAccount: [
          {
            guard: 'blocksItself',
            actions: { type: 'rejectBlock', params: { reason: 'Cannot block yourself' } },
          },
          { actions: { type: 'rejectBlock', params: { reason: 'Blocker account not found' } } },
        ],
        UnblockAccount: {
          actions: { type: 'rejectUnblock', params: { reason: 'Blocker account not found' } },
        },
        RemoveFollower: { actions: 'noEffect' },
        DeactivateAccount: {
          actions: { type: 'rejectDeactivation', params: { reason: 'Account not found' } },
        },
      },
    },

    registered: {
      initial: 'active',
      on: {
        RegisterAccount: [
          {
            guard: 'emailIsRegistered',
            actions: { type: 'rejectRegistration', params: { reason: 'Email already registered' } },
          },
          {
            guard: 'usernameIsTaken',
            actions: { type: 'rejectRegistration', params: { reason: 'Username already taken' } },
          },
          {
            actions: {
              type: 'rejectRegistration',
              params: { reason: 'Account already registered' },
            },
          },
        ],
        BlockAccount: [
          {
            guard: 'blocksItself',
            actions: { type: 'rejectBlock', params: { reason: 'Cannot block yourself' } },
          },
          {
            guard: 'accountToBlockIsMissing',
            actions: { type: 'rejectBlock', params: { reason: 'Account to block not found' } },
          },
          { actions: 'accountBlocked' },
        ],
        UnblockAccount: [
          { guard: 'isBlocked', actions: 'accountUnblocked' },
          { actions: 'noEffect' },
        ],
        RemoveFollower: [
          { guard: 'removalIsDue', actions: 'followRemoved' },
          { actions: 'noEffect' },
        ],
      },
      states: {
        active: {
          on: {
            FollowAccount: [
              {
                guard: 'followsItself',
                actions: { type: 'rejectFollow', params: { reason: 'Cannot follow yourself' } },
              },
              {
                guard: 'followeeIsMissing',
                actions: { type: 'rejectFollow', params: { reason: 'Followee account not found' } },
              },
              {
                guard: 'followeeIsInactive',
                actions: {
                  type: 'rejectFollow',
                  params: { reason: 'One or both accounts are inactive' },
                },
              },
              {
                guard: 'blockStandsBetween',
                actions: {
                  type: 'rejectFollow',
                  params: { reason: 'Blocked relationship prevents following' },
                },
              },
              { guard: 'followsAlready', actions: 'noEffect' },
              { actions: 'followCreated' },
            ],
            DeactivateAccount: {
              target: 'deactivated',
              actions: ['accountDeactivated', 'keepDeactivation'],
            },
          },
        },
        deactivated: {
          on: {
            FollowAccount: [
              {
                guard: 'followsItself',
                actions: { type: 'rejectFollow', params: { reason: 'Cannot follow yourself' } },
              },
              {
                guard: 'followeeIsMissing',
                actions: { type: 'rejectFollow', params: { reason: 'Followee account not found' } },
              },
              {
                actions: {
                  type: 'rejectFollow',
                  params: { reason: 'One or both accounts are inactive' },
                },
              },
            ],
            DeactivateAccount: { actions: 'noEffect' },
          },
        },
      },
    },
  },
});
