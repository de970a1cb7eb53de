import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Failure } from '../../src/engine/outcome.ts';
import { StoreUnavailable } from '../../src/engine/store.ts';
import { FOLLOW, failed, fakeEngine } from './fake-engine.ts';
import { post, readProblem, register, startTestServer, type TestServer } from './harness.ts';

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
