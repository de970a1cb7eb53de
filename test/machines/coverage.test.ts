/**
 * What every transition of the account's machine comes to. The paths are found by the machine
 * itself; what stands here is what they are to come to, so that a rule that changes is noticed.
 */
import { expect, test } from 'vitest';
import { app } from '../../machines/index.ts';
import type { Path } from '../../src/testing/index.ts';
import { paths } from './paths.ts';

const NO_EFFECT = 'no effect';

/** By transition, what the last command of its path comes to. */
const outcomes: Readonly<Record<string, string>> = {
  'unregistered · RegisterAccount [emailIsRegistered]': 'Email already registered',
  'unregistered · RegisterAccount [usernameIsTaken]': 'Username already taken',
  'unregistered · RegisterAccount [otherwise]': 'AccountRegistered',
  'unregistered · FollowAccount [followsItself]': 'Cannot follow yourself',
  'unregistered · FollowAccount [otherwise]': 'Follower account not found',
  'unregistered · BlockAccount [blocksItself]': 'Cannot block yourself',
  'unregistered · BlockAccount [otherwise]': 'Blocker account not found',
  'unregistered · UnblockAccount': 'Blocker account not found',
  'unregistered · RemoveFollower': NO_EFFECT,
  'unregistered · DeactivateAccount': 'Account not found',
  'registered · RegisterAccount [emailIsRegistered]': 'Email already registered',
  'registered · RegisterAccount [usernameIsTaken]': 'Username already taken',
  'registered · RegisterAccount [otherwise]': 'Account already registered',
  'registered · BlockAccount [blocksItself]': 'Cannot block yourself',
  'registered · BlockAccount [accountToBlockIsMissing]': 'Account to block not found',
  'registered · BlockAccount [otherwise]': 'AccountBlocked',
  'registered · UnblockAccount [isBlocked]': 'AccountUnblocked',
  'registered · UnblockAccount [otherwise]': NO_EFFECT,
  // The first to remove a follow is the policy that a block sets going.
  'registered · RemoveFollower [removalIsDue]': 'AccountBlocked, FollowRemoved',
  'registered · RemoveFollower [otherwise]': NO_EFFECT,
  'registered.active · FollowAccount [followsItself]': 'Cannot follow yourself',
  'registered.active · FollowAccount [followeeIsMissing]': 'Followee account not found',
  'registered.active · FollowAccount [followeeIsInactive]': 'One or both accounts are inactive',
  'registered.active · FollowAccount [blockStandsBetween]':
    'Blocked relationship prevents following',
  'registered.active · FollowAccount [followsAlready]': NO_EFFECT,
  'registered.active · FollowAccount [otherwise]': 'FollowCreated',
  'registered.active · DeactivateAccount': 'AccountDeactivated',
  'registered.deactivated · FollowAccount [followsItself]': 'Cannot follow yourself',
  'registered.deactivated · FollowAccount [followeeIsMissing]': 'Followee account not found',
  'registered.deactivated · FollowAccount [otherwise]': 'One or both accounts are inactive',
  'registered.deactivated · DeactivateAccount': NO_EFFECT,
};

function outcomeOf({ steps, trails }: Path): string {
  const expected = steps.at(-1)?.expected;
  if (expected === undefined) throw new Error('a path has steps');
  if (expected.reason !== null) return expected.reason;
  const types = expected.events.map(({ type }) => type);
  const removed = Object.values(trails)
    .flat()
    .some(({ type }) => type === 'FollowRemoved');
  return [...types, ...(removed ? ['FollowRemoved'] : [])].join(', ') || NO_EFFECT;
}

test('every transition comes to what it is to come to', () => {
  const found = paths.flatMap((path) =>
    path.covers
      .filter(({ machine, kind }) => machine === 'account' && kind === 'transition')
      .map(({ name }) => [name, outcomeOf(path)]),
  );
  expect(Object.fromEntries(found)).toEqual(outcomes);
});

test('no command is without a rule in any state', () => {
  const account = app.aggregates.get('account');
  const commands = Object.keys(account?.commands ?? {});
  expect(commands).toHaveLength(6);
  for (const state of ['unregistered', 'registered.active', 'registered.deactivated']) {
    const names = Object.keys(outcomes).map((name) => name.split(' · '));
    const taken = names.filter(([at = '']) => state === at || state.startsWith(`${at}.`));
    const types = taken.map(([, rest = '']) => rest.split(' ')[0]);
    expect(
      commands.filter((command) => !types.includes(command)),
      state,
    ).toEqual([]);
  }
});
