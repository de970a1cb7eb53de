import { afterEach, describe, expect, it } from 'vitest';
import type { Engine, RemoveAnswer } from '../../src/engine/engine.ts';
import { subscriberList } from '../../src/http/openapi/subscribers.ts';
import { fakeEngine } from './fake-engine.ts';
import { readObject, readProblem, startTestServer, type TestServer } from './harness.ts';

let server: TestServer;
afterEach(() => server.close());

async function serve(methods: Partial<Engine>) {
  server = await startTestServer({ engine: fakeEngine(methods) });
  return (path: string, init?: RequestInit) => fetch(server.url + path, init);
}

describe('GET /v1/subscribers', () => {
  it('tells all there are, as the document describes it', async () => {
    const items = [
      { name: 'blocking', kind: 'policy', lag: 0 },
      { name: 'followers#2', kind: 'projection', lag: 7 },
      { name: 'greeting', kind: 'gone', lag: 12 },
    ] as const;
    const ask = await serve({ subscribers: async () => items });
    const response = await ask('/v1/subscribers');
    expect(response.status).toBe(200);
    const body = await readObject(response);
    expect(body).toEqual({ items });
    expect(subscriberList.parse(body)).toEqual(body);
    expect((await ask('/v1/subscribers?limit=1')).status).toBe(422);
  });
});

describe('POST /v1/subscribers/{name}/remove', () => {
  async function removing(answer: RemoveAnswer) {
    const asked: string[] = [];
    const ask = await serve({
      removeSubscriber: async (name) => {
        asked.push(name);
        return answer;
      },
    });
    return { asked, response: await ask('/v1/subscribers/a%2Fb/remove', { method: 'POST' }) };
  }

  it('removes one who is gone', async () => {
    const { asked, response } = await removing('removed');
    expect([response.status, await readObject(response)]).toEqual([200, { status: 'removed' }]);
    expect(asked).toEqual(['a/b']);
  });

  it.each([
    ['in_use', 409, 'rejected'],
    ['unknown', 404, 'not_found'],
  ] as const)('refuses one that is %s', async (answer, status, code) => {
    const { response } = await removing(answer);
    expect(response.status).toBe(status);
    expect(await readProblem(response)).toMatchObject({ code });
  });

  it('is for no page of another origin', async () => {
    const ask = await serve({});
    const headers = { origin: 'https://elsewhere.example' };
    expect((await ask('/v1/subscribers/a/remove', { method: 'POST', headers })).status).toBe(403);
  });
});
