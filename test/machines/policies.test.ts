import { describe, expect, it } from 'vitest';
import { FOLLOW_LIMIT } from '../../machines/account/collections.ts';
import { commands } from '../../machines/account/commands.ts';
import { app } from '../../machines/index.ts';
import { blocking } from '../../machines/policies/blocking.ts';
import { followGuard } from '../../machines/policies/follow-guard.ts';
import { followLimit } from '../../machines/policies/follow-limit.ts';
import { followers } from '../../machines/read-models/followers.ts';
import type { JsonObject, PolicyDefinition, Sending } from '../../src/define/index.ts';
import { block, isInactive, isThere, LATER, NOW } from './account-steps.ts';
import { begin, outcome, take } from './policy-steps.ts';

const nothing = () => ({});
const yesNo = [true, false];

function recorded(type: string, data: object, facts: JsonObject = {}) {
  const actor = { type: 'account', id: 'ann', version: 2 };
  const event = { id: 'e', actor, occurredAt: NOW, correlationId: 'c', facts };
  return { type, data, event, meta: { messageId: 'e', at: NOW } };
}

/** That a policy may send it: its command's schema takes it. */
function expectSendable(sends: readonly Sending[]): void {
  for (const { data } of sends) expect(commands.RemoveFollower.schema.parse(data)).toEqual(data);
}

const blockedOf = (wasAlreadyBlocked: boolean) =>
  recorded('AccountBlocked', {
    blockerId: 'ann',
    blockedId: 'bob',
    blockedAt: NOW,
    wasAlreadyBlocked,
  });

describe('blocking', () => {
  it.each([
    ['a new block', false],
    ['a block that stood already', true],
  ])('by %s removes the follows both ways, from before this very event', (_, already) => {
    const step = take(blocking, begin(blocking), blockedOf(already), nothing);
    expect(step.sends).toEqual([
      {
        command: 'RemoveFollower',
        data: {
          followerId: 'bob',
          followeeId: 'ann',
          reason: 'blocked_by_followee',
          blockedAt: NOW,
        },
        ref: 'blocked follows blocker',
      },
      {
        command: 'RemoveFollower',
        data: { followerId: 'ann', followeeId: 'bob', reason: 'blocked_followee', blockedAt: NOW },
        ref: 'blocker follows blocked',
      },
    ]);
    expectSendable(step.sends);
    expect(step.done).toBe(false);
  });

  it.each([
    ['command.accepted', 'command.accepted'],
    ['command.rejected', 'command.accepted'],
    ['command.failed', 'command.failed'],
  ] as const)('ends with the second outcome, be they %s and %s', (first, second) => {
    const { kept } = take(blocking, begin(blocking), blockedOf(false), nothing);
    const one = take(blocking, kept, outcome(first), nothing);
    expect([one.handled, one.done, one.sends]).toEqual([true, false, []]);
    const two = take(blocking, one.kept, outcome(second), nothing);
    expect([two.handled, two.done, two.sends]).toEqual([true, true, []]);
  });

  it('takes one event in its life, and no outcome before it', () => {
    expect(take(blocking, begin(blocking), outcome('command.accepted'), nothing).handled).toBe(
      false,
    );
    const { kept } = take(blocking, begin(blocking), blockedOf(false), nothing);
    expect(take(blocking, kept, blockedOf(true), nothing).handled).toBe(false);
  });
});

const follow = { relationshipId: 'r-7', followerId: 'ann', followeeId: 'bob', createdAt: NOW };

