import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { failed, fakeEngine } from './fake-engine.ts';
import { post, readProblem, register, startTestServer, type TestServer } from './harness.ts';

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
  for (const id of ['ann', 'bob', 'cid']) await register(server, id);
});
afterAll(() => server.close());

const answerSchema = z.strictObject({
  results: z.array(z.looseObject({ status: z.enum(['accepted', 'rejected', 'failed']) })),
});

async function run(commands: unknown[], on = server) {
  const response = await post(on, '/v1/commands', { commands });
  expect(response.status).toBe(200);
  expect(response.headers.get('content-type')).toBe('application/json');
  return answerSchema.parse(await response.json()).results;
}

const follow = (followerId: string, followeeId: string, more = {}) => ({
  type: 'FollowAccount',
  data: { followerId, followeeId },
  ...more,
});

describe('a batch', () => {
  it('answers each command in its place, with the members of its own answer', async () => {
    const results = await run([
      follow('ann', 'bob'),
      follow('bob', 'bob'),
      follow('ann', 'bob'),
      { type: 'NoSuchCommand', data: {} },
      follow('cid', '!'),
      follow('cid', 'ann'),
    ]);
    expect(results).toMatchObject([
      { status: 'accepted', actor: { id: 'ann', version: 2 }, events: [{}] },
      {
        status: 'rejected',
        httpStatus: 409,
        code: 'rejected',
        detail: 'Cannot follow yourself',
        actor: { id: 'bob', version: 1 },
        events: [{ type: 'FollowRejected' }],
      },
      { status: 'accepted', events: [] },
      { status: 'failed', httpStatus: 404, code: 'not_found' },
      {
        status: 'failed',
        httpStatus: 422,
        code: 'validation_error',
        errors: [{ field: 'data.followeeId' }],
      },
      { status: 'accepted' },
    ]);
    for (const result of results.filter(({ status }) => status !== 'accepted')) {
      expect(result).toMatchObject({
        type: expect.any(String),
        title: expect.any(String),
        commandId: expect.any(String),
        traceId: expect.any(String),
      });
    }
  });

  it.each([
    ['no object', 7, ''],
    ['null', null, ''],
    ['a list', [], ''],
    ['without a type', { data: {} }, 'type'],
    ['without data', { type: 'FollowAccount' }, 'data'],
    ['with an unknown member', follow('ann', 'bob', { priority: 1 }), 'priority'],
    ['with a bad key', follow('ann', 'bob', { idempotencyKey: '' }), 'idempotencyKey'],
    ['with a bad version', follow('ann', 'bob', { ifMatch: '*' }), 'ifMatch'],
    ['with a version below nothing', follow('ann', 'bob', { ifMatch: -1 }), 'ifMatch'],
  ])('has an entry that is %s fail alone', async (_, entry, field) => {
    const results = await run([entry, follow('ann', 'bob')]);
    expect(results).toMatchObject([
      { status: 'failed', httpStatus: 422, code: 'validation_error', errors: [{ field }] },
      { status: 'accepted' },
    ]);
  });

  it.each([1, '1', '"1"'])('takes the version %j', async (ifMatch) => {
    await register(server, `v${typeof ifMatch}${String(ifMatch).length}`);
    const id = `v${typeof ifMatch}${String(ifMatch).length}`;
    expect(
      await run([follow(id, 'bob', { ifMatch }), follow(id, 'cid', { ifMatch })]),
    ).toMatchObject([
      { status: 'accepted' },
      { status: 'failed', httpStatus: 412, code: 'version_mismatch', actor: { version: 2 } },
    ]);
  });

  it('of a thousand runs, those of one actor in the order given', async () => {
    const steps = Array.from({ length: 1_000 }, (_, index) => ({
      type: index % 2 === 0 ? 'BlockAccount' : 'UnblockAccount',
      data: { blockerId: 'cid', blockedId: 'bob' },
    }));
    const results = await run(steps);
    const versions = results.map(
      (result) => z.object({ version: z.int() }).parse(result.actor).version,
    );
    expect(versions).toEqual([...versions].sort((a, b) => a - b));
    expect(new Set(versions).size).toBe(1_000);
  });

  it('may be empty', async () => {
    expect(await run([])).toEqual([]);
  });

  it.each([
    ['more than a thousand', { commands: Array.from({ length: 1_001 }, () => ({})) }],
    ['no commands', {}],
    ['commands that are no list', { commands: {} }],
    ['a list', []],
    ['unknown members', { commands: [], atomic: true }],
  ])('as a whole is refused with %s', async (_, body) => {
    const response = await post(server, '/v1/commands', body);
    expect(response.status).toBe(422);
    expect(await readProblem(response)).toMatchObject({ code: 'validation_error' });
  });

  it.each([
    ['idempotency-key', 'k'],
    ['if-match', '"1"'],
    ['prefer', 'respond-async'],
  ])('takes no header %s', async (name, value) => {
    for (const type of ['application/json', 'application/x-ndjson']) {
      const headers = { [name]: value, 'content-type': type };
      const response = await post(server, '/v1/commands', { commands: [] }, headers);
      expect(response.status).toBe(400);
      expect(await readProblem(response)).toMatchObject({ code: 'malformed_request' });
    }
  });

  it('has a body of at most 4 MiB, and commands of at most 64 KiB', async () => {
    const large = follow('ann', 'bob', { data: { followerId: 'x'.repeat(70_000) } });
    expect(await run([large, follow('ann', 'bob')])).toMatchObject([
      { status: 'failed', httpStatus: 413, code: 'too_large' },
      { status: 'accepted' },
    ]);
    const response = await post(server, '/v1/commands', ' '.repeat(4 * 1024 * 1024 + 1));
    expect(response.status).toBe(413);
  });

  it('fails an entry for which there is no room, and one that was unforeseen, alone', async () => {
    let calls = 0;
    const engine = fakeEngine({
      submit: async () => {
        if (++calls === 1) return failed({ code: 'overloaded', limit: 'mailbox' });
        throw new Error('secret internals');
      },
    });
    const faulty = await startTestServer({ engine });
    const results = await run([follow('ann', 'bob'), follow('ann', 'bob')], faulty);
    expect(results).toMatchObject([
      { status: 'failed', httpStatus: 429, code: 'overloaded' },
      { status: 'failed', httpStatus: 500, code: 'system_error' },
    ]);
    expect(JSON.stringify(results)).not.toContain('secret');
    expect(faulty.logged.join()).toContain('secret internals');
    await faulty.close();
  });
});
