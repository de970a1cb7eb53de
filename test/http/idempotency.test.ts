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

const follow = (key: string, followeeId: string, headers = {}) =>
  post(
    server,
    '/v1/commands/FollowAccount',
    { followerId: 'ann', followeeId },
    {
      'idempotency-key': key,
      ...headers,
    },
  );

/** Everything of an answer that a client could compare, save what says that it is a replay. */
async function comparable(response: Response) {
  const names = ['content-type', 'etag'] as const;
  return {
    status: response.status,
    headers: names.map((name) => response.headers.get(name)),
    body: await response.text(),
  };
}

describe('the same key and body', () => {
  it.each([
    ['accepted', 'bob'],
    ['without effect', 'bob'],
    ['rejected', 'ann'],
  ])('gives the first answer again, to the byte: %s', async (name, followeeId) => {
    const first = await follow(`key ${name}`, followeeId);
    const again = await follow(`key ${name}`, followeeId);
    expect(first.headers.has('idempotency-replayed')).toBe(false);
    expect(again.headers.get('idempotency-replayed')).toBe('true');
    expect(await comparable(again)).toEqual(await comparable(first));
  });

  it('comes before If-Match', async () => {
    const first = await follow('before if-match', 'cid');
    const again = await follow('before if-match', 'cid', { 'if-match': '"99"' });
    expect(await comparable(again)).toEqual(await comparable(first));
  });

  it('has one effect and one answer when sent twice at once', async () => {
    const body = { email: 'twice@example.org', username: 'twice' };
    const send = () =>
      post(server, '/v1/commands/RegisterAccount', body, { 'idempotency-key': 'at once' });
    const [one, two] = await Promise.all([send(), send()]);
    expect(one.status).toBe(200);
    expect(await comparable(one)).toEqual(await comparable(two));
  });

  it('replays in a batch as replayed', async () => {
    await follow('shared with a batch', 'bob');
    const data = { followerId: 'ann', followeeId: 'bob' };
    const entry = { type: 'FollowAccount', data, idempotencyKey: 'shared with a batch' };
    const { results } = await readObject(await post(server, '/v1/commands', { commands: [entry] }));
    expect(results).toMatchObject([{ status: 'accepted', replayed: true }]);
  });
});

describe('the same key with another body', () => {
  it('is refused, wherever it comes from', async () => {
    await follow('once only', 'bob');
    const other = await follow('once only', 'cid');
    expect(other.status).toBe(422);
    expect(await readProblem(other)).toMatchObject({ code: 'idempotency_key_reused' });
    const data = { accountId: 'ann' };
    const entry = { type: 'DeactivateAccount', data, idempotencyKey: 'once only' };
    const { results } = await readObject(await post(server, '/v1/commands', { commands: [entry] }));
    expect(results).toMatchObject([
      { status: 'failed', httpStatus: 422, code: 'idempotency_key_reused' },
    ]);
  });
});

describe('a fault under a key', () => {
  it('can be tried again', async () => {
    const first = await follow('after a fault', 'bob', { 'if-match': '"99"' });
    expect(first.status).toBe(412);
    const again = await follow('after a fault', 'bob');
    expect(again.status).toBe(200);
    expect(again.headers.has('idempotency-replayed')).toBe(false);
  });
});

describe('a key sent to run later', () => {
  it('gives the same 202 and id', async () => {
    const later = () => follow('later', 'cid', { prefer: 'respond-async' });
    const [first, again] = [await later(), await later()];
    expect(first.status).toBe(202);
    expect(again.status).toBe(202);
    expect(await again.json()).toEqual(await first.json());
    expect(again.headers.get('location')).toBe(first.headers.get('location'));
  });
});