describe('follow-guard', () => {
  const views = [null, isInactive, isThere];
  const cases = views.flatMap((follower) =>
    views.flatMap((followee) =>
      yesNo.flatMap((byFollowee) =>
        yesNo.map((ofFollowee) => ({ follower, followee, byFollowee, ofFollowee })),
      ),
    ),
  );

  it.each(cases)('removes this follow for the first cause that stands: %j', (found) => {
    const { follower, followee, byFollowee, ofFollowee } = found;
    const step = take(followGuard, begin(followGuard), recorded('FollowCreated', follow), () => ({
      follower,
      followee,
      blockByFollowee: byFollowee ? block() : null,
      blockOfFollowee: ofFollowee ? block(LATER) : null,
    }));
    const reason = [
      byFollowee && 'blocked_by_followee',
      ofFollowee && 'blocked_followee',
      (follower !== isThere || followee !== isThere) && 'account_deactivated',
    ].find((candidate) => candidate !== false);
    const data = { followerId: 'ann', followeeId: 'bob', relationshipId: 'r-7', reason };
    expect(step.sends).toEqual(reason === undefined ? [] : [{ command: 'RemoveFollower', data }]);
    expectSendable(step.sends);
    expect(step.done).toBe(true);
  });

  it('asks for both accounts and for the blocks either way', () => {
    const { wanted } = take(
      followGuard,
      begin(followGuard),
      recorded('FollowCreated', follow),
      () => ({
        follower: isThere,
        followee: isThere,
        blockByFollowee: null,
        blockOfFollowee: null,
      }),
    );
    expect(wanted).toMatchObject({
      follower: { kind: 'view', id: 'ann' },
      followee: { kind: 'view', id: 'bob' },
      blockOfFollowee: { kind: 'entry', collection: { name: 'blocked' }, id: 'ann', key: 'bob' },
      blockByFollowee: { kind: 'entry', collection: { name: 'blocked' }, id: 'bob', key: 'ann' },
    });
  });
});

describe('follow-limit', () => {
  const followed = (facts: JsonObject) =>
    take(followLimit, begin(followLimit), recorded('FollowCreated', follow, facts), nothing);

  it('takes back a follow that was made where as many were followed as may be', () => {
    const step = followed({ followingBefore: FOLLOW_LIMIT });
    expect(step.sends).toEqual([
      {
        command: 'RemoveFollower',
        data: {
          followerId: 'ann',
          followeeId: 'bob',
          relationshipId: 'r-7',
          reason: 'follow_limit_exceeded',
        },
      },
    ]);
    expectSendable(step.sends);
    expect(step.done).toBe(true);
    expect(followed({ followingBefore: FOLLOW_LIMIT + 49 }).sends).toHaveLength(1);
  });

  it('leaves the last that may be, whatever is followed today', () => {
    const step = followed({ followingBefore: FOLLOW_LIMIT - 1 });
    expect(step.sends).toEqual([]);
    expect(step.done).toBe(true);
    expect(step.wanted).toEqual({});
  });

  it('does not take a record that says nothing of it for one within the limit', () => {
    expect(() => followed({})).toThrow();
  });
});

describe('the followers read model', () => {
  const { event } = recorded('FollowCreated', follow);

  it('has who follows an account, since when, until that is removed', () => {
    expect(followers.folds.FollowCreated?.(follow, event)).toEqual([
      { owner: 'bob', change: { op: 'put', key: 'ann', since: NOW, value: null } },
    ]);
    const removed = { ...follow, removedAt: LATER, reason: 'user_requested' };
    expect(followers.folds.FollowRemoved?.(removed, event)).toEqual([
      { owner: 'bob', change: { op: 'remove', key: 'ann' } },
    ]);
  });
});

describe('the app', () => {
  it('has the policies and the projections, each from the first event on', () => {
    const policies: PolicyDefinition[] = [...app.policies.values()];
    expect(policies.map(({ name, correlate, from }) => [name, correlate, from])).toEqual([
      ['blocking', 'event', 'beginning'],
      ['follow-guard', 'event', 'beginning'],
      ['follow-limit', 'event', 'beginning'],
      ['account-cleanup', 'actor', 'beginning'],
    ]);
    expect([...app.projections.keys()]).toEqual(['followers', 'usernames']);
  });
});
