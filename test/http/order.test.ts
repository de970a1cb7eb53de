import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readProblem, startTestServer, type TestServer } from './harness.ts';

const TOKEN = 'a-token';
let server: TestServer;
beforeAll(async () => {
  server = await startTestServer({ credentials: { tokens: [TOKEN], jwt: null } });
  const response = await send({}, 'RegisterAccount', {
    accountId: 'ann',
    email: 'ann@example.org',
    username: 'ann',
  });
  expect(response.status).toBe(200);
});
afterAll(() => server.close());

function send(headers: Record<string, string>, type: string, body: unknown): Promise<Response> {
  return fetch(`${server.url}/v1/commands/${type}`, {
    method: 'POST',
    headers: {
      authorization: `Bearer ${TOKEN}`,
      'content-type': 'application/json',
      ...headers,
    },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  });
}

/** What is named first, when everything from here on is wrong. */
const CODES = [
  'unauthenticated',
  'not_found',
  'malformed_request',
  'too_large',
  'unsupported_media_type',
  'malformed_request',
  'validation_error',
  'idempotency_key_reused',
  'version_mismatch',
  'rejected',
];

describe('checks are made in the order of the contract', () => {
  it('so that of all faults the first is named', async () => {
    const first = await send({ 'idempotency-key': 'used' }, 'DeactivateAccount', {
      accountId: 'nobody',
    });
    expect(first.status).toBe(409);
    for (const [index, code] of CODES.entries()) {
      // What was mended stays mended, what comes later is broken already.
      const request = requestWithFaultsFrom(index);
      const problem = await readProblem(await send(request.headers, request.type, request.body));
      expect(problem.code, `step ${index}`).toBe(code);
    }
  });
});

function requestWithFaultsFrom(step: number) {
  const broken = (index: number) => step <= index;
  return {
    type: broken(1) ? 'Nonsense' : 'FollowAccount',
    headers: {
      ...(broken(0) && { authorization: 'Bearer wrong' }),
      'idempotency-key': broken(7) ? 'used' : 'fresh',
      ...(broken(2) ? { 'if-match': '*' } : broken(8) && { 'if-match': '"99"' }),
      ...(broken(4) && { 'content-type': 'text/plain' }),
    },
    body: bodyFor(step),
  };
}

function bodyFor(step: number): unknown {
  if (step <= 3) return 'x'.repeat(70_000);
  if (step <= 5) return '{';
  if (step <= 6) return { followerId: 'ann' };
  return { followerId: 'ann', followeeId: 'nobody' };
}
