import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { StoreUnavailable } from '../../src/engine/store.ts';
import { FOLLOW, failed, fakeEngine } from './fake-engine.ts';
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
  for (const id of ['ann', 'bob']) await register(server, id);
});
afterAll(() => server.close());

const later = (body: unknown, headers = {}) =>
  post(server, '/v1/commands/FollowAccount', body, { prefer: 'respond-async', ...headers });

async function result(location: string | null): Promise<Record<string, unknown>> {
  const response = await fetch(server.url + location);
  expect(response.status).toBe(200);
  return readObject(response);
}

describe('Prefer: respond-async', () => {
  it('answers 202 with where the result will be', async () => {
    const response = await later(FOLLOW);
    expect(response.status).toBe(202);
    const body = await readObject(response);
    expect(body).toEqual({ status: 'pending', commandId: expect.any(String) });
    const location = response.headers.get('location');
    expect(location).toBe(`/v1/commands/${body.commandId}`);
    await expect
      .poll(() => result(location))
      .toMatchObject({
        status: 'accepted',
        commandId: body.commandId,
        actor: { id: 'ann' },
        events: [{ type: 'FollowCreated' }],
      });
  });

  it.each(['wait=5, respond-async', 'Respond-Async;foo=bar', 'return=minimal, respond-async'])(
    'may stand among others: %s',
    async (prefer) => {
      expect((await later(FOLLOW, { prefer })).status).toBe(202);
    },
  );

  it('is not guessed from others', async () => {
    const prefer = 'wait=5, x="a, respond-async", respond-asynchronously';
    expect((await later(FOLLOW, { prefer })).status).toBe(200);
  });

  it('checks up to the schema before', async () => {
    expect((await later({ followerId: 'ann' })).status).toBe(422);
  });

  it('gives under a known key the same answer, and says that it is a replay', async () => {
    const key = { 'idempotency-key': 'later-1' };
    const first = await later(FOLLOW, key);
    const again = await later(FOLLOW, key);
    expect(again.status).toBe(202);
    expect(await again.text()).toBe(await first.text());
    expect(again.headers.get('location')).toBe(first.headers.get('location'));
    expect(first.headers.get('idempotency-replayed')).toBeNull();
    expect(again.headers.get('idempotency-replayed')).toBe('true');
  });

  it('is no replay of an answer that was given at once', async () => {
    const key = { 'idempotency-key': 'later-2' };
    await post(server, '/v1/commands/FollowAccount', FOLLOW, key);
    const first = await later(FOLLOW, key);
    expect(first.headers.get('idempotency-replayed')).toBeNull();
    expect((await later(FOLLOW, key)).headers.get('idempotency-replayed')).toBe('true');
  });

  it('gives a rejection, and If-Match, at its turn', async () => {
    const refused = await later({ followerId: 'ann', followeeId: 'ann' });
    await expect
      .poll(() => result(refused.headers.get('location')))
      .toMatchObject({
        status: 'rejected',
        httpStatus: 409,
        code: 'rejected',
        detail: 'Cannot follow yourself',
        events: [{ type: 'FollowRejected' }],
      });
    const stale = await later(FOLLOW, { 'if-match': '"99"' });
    expect(stale.status).toBe(202);
    await expect
      .poll(() => result(stale.headers.get('location')))
      .toMatchObject({
        status: 'failed',
        httpStatus: 412,
        code: 'version_mismatch',
      });
  });
});

describe('what an engine says of async commands', () => {
  it('is pending, until it is not', async () => {
    const waiting = await startTestServer({
      engine: fakeEngine({ asyncOutcome: async () => 'pending' }),
    });
    const response = await fetch(`${waiting.url}/v1/commands/c-1`);
    expect(response.status).toBe(200);
    expect(await response.json()).toEqual({ status: 'pending' });
    await waiting.close();
  });

  it('may be that it takes none, or cannot tell', async () => {
    const faulty = await startTestServer({
      engine: fakeEngine({
        submitAsync: async () => failed({ code: 'unavailable' }),
        asyncOutcome: () => Promise.reject(new StoreUnavailable('down', 'no')),
      }),
    });
    const headers = { prefer: 'respond-async' };
    const response = await post(faulty, '/v1/commands/FollowAccount', FOLLOW, headers);
    expect(response.status).toBe(503);
    expect(await readProblem(response)).toMatchObject({ code: 'unavailable' });
    const read = await fetch(`${faulty.url}/v1/commands/c-1`);
    expect(read.status).toBe(503);
    expect(await readProblem(read)).toMatchObject({ code: 'unavailable' });
    await faulty.close();
  });
});
