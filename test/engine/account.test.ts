/** The account's commands through the engine, on the memory store. */
import { describe, expect, it } from 'vitest';
import { annFollowsBob, bobBlocksAnn, node, said, time, withAccounts } from './account-node.ts';

describe('registering', () => {
  it('generates an id and holds email and username, in any spelling', async () => {
    const { send } = node();
    const first = await send('RegisterAccount', { email: 'Ü@b.c', username: 'Ann' });
    expect(first).toMatchObject({
      status: 'accepted',
      events: [{ type: 'AccountRegistered', version: 2, data: { registrationSource: 'web' } }],
    });
    const register = async (email: string, username: string) =>
      said(await send('RegisterAccount', { email, username }));
    expect(await register('u\u0308@B.C', 'Other')).toBe('Email already registered');
    expect(await register('other@b.c', 'aNN')).toBe('Username already taken');
    expect(await register('other@b.c', 'Other')).toBe('AccountRegistered');
  });

  it('refuses an account that exists: the email first, then the username', async () => {
    const { send } = await withAccounts('ann');
    const again = async (email: string, username: string) =>
      said(await send('RegisterAccount', { accountId: 'ann', email, username }));
    expect(await again('ann@example.org', 'user_ann')).toBe('Email already registered');
    expect(await again('new@example.org', 'user_ann')).toBe('Username already taken');
    expect(await again('new@example.org', 'newcomer')).toBe('Account already registered');
  });

  it('keeps no claim of a registration that was refused', async () => {
    const { send } = await withAccounts('ann');
    const register = async (accountId: string, email: string, username: string) =>
      said(await send('RegisterAccount', { accountId, email, username }));
    expect(await register('bob', 'bob@b.c', 'user_ann')).toBe('Username already taken');
    expect(await register('ann', 'cid@b.c', 'cid')).toBe('Account already registered');
    expect(await register('bob', 'bob@b.c', 'cid')).toBe('AccountRegistered');
    expect(await register('cid', 'cid@b.c', 'other')).toBe('AccountRegistered');
  });

  it('holds email and username after the deactivation too', async () => {
    const { send } = await withAccounts('ann');
    expect(said(await send('DeactivateAccount', { accountId: 'ann' }))).toBe('AccountDeactivated');
    const body = { accountId: 'bob', email: 'ann@example.org', username: 'bob' };
    expect(said(await send('RegisterAccount', body))).toBe('Email already registered');
  });
});

describe('following', () => {
  it('records what was known: how many were followed before', async () => {
    const { engine, send } = await withAccounts('ann', 'bob', 'cid');
    await send('FollowAccount', annFollowsBob);
    const second = await send('FollowAccount', { followerId: 'ann', followeeId: 'cid' });
    expect(said(second)).toBe('FollowCreated');
    const trail = await engine.trail({ type: 'account', id: 'ann' }, { limit: 1, before: null });
    expect(trail?.items[0]).toMatchObject({
      type: 'FollowCreated',
      facts: { followingBefore: 1, follow: null, followee: { isActive: true } },
    });
    if (second.status === 'failed') throw new Error('the follow failed');
    expect(second.events[0]?.data).toMatchObject({ relationshipId: second.commandId });
  });

  it('has no effect twice, and is not refused the same for a block or a deactivation', async () => {
    const { send } = await withAccounts('ann', 'bob');
    const follow = async () => said(await send('FollowAccount', annFollowsBob));
    expect(await follow()).toBe('FollowCreated');
    expect(await follow()).toBe('no effect');
    await send('BlockAccount', bobBlocksAnn);
    expect(await follow()).toBe('Blocked relationship prevents following');
    await send('DeactivateAccount', { accountId: 'bob' });
    expect(await follow()).toBe('One or both accounts are inactive');
  });

  it('names who is missing', async () => {
    const { send } = await withAccounts('ann');
    const follow = async (followerId: string, followeeId: string) =>
      said(await send('FollowAccount', { followerId, followeeId }));
    expect(await follow('nobody', 'nobody')).toBe('Cannot follow yourself');
    expect(await follow('nobody', 'ann')).toBe('Follower account not found');
    expect(await follow('ann', 'nobody')).toBe('Followee account not found');
    expect(await follow('ann', '__proto__')).toBe('Followee account not found');
  });

  it('queued behind one another sees what the one before did', async () => {
    const { send } = await withAccounts('ann', 'bob', 'cid');
    const outcomes = await Promise.all([
      send('FollowAccount', annFollowsBob),
      send('FollowAccount', annFollowsBob),
      send('RemoveFollower', annFollowsBob),
      send('RemoveFollower', annFollowsBob),
      send('FollowAccount', annFollowsBob),
      send('BlockAccount', { blockerId: 'ann', blockedId: 'bob' }),
      send('FollowAccount', annFollowsBob),
    ]);
    expect(outcomes.map(said)).toEqual([
      'FollowCreated',
      'no effect',
      'FollowRemoved',
      'no effect',
      'FollowCreated',
      'AccountBlocked',
      'Blocked relationship prevents following',
    ]);
  });
});

