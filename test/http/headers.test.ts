import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { FOLLOW } from './fake-engine.ts';
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
