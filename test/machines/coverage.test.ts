/**
 * Every transition of the account's machine is taken by one of these rows, and each row takes the
 * one it is about: paths through the states alone would miss transitions that refuse.
 */
import { describe, expect, it } from 'vitest';
import type { AccountCommand } from '../../machines/account/commands.ts';
import { accountMachine } from '../../machines/account/machine.ts';
import {
  block,
  command,
  decide,
  follow,
  isInactive,
  isThere,
  type State,
  states,
} from './account-steps.ts';

type Row = readonly [
  state: keyof typeof states,
  message: AccountCommand,
  outcome: string,
  after: keyof typeof states,
];

const registration = { accountId: 'ann', email: 'new@b.c', username: 'newcomer' };
const register = (claims = {}) => command('RegisterAccount', registration, { claims });
const pair = { followerId: 'ann', followeeId: 'bob' };
const followBob = (facts = {}) => command('FollowAccount', pair, { facts });
const followSelf = command('FollowAccount', { followerId: 'ann', followeeId: 'ann' });
const blocking = { blockerId: 'ann', blockedId: 'bob' };
const blockBob = (facts = {}) => command('BlockAccount', blocking, { facts });
const blockSelf = command('BlockAccount', { blockerId: 'ann', blockedId: 'ann' });
const unblock = (facts = {}) => command('UnblockAccount', blocking, { facts });
const unfollow = (facts = {}) => command('RemoveFollower', pair, { facts });
const deactivate = command('DeactivateAccount', { accountId: 'ann' });
const NO_EFFECT = 'no effect';

const rows: readonly Row[] = [
  ['unregistered', register({ email: 'taken' }), 'Email already registered', 'unregistered'],
  ['unregistered', register({ username: 'taken' }), 'Username already taken', 'unregistered'],
  ['unregistered', register(), 'AccountRegistered', 'active'],
  ['unregistered', followSelf, 'Cannot follow yourself', 'unregistered'],
  ['unregistered', followBob(), 'Follower account not found', 'unregistered'],
  ['unregistered', blockSelf, 'Cannot block yourself', 'unregistered'],
  ['unregistered', blockBob(), 'Blocker account not found', 'unregistered'],
  ['unregistered', unblock(), 'Blocker account not found', 'unregistered'],
  ['unregistered', unfollow(), NO_EFFECT, 'unregistered'],
  ['unregistered', deactivate, 'Account not found', 'unregistered'],
  ['active', register({ email: 'taken' }), 'Email already registered', 'active'],
  ['active', register({ username: 'taken' }), 'Username already taken', 'active'],
  ['active', register(), 'Account already registered', 'active'],
  ['active', followSelf, 'Cannot follow yourself', 'active'],
  ['active', followBob(), 'Followee account not found', 'active'],
  ['active', followBob({ followee: isInactive }), 'One or both accounts are inactive', 'active'],
  [
    'active',
    followBob({ followee: isThere, blockOfFollowee: block() }),
    'Blocked relationship prevents following',
    'active',
  ],
  ['active', followBob({ followee: isThere, follow: follow() }), NO_EFFECT, 'active'],
  ['active', followBob({ followee: isThere }), 'FollowCreated', 'active'],
  ['active', blockSelf, 'Cannot block yourself', 'active'],
  ['active', blockBob(), 'Account to block not found', 'active'],
  ['active', blockBob({ accountToBlock: isThere }), 'AccountBlocked', 'active'],
  ['active', unblock({ block: block() }), 'AccountUnblocked', 'active'],
  ['active', unblock(), NO_EFFECT, 'active'],
  ['active', unfollow({ follow: follow() }), 'FollowRemoved', 'active'],
  ['active', unfollow(), NO_EFFECT, 'active'],
  ['active', deactivate, 'AccountDeactivated', 'deactivated'],
  ['deactivated', followSelf, 'Cannot follow yourself', 'deactivated'],
  ['deactivated', followBob(), 'Followee account not found', 'deactivated'],
  [
    'deactivated',
    followBob({ followee: isThere }),
    'One or both accounts are inactive',
    'deactivated',
  ],
  ['deactivated', register(), 'Account already registered', 'deactivated'],
  ['deactivated', blockBob({ accountToBlock: isThere }), 'AccountBlocked', 'deactivated'],
  ['deactivated', unblock({ block: block() }), 'AccountUnblocked', 'deactivated'],
  ['deactivated', unfollow({ follow: follow() }), 'FollowRemoved', 'deactivated'],
  ['deactivated', deactivate, NO_EFFECT, 'deactivated'],
];

describe('the account’s transitions', () => {
  it.each(rows.map((row) => ({ row, from: row[0], type: row[1].type, outcome: row[2] })))(
    '$from, $type: $outcome',
    ({ row: [from, message, outcome, after] }) => {
      const decision = decide(states[from], message);
      const [event] = decision.events;
      const refusal =
        event && /Rejected$|Failed$/.test(event.type) && 'reason' in event.data
          ? event.data.reason
          : null;
      expect(decision.hasNoEffect ? NO_EFFECT : (refusal ?? event?.type)).toBe(outcome);
      expect(decision.events).toHaveLength(decision.hasNoEffect ? 0 : 1);
      expect(decision.state.value).toEqual(states[after].value);
    },
  );

  it('are all taken', () => {
    const taken = new Set(rows.flatMap(([from, message]) => decide(states[from], message).taken));
    const all = [accountMachine.root, ...Object.values(accountMachine.root.states)]
      .flatMap((node) => [node, ...Object.values(node.states)])
      .flatMap((node) => [...node.transitions.values()].flat());
    const missed = [...new Set(all)].filter((transition) => !taken.has(transition));
    expect(missed.map(({ source, eventType, guard }) => [source.id, eventType, guard])).toEqual([]);
    expect(new Set(all).size).toBeGreaterThan(30);
  });

  it('leave no command without a rule in any state', () => {
    const types = new Set(rows.map(([, { type }]) => type));
    for (const [name, state] of Object.entries<State>(states)) {
      for (const type of types) {
        const message = rows.find(([, candidate]) => candidate.type === type)?.[1];
        expect(message && decide(state, message).taken.length, `${name} ${type}`).toBe(1);
      }
    }
  });
});
