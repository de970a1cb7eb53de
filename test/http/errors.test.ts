import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Failure } from '../../src/engine/outcome.ts';
import { StoreUnavailable } from '../../src/engine/store.ts';
import { FOLLOW, failed, fakeEngine } from './fake-engine.ts';
import {
  post,
  rawExchange,
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

const FOLLOW_ROUTE = '/v1/commands/FollowAccount';

/** One answer of a server whose engine fails each command like this. */
async function failing(failure: Failure): Promise<Response> {
  const faulty = await startTestServer({
    engine: fakeEngine({ submit: async () => failed(failure) }),
  });
  try {
    return await post(faulty, FOLLOW_ROUTE, FOLLOW);
  } finally {
    await faulty.close();
  }
}

describe('the body', () => {
  it.each([
    ['is not JSON', '{"followerId":'],
    ['is empty', ''],
    ['has a byte order mark', '\u{feff}{}'],
    ['is nested 33 deep', `${'['.repeat(33)}${']'.repeat(33)}`],
    ['is nested beyond all measure', '['.repeat(60_000)],
  ])('that %s is malformed', async (_, body) => {
    const response = await post(server, FOLLOW_ROUTE, body);
    expect(response.status).toBe(400);
    expect(await readProblem(response)).toMatchObject({ code: 'malformed_request' });
  });

  it('that is not UTF-8 is malformed', async () => {
    const response = await fetch(server.url + FOLLOW_ROUTE, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: Buffer.from([0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d]),
    });
    expect(response.status).toBe(400);
    expect(await readProblem(response)).toMatchObject({ detail: 'The body is not UTF-8' });
  });

  it('may be nested 32 deep, and hold brackets in its texts', async () => {
    const deep = `${'['.repeat(32)}${']'.repeat(32)}`;
    expect((await post(server, FOLLOW_ROUTE, deep)).status).toBe(422);
    const brackets = JSON.stringify({ ...FOLLOW, followerId: `"\\${'[{'.repeat(40)}` });
    expect((await post(server, FOLLOW_ROUTE, brackets)).status).toBe(422);
  });

  it('that breaks the schema names each faulty field', async () => {
    const body = { followerId: 7, followeeId: 'bob', extra: 1 };
    const response = await post(server, FOLLOW_ROUTE, body);
    expect(response.status).toBe(422);
    const { code, errors } = await readProblem(response);
    expect(code).toBe('validation_error');
    expect(errors?.map(({ field }) => field).sort()).toEqual(['extra', 'followerId']);
  });

  it('cannot smuggle in a prototype', async () => {
    const body = '{"followerId":"ann","followeeId":"bob","__proto__":{"x":1}}';
    const problem = await readProblem(await post(server, FOLLOW_ROUTE, body));
    expect(problem.errors).toEqual([{ field: '__proto__', message: 'Unknown field' }]);
    expect('x' in {}).toBe(false);
  });

  it('with many faults is answered with few', async () => {
    const body = Object.fromEntries(Array.from({ length: 5_000 }, (_, n) => [`x${n}`, n]));
    const problem = await readProblem(await post(server, FOLLOW_ROUTE, body));
    expect(problem.errors).toHaveLength(50);
  });

  it.each(['content-length', 'chunked'])('larger than 64 KiB is too large (%s)', async (how) => {
    const text = JSON.stringify({ ...FOLLOW, pad: 'x'.repeat(70_000) });
    const response = await fetch(server.url + FOLLOW_ROUTE, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: how === 'chunked' ? new Blob([text]).stream() : text,
      duplex: 'half',
    });
    expect(response.status).toBe(413);
    expect(await readProblem(response)).toMatchObject({ code: 'too_large' });
  });

  it('of exactly 64 KiB is read', async () => {
    const empty = JSON.stringify({ ...FOLLOW, pad: '' });
    const body = JSON.stringify({ ...FOLLOW, pad: 'x'.repeat(65_536 - empty.length) });
    expect((await post(server, FOLLOW_ROUTE, body)).status).toBe(422);
    expect((await post(server, FOLLOW_ROUTE, `${body} `)).status).toBe(413);
  });

  it.each([
    'text/plain',
    'application/x-www-form-urlencoded',
    'application/x-ndjson',
    'application/json; charset=latin1',
  ])('of the type %s is not taken', async (type) => {
    const response = await post(server, FOLLOW_ROUTE, FOLLOW, { 'content-type': type });
    expect(response.status).toBe(415);
    expect(await readProblem(response)).toMatchObject({ code: 'unsupported_media_type' });
  });

  it('without a type is not taken: a page of another origin may send that', async () => {
    const body = new Blob([JSON.stringify(FOLLOW)]);
    const response = await fetch(server.url + FOLLOW_ROUTE, { method: 'POST', body });
    expect(response.status).toBe(415);
  });

  it('that is compressed is not taken', async () => {
    const response = await post(server, FOLLOW_ROUTE, FOLLOW, { 'content-encoding': 'gzip' });
    expect(response.status).toBe(415);
  });

  it.each(['application/json; charset=UTF-8', 'Application/JSON;charset="utf-8"'])(
    'may be of the type %s',
    async (type) => {
      const response = await post(server, FOLLOW_ROUTE, FOLLOW, { 'content-type': type });
      expect(response.status).toBe(200);
    },
  );
});

