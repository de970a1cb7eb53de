/** What the queries of the graph answer, policies and projections at rest. */
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { app } from '../../machines/index.ts';
import { BadCursorError } from '../../src/define/index.ts';
import { withGraph } from './graph-node.ts';

const page = z.object({
  items: z.array(z.object({ id: z.string(), username: z.string(), since: z.string() })),
  nextCursor: z.string().optional(),
});
const ids = (answer: unknown) => page.parse(answer).items.map(({ id }) => id);

describe('a profile', () => {
  it('has the counts and since when the account is there, never the email', async () => {
    const graph = await withGraph('ann', 'bob', 'cid');
    const joined = await graph.ask('getAccount', { id: 'cid' });
    await graph.follow('ann', 'cid');
    await graph.follow('bob', 'cid');
    await graph.follow('cid', 'ann');
    const shown = {
      id: 'cid',
      username: 'user_cid',
      displayName: 'user_cid',
      followerCount: 2,
      followingCount: 1,
      isActive: true,
      joinedAt: expect.stringMatching(/^2026-01-01T00:00:/),
    };
    expect(joined).toEqual({ ...shown, followerCount: 0, followingCount: 0 });
    expect(await graph.ask('getAccount', { id: 'cid' })).toEqual(shown);
    await graph.send('DeactivateAccount', { accountId: 'cid' });
    expect(await graph.ask('getAccount', { id: 'cid' })).toEqual({
      ...shown,
      followerCount: 0,
      followingCount: 0,
      isActive: false,
    });
    expect(await graph.ask('getAccount', { id: 'Cid' })).toBeNull();
  });
});

describe('follow stats', () => {
  it('count followers, followed and mutuals', async () => {
    const graph = await withGraph('ann', 'bob', 'cid', 'dan');
    await graph.follow('ann', 'bob', 'cid');
    await graph.follow('bob', 'ann');
    await graph.follow('dan', 'ann');
    const stats = { followerCount: 2, followingCount: 2, mutualCount: 1 };
    expect(await graph.ask('getFollowStats', { id: 'ann' })).toEqual(stats);
    await graph.send('BlockAccount', { blockerId: 'bob', blockedId: 'ann' });
    const left = { followerCount: 1, followingCount: 1, mutualCount: 0 };
    expect(await graph.ask('getFollowStats', { id: 'ann' })).toEqual(left);
    expect(await graph.ask('getFollowStats', { id: 'nobody' })).toBeNull();
  });
});

describe('who follows an account', () => {
  it('comes newest first, in pages that a new follower does not shift', async () => {
    const graph = await withGraph('ann', 'bob', 'cid', 'dan', 'eve');
    for (const follower of ['bob', 'cid', 'dan']) await graph.follow(follower, 'ann');
    const since = graph.now();
    const first = page.parse(await graph.ask('listFollowers', { id: 'ann' }, { limit: '2' }));
    expect(first.items).toEqual([
      { id: 'dan', username: 'user_dan', since },
      { id: 'cid', username: 'user_cid', since: expect.any(String) },
    ]);
    await graph.follow('eve', 'ann');
    const cursor = first.nextCursor;
    expect(ids(await graph.ask('listFollowers', { id: 'ann' }, { limit: '2', cursor }))).toEqual([
      'bob',
    ]);
    expect(await graph.ask('listFollowers', { id: 'nobody' })).toBeNull();
  });
});

describe('mutuals', () => {
  it('come newest first by the later follow, in pages that a new one does not shift', async () => {
    const graph = await withGraph('ann', 'bob', 'cid', 'dan', 'eve');
    await graph.follow('bob', 'ann');
    await graph.follow('ann', 'dan', 'cid', 'eve');
    const times: string[] = [];
    for (const [follower, followee] of [
      ['cid', 'ann'],
      ['ann', 'bob'],
      ['dan', 'ann'],
    ] as const) {
      await graph.follow(follower, followee);
      times.unshift(graph.now());
    }
    const whole = page.parse(await graph.ask('listMutuals', { id: 'ann' }));
    expect(whole).toEqual({
      items: ['dan', 'bob', 'cid'].map((id, place) => ({
        id,
        username: `user_${id}`,
        since: times[place],
      })),
    });
    const first = page.parse(await graph.ask('listMutuals', { id: 'ann' }, { limit: '1' }));
    expect(ids(first)).toEqual(['dan']);
    await graph.follow('eve', 'ann');
    const cursor = first.nextCursor;
    const rest = await graph.ask('listMutuals', { id: 'ann' }, { limit: '2', cursor });
    expect(page.parse(rest)).toEqual({ items: whole.items.slice(1) });
    expect(await graph.ask('listMutuals', { id: 'nobody' })).toBeNull();
  });

  it('refuse a cursor that no page of theirs gave out', async () => {
    const graph = await withGraph('ann', 'bob', 'cid');
    await graph.follow('ann', 'bob', 'cid');
    await graph.follow('bob', 'ann');
    await graph.follow('cid', 'ann');
    const other = page.parse(await graph.ask('listMutuals', { id: 'ann' }, { limit: '1' }));
    for (const cursor of ['not a cursor', other.nextCursor]) {
      const asked = graph.ask('listMutuals', { id: 'bob' }, { cursor });
      await expect(asked).rejects.toBeInstanceOf(BadCursorError);
    }
  });
});

