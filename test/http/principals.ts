import { expect } from 'vitest';
import type { Credentials } from '../../src/http/auth/authenticate.ts';
import { accepted, FOLLOW, fakeEngine } from './fake-engine.ts';
import { post, readProblem, startTestServer, type TestServer } from './harness.ts';

/** A server that answers each command with its sender's principal as the command id. */
export function startTelling(credentials: Credentials): Promise<TestServer> {
  const engine = fakeEngine({
    submit: async (_, { principal }) => accepted({ commandId: principal }),
  });
  return startTestServer({ engine, credentials });
}

const call = (server: TestServer, authorization?: string) =>
  post(
    server,
    '/v1/commands/FollowAccount',
    FOLLOW,
    authorization === undefined ? {} : { authorization },
  );

/** Whom the server takes the bearer of a token for. */
export async function principal(server: TestServer, token: string): Promise<unknown> {
  const response = await call(server, `Bearer ${token}`);
  expect(response.status).toBe(200);
  const body: unknown = await response.json();
  return body && typeof body === 'object' && 'commandId' in body ? body.commandId : null;
}

/** Checks that the server does not take it. */
export async function refused(server: TestServer, authorization?: string): Promise<void> {
  const response = await call(server, authorization);
  expect(response.status).toBe(401);
  expect(response.headers.get('www-authenticate')).toMatch(/^Bearer/);
  expect(await readProblem(response)).toMatchObject({ code: 'unauthenticated' });
}
