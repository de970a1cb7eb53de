import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { accepted, FOLLOW, fakeEngine } from './fake-engine.ts';
import { post, rawExchange, readProblem, startTestServer, type TestServer } from './harness.ts';

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server.close());

describe('other origins', () => {
  it('may call where they are named, with streams and problems too', async () => {
    const origin = 'https://app.example';
    const open = await startTestServer({
      engine: fakeEngine({ submit: async () => accepted() }),
      corsOrigins: [origin],
    });
    const preflight = await fetch(`${open.url}/v1/commands/FollowAccount`, {
      method: 'OPTIONS',
      headers: { origin, 'access-control-request-method': 'POST' },
    });
    expect(preflight.status).toBe(204);
    expect(preflight.headers.get('access-control-allow-origin')).toBe(origin);
    expect(preflight.headers.get('access-control-allow-headers')).toContain('Idempotency-Key');
    const lines = `${JSON.stringify({ type: 'FollowAccount', data: FOLLOW })}\n`.repeat(3);
    const answers = [
      await post(open, '/v1/commands/FollowAccount', FOLLOW, { origin }),
      await post(open, '/v1/commands/FollowAccount', '{', { origin }),
      await post(open, '/v1/commands', lines, { origin, 'content-type': 'application/x-ndjson' }),
      await fetch(`${open.url}/nothing`, { headers: { origin } }),
      await fetch(`${open.url}/v1/commands/FollowAccount`, { headers: { origin } }),
    ];
    expect(answers.map(({ status }) => status)).toEqual([200, 400, 200, 404, 405]);
    for (const answer of answers) {
      expect(answer.headers.get('access-control-allow-origin')).toBe(origin);
    }
    expect((await answers[2]?.text())?.trimEnd().split('\n')).toHaveLength(3);
    const foreign = await fetch(`${open.url}/livez`, {
      headers: { origin: 'https://evil.example' },
    });
    expect(foreign.headers.has('access-control-allow-origin')).toBe(false);
    await open.close();
  });
});

describe('what is no proper request', () => {
  it.each([
    ['no HTTP', 'hello\r\n\r\n', 400],
    ['no host', 'GET /livez HTTP/1.1\r\nConnection: close\r\n\r\n', 400],
    ['no path', 'OPTIONS * HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n', 400],
    ['a backslash', 'GET /v1\\x HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n', 400],
    ['large headers', `GET / HTTP/1.1\r\nHost: localhost\r\nX: ${'x'.repeat(20_000)}\r\n\r\n`, 431],
  ])('is a problem: %s', async (_, request, status) => {
    const answer = await rawExchange(server, request);
    expect(answer).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `));
    const [, body = ''] = answer.split('\r\n\r\n');
    const problem = await readProblem(
      new Response(body, { status, headers: { 'content-type': 'application/problem+json' } }),
    );
    expect(problem).toMatchObject({ code: 'malformed_request', status });
  });
});
