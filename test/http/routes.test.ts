import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { FOLLOW } from './fake-engine.ts';
import { post, readProblem, register, startTestServer, type TestServer } from './harness.ts';

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
  for (const id of ['ann', 'bob']) await register(server, id);
});
afterAll(() => server.close());

describe('a route', () => {
  it('leads from the root to the docs', async () => {
    const response = await fetch(`${server.url}/`, { redirect: 'manual' });
    expect(response.status).toBe(302);
    expect(response.headers.get('location')).toBe('/docs');
  });

  it('leads from the inspector’s address with a slash behind to the one without', async () => {
    const response = await fetch(`${server.url}/inspector/`, { redirect: 'manual' });
    expect(response.status).toBe(302);
    expect(response.headers.get('location')).toBe('/inspector');
  });

  it.each([
    ['POST', '/v1/commands/NoSuchCommand'],
    ['POST', '/v1/commands/toString'],
    ['POST', '/v1/commands/FollowAccount/'],
    ['GET', '/nothing'],
    ['GET', '/v1'],
    ['GET', '/v1/commands/no-such-command'],
    ['GET', '/v1/accounts/nobody/following'],
    ['GET', '/v1/accounts/%20/following'],
    ['GET', '/v1/relationships/ann/nobody'],
    ['GET', '/v1/actors/account/nobody/events'],
    ['GET', '/v1/actors/nothing/ann/events'],
  ])('that is not there: %s %s', async (method, path) => {
    const response = await fetch(server.url + path, { method });
    expect(response.status).toBe(404);
    expect(await readProblem(response)).toMatchObject({ code: 'not_found' });
  });

  it.each([
    ['GET', '/v1/commands', 'POST'],
    ['PUT', '/v1/commands', 'POST'],
    ['GET', '/v1/commands/FollowAccount', 'POST'],
    ['HEAD', '/v1/commands/FollowAccount', 'POST'],
    ['DELETE', '/v1/commands/FollowAccount', 'POST'],
    ['OPTIONS', '/v1/commands/FollowAccount', 'POST'],
    ['POST', '/v1/accounts/ann/following', 'GET, HEAD'],
    ['PROPFIND', '/livez', 'GET, HEAD'],
    ['DELETE', '/openapi.json', 'GET, HEAD'],
  ])('that is there, with another method: %s %s', async (method, path, allow) => {
    const response = await fetch(server.url + path, { method });
    expect(response.status).toBe(405);
    expect(response.headers.get('allow')).toBe(allow);
    if (method !== 'HEAD') {
      expect(await readProblem(response)).toMatchObject({ code: 'method_not_allowed' });
    }
  });

  it.each([
    ['POST', '/v1/commands/FollowAccount?x=1'],
    ['GET', '/v1/accounts/ann/following?x=1'],
    ['GET', '/v1/accounts/ann/following?limit=0'],
    ['GET', '/v1/accounts/ann/following?limit=201'],
    ['GET', '/v1/accounts/ann/following?limit=ten'],
    ['GET', '/v1/accounts/ann/following?limit=5&limit=6'],
    ['GET', '/v1/accounts/ann/following?cursor=made-up'],
    ['GET', '/v1/actors/account/ann/events?before=made-up'],
    ['GET', '/v1/actors/account/ann/events?limit=201'],
    ['GET', '/v1/relationships/ann/bob?x'],
  ])('with bad query parameters: %s %s', async (method, path) => {
    const response =
      method === 'POST' ? await post(server, path, FOLLOW) : await fetch(server.url + path);
    expect(response.status).toBe(422);
    const problem = await readProblem(response);
    expect(problem.code).toBe('validation_error');
    expect(problem.errors).not.toHaveLength(0);
  });
});