describe('a header', () => {
  it.each([
    ['idempotency-key', ''],
    ['idempotency-key', 'x'.repeat(256)],
    ['idempotency-key', 'caf\u00e9'],
    ['if-match', '*'],
    ['if-match', '7'],
    ['if-match', 'W/"7"'],
    ['if-match', '"7", "8"'],
    ['if-match', '"-1"'],
    ['if-match', '"1.5"'],
    ['if-match', '"07"'],
    ['prefer', 'respond-async; ='],
    ['prefer', '"respond-async"'],
  ])('%s: %s is a bad one', async (name, value) => {
    const response = await post(server, FOLLOW_ROUTE, FOLLOW, { [name]: value });
    expect(response.status).toBe(400);
    expect(await readProblem(response)).toMatchObject({ code: 'malformed_request' });
  });

  it('given twice is a bad one', async () => {
    const body = JSON.stringify(FOLLOW);
    const answer = await rawExchange(
      server,
      `POST ${FOLLOW_ROUTE} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n` +
        'Idempotency-Key: a\r\nIdempotency-Key: b\r\nContent-Type: application/json\r\n' +
        `Content-Length: ${body.length}\r\n\r\n${body}`,
    );
    expect(answer).toMatch(/^HTTP\/1\.1 400 .*Idempotency-Key is given more than once/s);
  });

  it('may be a key with a comma, or any printable character', async () => {
    const key = ' !"#$%&\'()*+,-./:;<=>?@[]^_`{|}~ a, b'.trim();
    const response = await post(server, FOLLOW_ROUTE, FOLLOW, { 'idempotency-key': key });
    expect(response.status).toBe(200);
  });

  it.each([
    'nonsense',
    `00-${'0'.repeat(32)}-${'1'.repeat(16)}-01`,
    `ff-${'a'.repeat(32)}-${'1'.repeat(16)}-01`,
  ])('traceparent: %s is ignored', async (traceparent) => {
    const response = await post(server, FOLLOW_ROUTE, '{', { traceparent });
    expect(response.status).toBe(400);
    const { traceId } = await readProblem(response);
    expect(traceparent).not.toContain(traceId);
  });

  it('traceparent names the trace of problems and of commands', async () => {
    const trace = '0af7651916cd43dd8448eb211c80319c';
    const traceparent = `00-${trace}-b7ad6b7169203331-01`;
    const bad = await readProblem(await post(server, FOLLOW_ROUTE, '{', { traceparent }));
    expect(bad.traceId).toBe(trace);
    const self = { followerId: 'ann', followeeId: 'ann' };
    const refused = await readProblem(await post(server, FOLLOW_ROUTE, self, { traceparent }));
    expect(refused).toMatchObject({ code: 'rejected', traceId: trace });
  });
});

describe('a route', () => {
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

describe('a fault of the engine', () => {
  it('that the version differs tells the version', async () => {
    const response = await post(server, FOLLOW_ROUTE, FOLLOW, { 'if-match': '"99"' });
    expect(response.status).toBe(412);
    const { code, actor } = await readProblem(response);
    expect(code).toBe('version_mismatch');
    expect(response.headers.get('etag')).toBe(`"${actor?.version}"`);
  });

  it('that the mailbox is full asks to come again', async () => {
    const response = await failing({ code: 'overloaded', limit: 'mailbox' });
    expect(response.status).toBe(429);
    expect(response.headers.get('retry-after')).toBe('1');
    expect(await readProblem(response)).toMatchObject({ code: 'overloaded' });
  });

  it('that the node is full asks to come again', async () => {
    const response = await failing({ code: 'overloaded', limit: 'node' });
    expect(response.status).toBe(503);
    expect(response.headers.get('retry-after')).toBe('1');
    expect(await readProblem(response)).toMatchObject({ code: 'overloaded' });
  });

  it('that the store is out of reach is unavailable', async () => {
    const response = await failing({ code: 'unavailable' });
    expect(response.status).toBe(503);
    expect(await readProblem(response)).toMatchObject({ code: 'unavailable' });
  });

  it('that was unforeseen says nothing of itself', async () => {
    const response = await failing({ code: 'system_error' });
    expect(response.status).toBe(500);
    const problem = await readProblem(response);
    expect(problem).toMatchObject({
      code: 'system_error',
      detail: 'An unexpected error occurred',
    });
  });

  it('that it threw is logged under the trace id, and not told', async () => {
    const faulty = await startTestServer({
      engine: fakeEngine({
        submit: () => Promise.reject(new Error('secret internals')),
        query: () => Promise.reject(new StoreUnavailable('down at 10.0.0.7', 'no')),
      }),
    });
    const response = await post(faulty, FOLLOW_ROUTE, FOLLOW);
    expect(response.status).toBe(500);
    const text = JSON.stringify(await response.clone().json());
    expect(text).not.toContain('secret');
    const { traceId } = await readProblem(response);
    expect(faulty.logged.find((line) => line.includes(traceId))).toContain('secret internals');
    const read = await fetch(`${faulty.url}/v1/relationships/ann/bob`);
    expect(read.status).toBe(503);
    const problem = await readProblem(read);
    expect(problem.code).toBe('unavailable');
    expect(problem.detail).not.toContain('10.0.0.7');
    await faulty.close();
  });
});
