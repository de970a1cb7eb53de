import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { FOLLOW } from './fake-engine.ts';
import { post, readProblem, register, startTestServer, type TestServer } from './harness.ts';

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
  for (const id of ['ann', 'bob']) await register(server, id);
});
afterAll(() => server.close());

const FOLLOW_ROUTE = '/v1/commands/FollowAccount';

describe('the body', () => {
  it.each([
    ['is not JSON', '{"followerId":'],
    ['is empty', ''],
    ['has a byte order mark', '\u{feff}{}'],
    ['is nested 33 deep', `${'['.repeat(33)}${']'.repeat(33)}`],
    ['holds half a surrogate pair in a text', '{"followerId":"\\ud83d"}'],
    ['holds half a surrogate pair in a name', '{"\\uDE00":1}'],
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

  it('may spell a whole surrogate pair by escapes', async () => {
    const body = '{"followerId":"\\ud83d\\ude00","followeeId":"bob"}';
    expect((await post(server, FOLLOW_ROUTE, body)).status).toBe(422);
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
