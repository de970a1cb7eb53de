/** The routes of the graph's queries: what they take, refuse and show. */
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { z } from 'zod';
import {
  post,
  readObject,
  readProblem,
  register,
  startTestServer,
  type TestServer,
} from './harness.ts';

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
  await server.engine.start();
  for (const id of ['ann', 'bob', 'cid', 'dan']) await register(server, id);
  for (const [followerId, followeeId] of [
    ['ann', 'bob'],
    ['bob', 'ann'],
    ['cid', 'bob'],
    ['bob', 'dan'],
  ]) {
    await post(server, '/v1/commands/FollowAccount', { followerId, followeeId });
  }
  await vi.waitFor(async () => expect((await server.engine.policies()).idle).toBe(true), 60_000);
});
afterAll(async () => {
  await server.engine.drain();
  await server.close();
});

const get = async (path: string) => readObject(await fetch(server.url + path));
const shown = (id: string, followerCount: number, followingCount: number) => ({
  id,
  username: id,
  displayName: id,
  followerCount,
  followingCount,
  isActive: true,
  joinedAt: expect.any(String),
});
const item = (id: string) => ({ id, username: id, since: expect.any(String) });

describe('the graph', () => {
  it('is read on its routes', async () => {
    expect(await get('/v1/accounts/bob')).toEqual(shown('bob', 2, 2));
    expect(await get('/v1/accounts/bob/follow-stats')).toEqual({
      followerCount: 2,
      followingCount: 2,
      mutualCount: 1,
    });
    expect(await get('/v1/accounts/bob/followers')).toEqual({ items: [item('cid'), item('ann')] });
    expect(await get('/v1/accounts/bob/mutuals')).toEqual({ items: [item('ann')] });
    expect(await get('/v1/accounts/ann/suggestions')).toEqual({
      items: [{ id: 'dan', username: 'dan', paths: 1 }],
    });
    expect(await get('/v1/accounts?username=BOB')).toEqual({ items: [shown('bob', 2, 2)] });
    expect(await get('/v1/accounts?username=nobody')).toEqual({ items: [] });
    expect(await get('/v1/accounts?prefix=B')).toEqual({ items: [shown('bob', 2, 2)] });
    expect(await get('/v1/accounts?sort=popular&limit=2')).toEqual({
      items: [shown('bob', 2, 2), shown('ann', 1, 1)],
    });
  });

  it('pages through who follows an account', async () => {
    const first = await get('/v1/accounts/bob/followers?limit=1');
    expect(first).toEqual({ items: [item('cid')], nextCursor: expect.any(String) });
    const cursor = encodeURIComponent(String(first.nextCursor));
    expect(await get(`/v1/accounts/bob/followers?limit=1&cursor=${cursor}`)).toEqual({
      items: [item('ann')],
    });
    const foreign = await fetch(`${server.url}/v1/accounts/bob/mutuals?cursor=${cursor}`);
    expect(await readProblem(foreign)).toMatchObject({ status: 422, code: 'validation_error' });
  });

  it('never shows an email', async () => {
    for (const path of ['/bob', '/bob/followers', '/bob/suggestions', '?sort=popular']) {
      const answer = await fetch(`${server.url}/v1/accounts${path}`);
      expect(await answer.text(), path).not.toMatch(/@|email/i);
    }
  });

  it.each([
    '',
    '/follow-stats',
    '/followers',
    '/following',
    '/mutuals',
    '/blocked',
    '/suggestions',
  ])('has no %s of an account that is not there', async (route) => {
    for (const id of ['nobody', 'Bob', 'b%20b', '%00', 'x'.repeat(65)]) {
      const answer = await fetch(`${server.url}/v1/accounts/${id}${route}`);
      expect(await readProblem(answer)).toMatchObject({ status: 404, code: 'not_found' });
    }
  });

  it.each([
    ['', ['username']],
    ['?limit=5', ['username']],
    ['?prefix=', ['prefix']],
    ['?username=a&prefix=b', ['prefix']],
    ['?username=a&prefix=b&sort=popular', ['prefix', 'sort']],
    ['?username=a&limit=5', ['limit']],
    ['?sort=new', ['sort']],
    ['?sort=popular&limit=201', ['limit']],
    ['?sort=popular&limit=0', ['limit']],
    ['?prefix=a&prefix=b', ['prefix']],
    ['?prefix=a&cursor=b', ['cursor']],
    ['/bob/suggestions?limit=1000', ['limit']],
    ['/bob/suggestions?cursor=x', ['cursor']],
    ['/bob?limit=1', ['limit']],
    ['/bob/follow-stats?limit=1', ['limit']],
    ['/bob/followers?limit=x', ['limit']],
    ['/bob/mutuals?cursor=x', ['cursor']],
  ])('refuses %s', async (path, fields) => {
    const problem = await readProblem(await fetch(`${server.url}/v1/accounts${path}`));
    expect(problem).toMatchObject({ status: 422, code: 'validation_error' });
    expect(problem.errors?.map(({ field }) => field)).toEqual(fields);
  });

  it('is described with all that it takes', async () => {
    const operation = z.object({
      parameters: z.array(z.looseObject({ name: z.string(), required: z.boolean() })).default([]),
    });
    const paths = z.record(z.string(), z.looseObject({ get: operation.optional() }));
    const described = paths.parse((await get('/openapi.json')).paths);
    const taken = (route: string) =>
      described[route]?.get?.parameters
        .filter(({ in: place }) => place === 'query')
        .map(({ name, required }) => (required ? `${name}!` : name));
    expect(taken('/v1/accounts')).toEqual(['username', 'prefix', 'sort', 'limit']);
    expect(taken('/v1/accounts/{id}/suggestions')).toEqual(['limit']);
    expect(taken('/v1/accounts/{id}/mutuals')).toEqual(['limit', 'cursor']);
    expect(taken('/v1/accounts/{id}')).toEqual([]);
    expect(described['/v1/accounts']?.get?.parameters).toContainEqual(
      expect.objectContaining({
        name: 'limit',
        schema: expect.objectContaining({ minimum: 1, maximum: 200 }),
      }),
    );
  });
});
