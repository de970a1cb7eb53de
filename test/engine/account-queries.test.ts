/** The account's queries through the engine, on the memory store. */
import { describe, expect, it } from 'vitest';
import { app } from '../../machines/index.ts';
import { BadCursorError } from '../../src/define/index.ts';
import { encodeCursor } from '../../src/engine/cursor.ts';
import { annFollowsBob, bobBlocksAnn, time, withAccounts } from './account-node.ts';

describe('the relationship of two accounts', () => {
  const between = { a: 'ann', b: 'bob' };
  const none = {
    aFollowsB: false,
    bFollowsA: false,
    aBlockedByB: false,
    bBlockedByA: false,
    areMutualFollowers: false,
    relationshipType: 'none',
  };

  it('is the first that holds of blocked, mutual, one way and none, since it began', async () => {
    const { send, ask } = await withAccounts('ann', 'bob');
    const seen = () => ask('getRelationship', between);
    expect(await seen()).toEqual(none);
    await send('FollowAccount', annFollowsBob);
    const oneWay = { ...none, aFollowsB: true, relationshipType: 'one_way', since: time(2) };
    expect(await seen()).toEqual(oneWay);
    await send('FollowAccount', { followerId: 'bob', followeeId: 'ann' });
    expect(await seen()).toEqual({
      ...oneWay,
      bFollowsA: true,
      areMutualFollowers: true,
      relationshipType: 'mutual',
      since: time(3),
    });
    await send('BlockAccount', bobBlocksAnn);
    await send('BlockAccount', { blockerId: 'ann', blockedId: 'bob' });
    expect(await seen()).toMatchObject({
      aBlockedByB: true,
      bBlockedByA: true,
      relationshipType: 'blocked',
      since: time(4),
    });
    await send('UnblockAccount', bobBlocksAnn);
    expect(await seen()).toMatchObject({ aBlockedByB: false, bBlockedByA: true, since: time(5) });
  });

  it('is seen from either side, and by an account with itself', async () => {
    const { send, ask } = await withAccounts('ann', 'bob');
    await send('FollowAccount', annFollowsBob);
    await send('BlockAccount', bobBlocksAnn);
    expect(await ask('getRelationship', { a: 'bob', b: 'ann' })).toMatchObject({
      aFollowsB: false,
      bFollowsA: true,
      aBlockedByB: false,
      bBlockedByA: true,
    });
    expect(await ask('getRelationship', { a: 'ann', b: 'ann' })).toEqual(none);
  });

  it('is there only where both are', async () => {
    const { ask } = await withAccounts('ann');
    expect(await ask('getRelationship', { a: 'ann', b: 'nobody' })).toBeNull();
    expect(await ask('getRelationship', { a: 'nobody', b: 'ann' })).toBeNull();
  });
});

describe('whom an account follows', () => {
  it('comes in pages, newest first, until the last', async () => {
    const { send, ask } = await withAccounts('ann', 'bob', 'cid', '__proto__');
    for (const followeeId of ['bob', 'cid', '__proto__']) {
      await send('FollowAccount', { followerId: 'ann', followeeId });
    }
    const first = await ask('listFollowing', { id: 'ann' }, { limit: '2' });
    expect(first).toEqual({
      items: [
        { id: '__proto__', username: 'user___proto__', since: time(6) },
        { id: 'cid', username: 'user_cid', since: time(5) },
      ],
      nextCursor: expect.any(String),
    });
    const { nextCursor: cursor } = first as { nextCursor: string };
    expect(await ask('listFollowing', { id: 'ann' }, { limit: '2', cursor })).toEqual({
      items: [{ id: 'bob', username: 'user_bob', since: time(4) }],
    });
    expect(await ask('listFollowing', { id: 'bob' })).toEqual({ items: [] });
    expect(await ask('listFollowing', { id: 'nobody' })).toBeNull();
  });

  it('refuses a cursor that no page gave out', async () => {
    const { ask } = await withAccounts('ann');
    const scope = 'account/following/ann';
    const forged = [
      'not a cursor',
      encodeCursor('account/following/bob', [1, 'cid']),
      encodeCursor(scope, []),
      encodeCursor(scope, ['1', 'cid']),
      encodeCursor(scope, [1, 2]),
      encodeCursor(scope, [1.5, 'cid']),
      encodeCursor(scope, [-1, 'cid']),
    ];
    for (const cursor of forged) {
      const page = ask('listFollowing', { id: 'ann' }, { cursor });
      await expect(page, cursor).rejects.toBeInstanceOf(BadCursorError);
    }
  });

  it.each([
    [{}, 50],
    [{ limit: '1' }, 1],
    [{ limit: '200' }, 200],
  ])('takes the limit %o', (search, limit) => {
    const query = app.queries.find(({ name }) => name === 'listFollowing');
    expect(query?.search.parse(search)).toEqual({ limit });
  });

  it.each([
    ...['0', '201', '', 'abc', '1e2', '1.5', '-1', ' 1', '0x10', '050', '٣'].map((limit) => ({
      limit,
    })),
    { cursor: '' },
    { page: '2' },
  ])('refuses %o', (search) => {
    for (const name of ['listFollowing', 'listBlocked']) {
      const query = app.queries.find((candidate) => candidate.name === name);
      expect(query?.search.safeParse(search).success).toBe(false);
    }
  });
});
