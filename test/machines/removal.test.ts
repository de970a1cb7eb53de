import { describe, expect, it } from 'vitest';
import { FOLLOW_LIMIT } from '../../machines/account/collections.ts';
import { commands } from '../../machines/account/commands.ts';
import {
  active,
  block,
  type Circumstances,
  command,
  deactivated,
  decide,
  EARLIER,
  follow,
  isInactive,
  isThere,
  LATER,
  NOW,
  states,
  unregistered,
} from './account-steps.ts';

const pair = { followerId: 'ann', followeeId: 'bob' };
type Facts = Circumstances<'RemoveFollower'>['facts'];

/** Whether a follow that began at `NOW` is removed. */
function removes(body: Record<string, unknown>, facts: Facts = {}, state = active): boolean {
  const all = { followee: isThere, follow: follow(NOW), ...facts };
  const message = command('RemoveFollower', { ...pair, ...body }, { facts: all, at: LATER });
  const decision = decide(state, message);
  expect(decision.hasNoEffect).toBe(decision.events.length === 0);
  return decision.events.some(({ type }) => type === 'FollowRemoved');
}

describe('RemoveFollower by a client', () => {
  it.each([
    ['its own reason', { reason: 'spam' }, 'spam'],
    ['user_requested without one', {}, 'user_requested'],
  ])('ends the follow with %s', (_, given, reason) => {
    for (const state of [active, deactivated]) {
      const facts = { follow: follow(EARLIER, 'that-follow') };
      const message = command('RemoveFollower', { ...pair, ...given }, { facts });
      expect(decide(state, message).events).toEqual([
        {
          type: 'FollowRemoved',
          data: { relationshipId: 'that-follow', ...pair, removedAt: NOW, reason },
        },
      ]);
    }
  });

  it('has no effect where there is no such follow, or no such account', () => {
    for (const state of Object.values(states)) {
      const decision = decide(state, command('RemoveFollower', pair));
      expect(decision.events).toEqual([]);
      expect(decision.hasNoEffect).toBe(true);
    }
    expect(removes({}, {}, unregistered)).toBe(false);
  });

  it.each([
    'blocked_by_followee',
    'blocked_followee',
    'follow_limit_exceeded',
    'account_deactivated',
  ])('may not give the reason %s', (reason) => {
    const { clientSchema, schema } = commands.RemoveFollower;
    expect(clientSchema.safeParse({ ...pair, reason }).success).toBe(false);
    expect(clientSchema.safeParse({ ...pair, reason: `${reason}.` }).success).toBe(true);
    expect(schema.safeParse({ ...pair, reason, relationshipId: 'r' }).success).toBe(true);
  });

  it('may not name what only policies name', () => {
    const { clientSchema } = commands.RemoveFollower;
    expect(clientSchema.safeParse({ ...pair, blockedAt: NOW }).success).toBe(false);
    expect(clientSchema.safeParse({ ...pair, relationshipId: 'r' }).success).toBe(false);
  });
});

describe('RemoveFollower by a policy', () => {
  it.each([
    ['blocked_by_followee', 'blockByFollowee', 'blockOfFollowee'],
    ['blocked_followee', 'blockOfFollowee', 'blockByFollowee'],
  ] as const)('for %s: the block stands, or is younger than the follow', (reason, own, other) => {
    expect(removes({ reason }, { [own]: block(EARLIER) })).toBe(true);
    expect(removes({ reason, blockedAt: LATER }, { [own]: block(EARLIER) })).toBe(true);
    expect(removes({ reason, blockedAt: LATER })).toBe(true);
    // Lifted before the follow was made: the follow stays.
    expect(removes({ reason, blockedAt: EARLIER })).toBe(false);
    expect(removes({ reason, blockedAt: NOW })).toBe(false);
    expect(removes({ reason })).toBe(false);
    expect(removes({ reason }, { [other]: block(EARLIER) })).toBe(false);
  });

  it('for follow_limit_exceeded: the named follow, while more are followed than may be', () => {
    const body = { reason: 'follow_limit_exceeded', relationshipId: 'follow-1' };
    expect(removes(body, { followingCount: FOLLOW_LIMIT + 1 })).toBe(true);
    expect(removes(body, { followingCount: FOLLOW_LIMIT })).toBe(false);
    const another = { followingCount: FOLLOW_LIMIT + 1, follow: follow(NOW, 'follow-2') };
    expect(removes(body, another)).toBe(false);
  });

  it('for follow_limit_exceeded it names its follow', () => {
    const body = { ...pair, reason: 'follow_limit_exceeded' };
    expect(commands.RemoveFollower.schema.safeParse(body).success).toBe(false);
  });

  it('for account_deactivated: one side is inactive', () => {
    const reason = 'account_deactivated';
    expect(removes({ reason })).toBe(false);
    expect(removes({ reason }, { followee: isInactive })).toBe(true);
    expect(removes({ reason }, { followee: null })).toBe(true);
    expect(removes({ reason }, {}, deactivated)).toBe(true);
  });

  it('takes only the follow it names', () => {
    const facts = { blockByFollowee: block(), follow: follow(NOW, 'a-later-one') };
    const body = { reason: 'blocked_by_followee' };
    expect(removes({ ...body, relationshipId: 'follow-1' }, facts)).toBe(false);
    expect(removes({ ...body, relationshipId: 'a-later-one' }, facts)).toBe(true);
  });
});