describe('suggestions', () => {
  it('are ordered by paths, then by followers, then by id', async () => {
    const graph = await withGraph('ann', 'b1', 'b2', 'b3', 'once', 'liked', 'also', 'twice', 'fan');
    await graph.follow('ann', 'b1', 'b2', 'b3');
    await graph.follow('b1', 'twice', 'once', 'b2');
    await graph.follow('b2', 'twice', 'liked', 'ann');
    await graph.follow('b3', 'also');
    await graph.follow('fan', 'liked');
    const suggested = (id: string, paths: number) => ({ id, username: `user_${id}`, paths });
    const all = [suggested('twice', 2), ...['liked', 'also', 'once'].map((id) => suggested(id, 1))];
    expect(await graph.ask('listSuggestions', { id: 'ann' })).toEqual({ items: all });
    expect(await graph.ask('listSuggestions', { id: 'ann' }, { limit: '2' })).toEqual({
      items: all.slice(0, 2),
    });
    expect(await graph.ask('listSuggestions', { id: 'fan' })).toEqual({ items: [] });
    expect(await graph.ask('listSuggestions', { id: 'nobody' })).toBeNull();
  });

  it('leave out who is blocked either way, and who is inactive', async () => {
    const graph = await withGraph('ann', 'bob', 'blocks', 'blocked', 'gone', 'left');
    await graph.follow('ann', 'bob');
    await graph.follow('bob', 'blocks', 'blocked', 'gone', 'left');
    await graph.send('BlockAccount', { blockerId: 'blocks', blockedId: 'ann' });
    await graph.send('BlockAccount', { blockerId: 'ann', blockedId: 'blocked' });
    await graph.send('DeactivateAccount', { accountId: 'gone' });
    expect(await graph.ask('listSuggestions', { id: 'ann' }, { limit: '1' })).toEqual({
      items: [{ id: 'left', username: 'user_left', paths: 1 }],
    });
  });
});

const profiles = z.object({ items: z.array(z.looseObject({ id: z.string() })) });
const found = (answer: unknown) => profiles.parse(answer).items.map(({ id }) => id);

describe('accounts by username', () => {
  it('are found in any case, also when inactive', async () => {
    const graph = await withGraph('Ann', 'bob');
    const of = async (username: string) => found(await graph.ask('findAccounts', {}, { username }));
    expect(await of('user_Ann')).toEqual(['Ann']);
    expect(await of('USER_ANN')).toEqual(['Ann']);
    expect(await of('user_an')).toEqual([]);
    expect(await of('user ann')).toEqual([]);
    // The sign for Kelvin is a K in NFC.
    await graph.send('RegisterAccount', { accountId: 'k', email: 'k@k.k', username: 'Kay' });
    expect(await of('\u212aAY')).toEqual(['k']);
    await graph.send('DeactivateAccount', { accountId: 'bob' });
    expect(await graph.ask('findAccounts', {}, { username: 'user_bob' })).toMatchObject({
      items: [{ id: 'bob', isActive: false }],
    });
  });
});

