import { describe, expect, it } from 'vitest';
import { account } from '../../machines/account/aggregate.ts';
import { events } from '../../machines/account/events.ts';
import { UpcastError, upcast } from '../../src/define/index.ts';
import { active, deactivated, EARLIER, LATER, NOW, unregistered } from './account-steps.ts';

const AccountRegistered = account.events.AccountRegistered;

describe('AccountRegistered', () => {
  const first = { accountId: 'ann', email: 'a@b.c', username: 'Ann', registeredAt: NOW };

  it('of version 1 is read as version 2, with the commands’ defaults', () => {
    const read = upcast(events.AccountRegistered, {
      type: 'AccountRegistered',
      version: 1,
      data: first,
    });
    expect(read.version).toBe(2);
    expect(events.AccountRegistered.schema.parse(read.data)).toEqual({
      ...first,
      registrationSource: 'web',
      marketingConsent: false,
    });
  });

  it('of version 2 is read as it is, of version 3 not at all', () => {
    const data = { ...first, registrationSource: 'app', marketingConsent: true };
    const recorded = { type: 'AccountRegistered', version: 2, data };
    expect(upcast(events.AccountRegistered, recorded)).toEqual(recorded);
    expect(() => upcast(events.AccountRegistered, { ...recorded, version: 3 })).toThrow(
      UpcastError,
    );
    expect(AccountRegistered?.version).toBe(2);
  });
});

describe('the collections', () => {
  const fold = (collection: string, event: string, data: object) =>
    account.folds[collection]?.[event]?.(data);
  const edge = { followerId: 'ann', followeeId: 'bob' };
  const blocking = { blockerId: 'ann', blockedId: 'bob', blockedAt: NOW };

  it('following: from the follow to its removal', () => {
    const created = { relationshipId: 'r', ...edge, createdAt: NOW };
    expect(fold('following', 'FollowCreated', created)).toEqual({
      op: 'put',
      key: 'bob',
      since: NOW,
      value: { relationshipId: 'r' },
    });
    const removed = { relationshipId: 'r', ...edge, removedAt: LATER, reason: 'x' };
    expect(fold('following', 'FollowRemoved', removed)).toEqual({ op: 'remove', key: 'bob' });
  });

  it('blocked: a block that stands keeps the time it began', () => {
    expect(fold('blocked', 'AccountBlocked', { ...blocking, wasAlreadyBlocked: false })).toEqual({
      op: 'put',
      key: 'bob',
      since: NOW,
      value: null,
    });
    expect(fold('blocked', 'AccountBlocked', { ...blocking, wasAlreadyBlocked: true })).toBeNull();
    expect(fold('blocked', 'AccountUnblocked', { ...blocking, unblockedAt: EARLIER })).toEqual({
      op: 'remove',
      key: 'bob',
    });
  });
});

describe('what others see and what is held', () => {
  it('is the username, whether it is active and since when it is there, never the email', () => {
    const shown = { username: 'Ann_1', joinedAt: NOW };
    expect(account.view?.of(active)).toEqual({ ...shown, isActive: true });
    expect(account.view?.of(deactivated)).toEqual({ ...shown, isActive: false });
  });

  it('is held from the registration on, also when deactivated', () => {
    const held = (state: typeof active) => [
      account.claims.email?.held(state),
      account.claims.username?.held(state),
    ];
    expect(held(unregistered)).toEqual([null, null]);
    expect(held(active)).toEqual(['Ann@Example.org', 'Ann_1']);
    expect(held(deactivated)).toEqual(['Ann@Example.org', 'Ann_1']);
  });
});