describe('blocking', () => {
  it('twice says so, and the block began with the first', async () => {
    const { send, ask } = await withAccounts('ann', 'bob');
    await send('BlockAccount', bobBlocksAnn);
    expect(await send('BlockAccount', bobBlocksAnn)).toMatchObject({
      status: 'accepted',
      events: [{ data: { wasAlreadyBlocked: true, blockedAt: time(3) } }],
    });
    expect(await ask('listBlocked', { id: 'bob' })).toEqual({
      items: [{ id: 'ann', username: 'user_ann', since: time(2) }],
    });
  });

  it('is undone by unblocking, once; each names who is missing', async () => {
    const { send } = await withAccounts('ann', 'bob');
    const nobody = { blockerId: 'nobody', blockedId: 'ann' };
    await send('BlockAccount', bobBlocksAnn);
    expect(said(await send('UnblockAccount', bobBlocksAnn))).toBe('AccountUnblocked');
    expect(said(await send('UnblockAccount', bobBlocksAnn))).toBe('no effect');
    expect(said(await send('UnblockAccount', nobody))).toBe('Blocker account not found');
    expect(said(await send('BlockAccount', nobody))).toBe('Blocker account not found');
    const missing = { blockerId: 'ann', blockedId: 'nobody' };
    expect(said(await send('BlockAccount', missing))).toBe('Account to block not found');
  });

  it('goes on after the deactivation, and so does removing', async () => {
    const { send } = await withAccounts('ann', 'bob');
    await send('FollowAccount', annFollowsBob);
    await send('DeactivateAccount', { accountId: 'ann' });
    const block = { blockerId: 'ann', blockedId: 'bob' };
    expect(said(await send('BlockAccount', block))).toBe('AccountBlocked');
    expect(said(await send('UnblockAccount', block))).toBe('AccountUnblocked');
    expect(said(await send('RemoveFollower', annFollowsBob))).toBe('FollowRemoved');
    expect(said(await send('DeactivateAccount', { accountId: 'ann' }))).toBe('no effect');
    expect(said(await send('DeactivateAccount', { accountId: 'nobody' }))).toBe(
      'Account not found',
    );
  });
});

describe('removing', () => {
  it('of what is not there, or by nobody, has no effect and makes no account', async () => {
    const { send, ask } = await withAccounts('ann', 'bob');
    expect(said(await send('RemoveFollower', annFollowsBob))).toBe('no effect');
    const byNobody = { followerId: 'nobody', followeeId: 'ann' };
    expect(await send('RemoveFollower', byNobody)).toMatchObject({ actor: { version: 0 } });
    expect(await ask('listFollowing', { id: 'nobody' })).toBeNull();
  });

  it('by a policy that comes late leaves the follow made after the unblock', async () => {
    const { send, remove } = await withAccounts('ann', 'bob');
    await send('FollowAccount', annFollowsBob);
    await send('BlockAccount', bobBlocksAnn);
    const removal = { ...annFollowsBob, reason: 'blocked_by_followee', blockedAt: time(3) };
    await send('UnblockAccount', bobBlocksAnn);
    // The follow that the block found there goes, though the block is lifted.
    expect(said(await remove(removal))).toBe('FollowRemoved');
    expect(said(await send('FollowAccount', annFollowsBob))).toBe('FollowCreated');
    expect(said(await remove(removal))).toBe('no effect');
  });

  it('for an inactive side has no effect while both are active', async () => {
    const { send, remove } = await withAccounts('ann', 'bob');
    await send('FollowAccount', annFollowsBob);
    const removal = { ...annFollowsBob, reason: 'account_deactivated' };
    expect(said(await remove(removal))).toBe('no effect');
    await send('DeactivateAccount', { accountId: 'bob' });
    expect(said(await remove(removal))).toBe('FollowRemoved');
  });
});