describe('accounts by prefix', () => {
  it('are the active ones, most followed first, then by id', async () => {
    const graph = await withGraph('b', 'a', 'c', 'd');
    const named = ['usage', 'zoe', 'u_1', 'Us_1', 'user'];
    for (const [place, username] of named.entries()) {
      const email = `${place}@example.org`;
      await graph.send('RegisterAccount', { accountId: `n${place}`, email, username });
    }
    await graph.follow('a', 'c', 'd', 'n2');
    await graph.follow('b', 'd', 'n2');
    await graph.follow('c', 'n2');
    const of = async (prefix: string, limit?: string) =>
      found(await graph.ask('findAccounts', {}, { prefix, ...(limit && { limit }) }));
    expect(await of('USER_')).toEqual(['d', 'c', 'a', 'b']);
    expect(await of('us')).toEqual(['d', 'c', 'a', 'b', 'n0', 'n3', 'n4']);
    expect(await of('u')).toEqual(['n2', 'd', 'c', 'a', 'b', 'n0', 'n3', 'n4']);
    expect(await of('U', '2')).toEqual(['n2', 'd']);
    expect(await of('user')).toEqual(['d', 'c', 'a', 'b', 'n4']);
    expect(await of('user_d')).toEqual(['d']);
    expect(await of('zoey')).toEqual([]);
    expect(await of('~')).toEqual([]);
    await graph.send('DeactivateAccount', { accountId: 'd' });
    expect(await of('user_')).toEqual(['c', 'a', 'b']);
  });
});

describe('more accounts of a prefix than are compared', () => {
  it('lose none of the most followed', async () => {
    const graph = await withGraph('a', 'b', 'c');
    const body = (n: number) => {
      const id = `z${String(n).padStart(3, '0')}`;
      return { accountId: id, email: `${id}@example.org`, username: `Z${id}` };
    };
    // A page of names begins at their end.
    for (let n = 0; n < 510; n++) await graph.send('RegisterAccount', body(n), 0);
    await graph.follow('a', 'z000', 'z005', 'z509', 'b');
    await graph.follow('b', 'z000', 'z005', 'c');
    await graph.follow('c', 'z000', 'b');
    for (const prefix of ['zz', 'z', 'zz0', 'zz00']) {
      const answer = await graph.ask('findAccounts', {}, { prefix, limit: '2' });
      expect(found(answer)).toEqual(['z000', 'z005']);
    }
    const most = await graph.ask('findAccounts', {}, { prefix: 'zz', limit: '200' });
    expect(found(most)).toHaveLength(200);
    expect(found(most).slice(0, 3)).toEqual(['z000', 'z005', 'z509']);
    const popular = await graph.ask('findAccounts', {}, { sort: 'popular', limit: '200' });
    expect(found(popular)).toHaveLength(200);
    expect(found(popular).slice(0, 5)).toEqual(['z000', 'b', 'z005', 'c', 'z509']);
  });
});

describe('popular accounts', () => {
  it('are the active ones, most followed first, those whom nobody follows too', async () => {
    const graph = await withGraph('c', 'b', 'a', 'd', 'e');
    const popular = async (limit?: string) =>
      found(await graph.ask('findAccounts', {}, { sort: 'popular', ...(limit && { limit }) }));
    expect(await popular()).toEqual(['a', 'b', 'c', 'd', 'e']);
    await graph.follow('a', 'd', 'e', 'b');
    await graph.follow('b', 'd', 'e');
    await graph.follow('c', 'd');
    expect(await popular()).toEqual(['d', 'e', 'b', 'a', 'c']);
    expect(await popular('1')).toEqual(['d']);
    expect(await popular('4')).toEqual(['d', 'e', 'b', 'a']);
    await graph.send('DeactivateAccount', { accountId: 'd' });
    expect(await popular('2')).toEqual(['e', 'b']);
  });
});

describe('the search parameters of accounts', () => {
  const query = app.queries.find(({ name }) => name === 'findAccounts');

  it.each([
    { username: 'ann' },
    { prefix: 'a' },
    { prefix: 'a', limit: '1' },
    { sort: 'popular' },
    { sort: 'popular', limit: '200' },
  ])('may be %o', (search) => {
    expect(query?.search.safeParse(search).success).toBe(true);
  });

  it.each([
    {},
    { limit: '5' },
    { username: '' },
    { prefix: '' },
    { sort: '' },
    { sort: 'Popular' },
    { username: 'ann', prefix: 'a' },
    { username: 'ann', limit: '5' },
    { username: 'ann', sort: 'popular' },
    { prefix: 'a', sort: 'popular' },
    { prefix: 'a', cursor: 'x' },
    { prefix: 'x'.repeat(65) },
    ...['0', '201', '', 'x', '1.5'].map((limit) => ({ sort: 'popular', limit })),
  ])('are not %o', (search) => {
    expect(query?.search.safeParse(search).success).toBe(false);
  });
});
