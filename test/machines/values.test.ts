import { describe, expect, it } from 'vitest';
import { commands } from '../../machines/account/commands.ts';
import { AccountId, Email, normalize, Username } from '../../machines/values.ts';

describe('an email', () => {
  it.each(['a@b.c', 'Ann.Lee+x@mail.example.org', 'ü@ü.ü', `${'a'.repeat(250)}@b.c`])(
    'may be %s',
    (email) => expect(Email.safeParse(email).success).toBe(true),
  );
  it.each(['', 'a@b', '@b.c', 'a@@b.c', 'a b@c.d', 'a@b.c ', 'a@b.c\n', `${'a'.repeat(251)}@b.c`])(
    'may not be %j',
    (email) => expect(Email.safeParse(email).success).toBe(false),
  );
  it('is measured before its pattern is tried, which is slow on long texts', () => {
    const result = Email.safeParse(`a@${'.'.repeat(60_000)} `);
    expect(result.error?.issues.map(({ code }) => code)).toEqual(['too_big']);
  });
});

describe('a username', () => {
  it.each(['abc', 'A_9', 'a'.repeat(32)])('may be %s', (username) =>
    expect(Username.safeParse(username).success).toBe(true),
  );
  it.each(['ab', 'a'.repeat(33), 'a-b-c', 'ann ', 'änn', 'ann\n'])('may not be %j', (username) =>
    expect(Username.safeParse(username).success).toBe(false),
  );
});

describe('an account id', () => {
  it.each(['a', '-_-', 'A'.repeat(64), '__proto__'])('may be %s', (id) =>
    expect(AccountId.safeParse(id).success).toBe(true),
  );
  it.each(['', 'A'.repeat(65), 'a:b', 'a/b', 'ä', 'a\n'])('may not be %j', (id) =>
    expect(AccountId.safeParse(id).success).toBe(false),
  );
});

describe('comparing', () => {
  it('is blind to case and to how letters are composed', () => {
    expect(normalize('ANN@Example.ORG')).toBe('ann@example.org');
    expect(normalize('U\u0308@x.y')).toBe(normalize('\u00fc@x.y'));
    expect(normalize('ann')).not.toBe(normalize('anm'));
  });
});

describe('the bodies of commands', () => {
  const pair = { followerId: 'a', followeeId: 'b' };
  const blocking = { blockerId: 'a', blockedId: 'b' };
  const registration = { email: 'a@b.c', username: 'abc' };
  const bodies = {
    RegisterAccount: registration,
    FollowAccount: pair,
    BlockAccount: blocking,
    UnblockAccount: blocking,
    RemoveFollower: pair,
    DeactivateAccount: { accountId: 'a' },
  } as const;

  it.each(Object.entries(bodies))('%s has no unknown field', (name, body) => {
    const { clientSchema } = commands[name as keyof typeof bodies];
    expect(clientSchema.safeParse(body).success).toBe(true);
    const result = clientSchema.safeParse({ ...body, surprise: 1 });
    expect(result.error?.issues.map(({ code }) => code)).toEqual(['unrecognized_keys']);
  });

  it.each(Object.entries(bodies))('%s has all its fields', (name, body) => {
    const { clientSchema } = commands[name as keyof typeof bodies];
    for (const field of Object.keys(body)) {
      const { [field as keyof typeof body]: _, ...without } = body;
      expect(clientSchema.safeParse(without).success, field).toBe(false);
    }
  });

  it.each([
    ['RegisterAccount', registration, 'registrationSource', 1, 64],
    ['RemoveFollower', pair, 'reason', 0, 100],
    ['DeactivateAccount', { accountId: 'a' }, 'reason', 0, 200],
  ] as const)('%s: the length of %3$s', (name, body, field, least, most) => {
    const fits = (length: number) =>
      commands[name].clientSchema.safeParse({ ...body, [field]: 'x'.repeat(length) }).success;
    expect(fits(least)).toBe(true);
    expect(fits(most)).toBe(true);
    expect(fits(most + 1)).toBe(false);
    if (least > 0) expect(fits(least - 1)).toBe(false);
  });

  it('takes null for no optional field', () => {
    const { clientSchema } = commands.DeactivateAccount;
    expect(clientSchema.safeParse({ accountId: 'a', reason: null }).success).toBe(false);
  });
});
