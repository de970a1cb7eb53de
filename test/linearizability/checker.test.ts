import { describe, expect, test } from 'vitest';
import { type AccountInput, type AccountOutput, accountModel } from './account-model.ts';
import { checkLinearizable, type Model, type Operation } from './checker.ts';

/** A register of one number. */
const register: Model<number, ['write', number] | ['read'], number> = {
  initial: 0,
  step: (state, [what, value = state], output) => {
    if (what === 'read') return output === state ? state : null;
    return output === null && value === state ? null : value;
  },
  key: String,
};

type RegisterOperation = Operation<['write', number] | ['read'], number>;

const write = (value: number, invokedAt: number, completedAt: number): RegisterOperation => ({
  input: ['write', value],
  output: completedAt === Number.POSITIVE_INFINITY ? null : value,
  invokedAt,
  completedAt,
});
const read = (value: number, invokedAt: number, completedAt: number): RegisterOperation => ({
  input: ['read'],
  output: value,
  invokedAt,
  completedAt,
});
const never = Number.POSITIVE_INFINITY;

describe('histories of a register', () => {
  test.each<[string, RegisterOperation[]]>([
    ['nothing', []],
    ['one after another', [write(1, 0, 1), read(1, 2, 3), write(2, 4, 5), read(2, 6, 7)]],
    ['a read beside a write sees what was', [write(1, 0, 1), write(2, 2, 9), read(1, 3, 4)]],
    ['or what comes', [write(1, 0, 1), write(2, 2, 9), read(2, 3, 4), read(2, 5, 6)]],
    [
      'writes beside each other, in either order',
      [write(1, 0, 9), write(2, 0, 9), read(1, 10, 11)],
    ],
    ['a lost reply, with effect', [write(1, 0, never), read(0, 1, 2), read(1, 3, 4)]],
    ['a lost reply, without', [write(1, 0, never), read(0, 1, 2), read(0, 3, 4)]],
    ['a lost reply that takes effect late', [write(1, 0, never), write(2, 1, 2), read(1, 3, 4)]],
    ['ends and begins at one time', [write(1, 0, 1), read(0, 1, 2)]],
  ])('%s: fits', (_, history) => {
    expect(checkLinearizable(register, history)).toEqual({ isLinearizable: true });
  });

  test.each<[string, RegisterOperation[]]>([
    ['a stale read', [write(1, 0, 1), write(2, 2, 3), read(1, 4, 5)]],
    ['a read of what nobody wrote', [write(1, 0, 1), read(3, 2, 3)]],
    ['a read from the future', [read(1, 0, 1), write(1, 2, 3)]],
    ['there and back', [write(1, 0, 9), read(1, 1, 2), read(0, 3, 4)]],
    ['two see two orders', [write(1, 0, 9), write(2, 0, 9), read(1, 10, 11), read(2, 12, 13)]],
    ['a lost write that comes and goes', [write(1, 0, never), read(1, 1, 2), read(0, 3, 4)]],
    ['a lost write before it was sent', [read(1, 0, 1), write(1, 2, never)]],
    ['an acknowledged write that is gone', [write(1, 0, 1), read(0, 2, 3)]],
  ])('%s: does not', (_, history) => {
    expect(checkLinearizable(register, history)).toMatchObject({ isLinearizable: false });
  });

  test('some that are lost, and many at once, are no matter of minutes', () => {
    const lost = [1, 2, 3].map((value) => write(value, value, never));
    const beside = Array.from({ length: 120 }, (_, number) => write(number, number, number + 3.5));
    const history = [...lost, ...beside, read(119, 400, 401), read(1, 402, 403), read(5, 404, 405)];
    expect(checkLinearizable(register, history)).toMatchObject({ isLinearizable: false });
    expect(checkLinearizable(register, history.slice(0, -1))).toEqual({ isLinearizable: true });
  });

  test('what would take too long is given up, and not taken for either', () => {
    const lost = Array.from({ length: 40 }, (_, number) => write(number, number, never));
    const history = [...lost, read(50, 100, 101)];
    expect(() => checkLinearizable(register, history)).toThrow('too many');
  });

  test('what could not be explained is told', () => {
    const history = [write(1, 0, 1), write(2, 2, 3), read(1, 4, 5)];
    expect(checkLinearizable(register, history)).toEqual({
      isLinearizable: false,
      explained: history.slice(0, 2),
      stuck: history.slice(2),
    });
  });
});

type AccountOperation = Operation<AccountInput, AccountOutput>;

let clock = 0;
/** One command after another; `output` null for a reply that was lost. */
function command(
  type: Extract<AccountInput, { kind: 'command' }>['type'],
  output: AccountOutput | null,
  ifMatch: number | null = null,
): AccountOperation {
  clock += 2;
  return {
    input: { kind: 'command', type, self: 'ann', other: 'bea', ifMatch },
    output,
    invokedAt: clock,
    completedAt: output === null ? never : clock + 1,
  };
}
const accepted = (version: number, type: string | null, more: object = {}): AccountOutput => ({
  kind: 'accepted',
  version,
  event: type === null ? null : { type, ...more },
});
const rejected = (version: number, reason: string): AccountOutput => ({
  kind: 'rejected',
  version,
  reason,
});
const look = (at: 'follows' | 'blocks', holds: boolean): AccountOperation => {
  clock += 2;
  return {
    input: { kind: 'look', at, other: 'bea' },
    output: { kind: 'seen', holds },
    invokedAt: clock,
    completedAt: clock + 1,
  };
};
const policy = (version: number): AccountOperation => ({
  input: { kind: 'policy', other: 'bea' },
  output: accepted(version, 'FollowRemoved', { relationshipId: 'r1' }),
  invokedAt: 0,
  completedAt: never,
});

