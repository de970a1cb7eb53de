import { afterAll, beforeAll, describe, expect, it } from 'vitest';
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
  for (const id of ['ann', 'bob', 'cid']) await register(server, id);
});
afterAll(() => server.close());

const follow = (followerId: string, followeeId: string, headers?: Record<string, string>) =>
  post(server, '/v1/commands/FollowAccount', { followerId, followeeId }, headers);

describe('an accepted command', () => {
  it('answers with its actor, position and events, and the version as its tag', async () => {
    const response = await follow('ann', 'bob');
    expect(response.status).toBe(200);
    expect(response.headers.get('content-type')).toBe('application/json');
    expect(response.headers.get('etag')).toBe('"2"');
    expect(response.headers.has('idempotency-replayed')).toBe(false);
    const body = await readObject(response);
    expect(body).toMatchObject({
      status: 'accepted',
      actor: { type: 'account', id: 'ann', version: 2 },
      position: expect.stringMatching(/^\d+:\d+$/),
      events: [
        {
          type: 'FollowCreated',
          version: 1,
          actor: { type: 'account', id: 'ann', version: 2 },
          position: `${body.position}.0`,
          causationId: body.commandId,
          data: { followerId: 'ann', followeeId: 'bob' },
        },
      ],
    });
    expect(Object.keys(body)).toEqual(['status', 'commandId', 'actor', 'position', 'events']);
  });

  it('has no events where it changed nothing', async () => {
    await follow('ann', 'cid');
    const body = await readObject(await follow('ann', 'cid'));
    expect(body).toMatchObject({ status: 'accepted', events: [] });
  });
});

describe('a rejected command', () => {
  it('is a problem that carries the rejection event, its actor and its position', async () => {
    const response = await follow('bob', 'bob');
    expect(response.status).toBe(409);
    expect(response.headers.get('etag')).toBe('"1"');
    const problem = await readProblem(response);
    expect(problem).toMatchObject({
      code: 'rejected',
      detail: 'Cannot follow yourself',
      actor: { type: 'account', id: 'bob', version: 1 },
      events: [{ type: 'FollowRejected', position: `${problem.position}.0` }],
    });
  });
});
