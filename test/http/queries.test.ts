import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { post, readObject, register, startTestServer, type TestServer } from './harness.ts';

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
  for (const id of ['ann', 'bob', 'cid']) await register(server, id);
  for (const followeeId of ['bob', 'cid', 'ann']) {
    await post(server, '/v1/commands/FollowAccount', { followerId: 'ann', followeeId });
  }
});
afterAll(() => server.close());

const get = async (path: string) => readObject(await fetch(server.url + path));
const page = z.object({
  items: z.array(z.looseObject({ type: z.string() })),
  nextCursor: z.string().optional(),
});

describe('queries', () => {
  it('are served on the routes that they declare', async () => {
    expect(await get('/v1/relationships/ann/bob')).toMatchObject({
      aFollowsB: true,
      relationshipType: 'one_way',
    });
  });

  it('page through cursors', async () => {
    const first = await get('/v1/accounts/ann/following?limit=1');
    expect(first).toMatchObject({ items: [{ id: 'cid' }], nextCursor: expect.any(String) });
    const cursor = encodeURIComponent(String(first.nextCursor));
    const second = await get(`/v1/accounts/ann/following?limit=1&cursor=${cursor}`);
    expect(second).toMatchObject({ items: [{ id: 'bob' }] });
  });

  it('give the trail of an actor, rejections too, newest first', async () => {
    const whole = page.parse(await get('/v1/actors/account/ann/events'));
    expect(whole.nextCursor).toBeUndefined();
    expect(whole.items.map(({ type }) => type)).toEqual([
      'FollowRejected',
      'FollowCreated',
      'FollowCreated',
      'AccountRegistered',
    ]);
    expect(whole.items[0]).toMatchObject({
      cause: { type: 'FollowAccount', data: { followerId: 'ann', followeeId: 'ann' } },
      facts: expect.anything(),
    });
    const paged: unknown[] = [];
    let next: string | undefined = '';
    while (next !== undefined) {
      const before: string = next === '' ? '' : `&before=${encodeURIComponent(next)}`;
      const part = page.parse(await get(`/v1/actors/account/ann/events?limit=3${before}`));
      paged.push(...part.items);
      next = part.nextCursor;
    }
    expect(paged).toEqual(whole.items);
  });

  it('are never kept by caches', async () => {
    const response = await fetch(`${server.url}/v1/relationships/ann/bob`);
    expect(response.headers.get('cache-control')).toBe('no-store');
  });

  it.each([
    '/v1/relationships/ann/bob',
    '/livez',
    '/openapi.json',
    '/docs',
    '/v1/accounts/x/blocked',
  ])('HEAD %s answers as GET, without a body', async (path) => {
    const [got, head] = await Promise.all([
      fetch(server.url + path),
      fetch(server.url + path, { method: 'HEAD' }),
    ]);
    expect(head.status).toBe(got.status);
    expect(head.headers.get('content-type')).toBe(got.headers.get('content-type'));
    expect(await head.text()).toBe('');
  });
});