const registered = () => command('RegisterAccount', accepted(1, 'AccountRegistered'));
const followed = (version: number, relationshipId = 'r1') =>
  command('FollowAccount', accepted(version, 'FollowCreated', { relationshipId }));

describe('histories of an account', () => {
  test.each<[string, () => AccountOperation[]]>([
    [
      'a follow and its end',
      () => [
        registered(),
        followed(2),
        command('RemoveFollower', accepted(3, 'FollowRemoved', { relationshipId: 'r1' })),
        look('follows', false),
      ],
    ],
    [
      'again, without effect',
      () => [registered(), followed(2), command('FollowAccount', accepted(2, null))],
    ],
    [
      'what others are, refuses',
      () => [registered(), command('FollowAccount', rejected(1, 'Followee account not found'))],
    ],
    [
      'a policy removes',
      () => [
        registered(),
        followed(2),
        command('BlockAccount', accepted(3, 'AccountBlocked', { wasAlreadyBlocked: false })),
        look('follows', true),
        policy(4),
        look('follows', false),
      ],
    ],
    [
      'a lost follow took effect',
      () => [
        registered(),
        command('FollowAccount', null),
        look('follows', true),
        command('UnblockAccount', accepted(2, null)),
      ],
    ],
    [
      'a lost follow did not',
      () => [
        registered(),
        command('FollowAccount', null),
        command('UnblockAccount', accepted(1, null)),
      ],
    ],
    [
      'another version than expected',
      () => [registered(), command('BlockAccount', { kind: 'mismatch', version: 1 }, 7)],
    ],
    [
      'the expected version',
      () => [
        registered(),
        command('DeactivateAccount', accepted(2, 'AccountDeactivated'), 1),
        command('FollowAccount', rejected(2, 'One or both accounts are inactive')),
      ],
    ],
  ])('%s: fits', (_, history) => {
    expect(checkLinearizable(accountModel, history())).toEqual({ isLinearizable: true });
  });

  test.each<[string, () => AccountOperation[]]>([
    ['a stale look', () => [registered(), followed(2), look('follows', false)]],
    [
      'a lost update: two at one version',
      () => [
        registered(),
        followed(2),
        command('BlockAccount', accepted(2, 'AccountBlocked', { wasAlreadyBlocked: false })),
      ],
    ],
    ['an effect that is done twice', () => [registered(), followed(2), followed(3, 'r2')]],
    ['a version that jumps', () => [registered(), followed(3)]],
    ['order turned round', () => [followed(2), registered()]],
    [
      'no effect, from a stale cache',
      () => [registered(), followed(2), command('RemoveFollower', accepted(1, null))],
    ],
    [
      'a refusal by a state that is past',
      () => [registered(), command('FollowAccount', rejected(1, 'Follower account not found'))],
    ],
    [
      'an acknowledged follow that is gone',
      () => [registered(), followed(2), command('RemoveFollower', accepted(2, null))],
    ],
    [
      'another follow than there was',
      () => [
        registered(),
        followed(2),
        command('RemoveFollower', accepted(3, 'FollowRemoved', { relationshipId: 'r9' })),
      ],
    ],
    [
      'a follow of one that is blocked',
      () => [
        registered(),
        command('BlockAccount', accepted(2, 'AccountBlocked', { wasAlreadyBlocked: false })),
        followed(3),
      ],
    ],
    [
      'a block that stands, told as new',
      () => [
        registered(),
        command('BlockAccount', accepted(2, 'AccountBlocked', { wasAlreadyBlocked: false })),
        command('BlockAccount', accepted(3, 'AccountBlocked', { wasAlreadyBlocked: false })),
      ],
    ],
    [
      'a mismatch where there is none',
      () => [registered(), command('BlockAccount', { kind: 'mismatch', version: 1 }, 1)],
    ],
    [
      'an expected version passed over',
      () => [registered(), command('DeactivateAccount', accepted(2, 'AccountDeactivated'), 7)],
    ],
    [
      'a follow after the deactivation',
      () => [
        registered(),
        command('DeactivateAccount', accepted(2, 'AccountDeactivated')),
        followed(3),
      ],
    ],
    [
      'a lost follow counted twice',
      () => [
        registered(),
        command('FollowAccount', null),
        command('UnblockAccount', accepted(3, null)),
      ],
    ],
    [
      'a removal by a policy of what is not there',
      () => [registered(), policy(2), command('UnblockAccount', accepted(2, null))],
    ],
  ])('%s: does not', (_, history) => {
    expect(checkLinearizable(accountModel, history())).toMatchObject({ isLinearizable: false });
  });
});
