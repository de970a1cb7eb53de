import { afterEach, describe, expect, it } from 'vitest';
import { BadCursorError } from '../../src/define/index.ts';
import type { DeadLetter, Engine, PoliciesReport } from '../../src/engine/engine.ts';
import { StoreUnavailable } from '../../src/engine/store.ts';
import type { HttpAppOptions } from '../../src/http/app.ts';
import { deadLetterPage, instancePage, policiesReport } from '../../src/http/openapi/policies.ts';
import { fakeEngine } from './fake-engine.ts';
import {
  rawExchange,
  readObject,
  readProblem,
  startTestServer,
  type TestServer,
} from './harness.ts';

let server: TestServer;
afterEach(() => server.close());

async function serve(methods: Partial<Engine>, options: Partial<HttpAppOptions> = {}) {
  server = await startTestServer({ engine: fakeEngine(methods), ...options });
  return (path: string, init?: RequestInit) => fetch(server.url + path, init);
}

const REPORT: PoliciesReport = {
  idle: false,
  policies: [
    {
      name: 'blocking',
      paused: false,
      lag: 7,
      inFlight: 2,
      retrying: 1,
      deadLetters: 3,
      timers: 4,
      oldestPendingMs: 1_234,
      holders: { 'node-a': 40, 'node-b': 24 },
    },
  ],
  projections: [
    {
      name: 'followers',
      lag: 5,
      oldestPendingMs: 20,
      version: 1,
      generation: 0,
      wantsRebuild: true,
      rebuild: { version: 2, phase: 'building', passed: 3, records: 9 },
    },
  ],
};

const LETTER: DeadLetter = {
  id: 'bGV0dGVy',
  policy: 'blocking',
  instance: 'e-1',
  kind: 'command',
  type: 'RemoveFollower',
  message: { followerId: 'ann', followeeId: 'bob' },
  error: 'system_error',
  attempts: 8,
  history: [{ at: '2026-01-01T00:00:00.000Z', error: 'system_error' }],
  parkedAt: '2026-01-01T00:00:01.000Z',
  waiting: 2,
};

describe('GET /v1/policies', () => {
  it('tells what the engine reports, as the document describes it', async () => {
    const get = await serve({ policies: async () => REPORT });
    const response = await get('/v1/policies');
    expect(response.status).toBe(200);
    expect(response.headers.get('cache-control')).toBe('no-store');
    const body = await readObject(response);
    expect(body).toEqual(REPORT);
    expect(() => policiesReport.parse(body)).not.toThrow();
  });

  it('is unavailable while the store is', async () => {
    const get = await serve({ policies: () => Promise.reject(new StoreUnavailable('down', 'no')) });
    const response = await get('/v1/policies');
    expect(response.status).toBe(503);
    expect(await readProblem(response)).toMatchObject({ code: 'unavailable' });
  });
});

describe('GET /v1/policies/{name}/instances', () => {
  const item = { id: 'a b', partition: 9, value: 'waiting', context: { tries: 1 }, waiting: 0 };

  it('pages through the instances of a policy', async () => {
    const asked: unknown[] = [];
    const get = await serve({
      async instances(policy, page) {
        asked.push([policy, page]);
        return { items: [item], next: page.cursor === null ? 'more' : null };
      },
    });
    const first = await readObject(await get('/v1/policies/blocking/instances?limit=1'));
    expect(first).toEqual({ items: [item], nextCursor: 'more' });
    expect(() => instancePage.parse(first)).not.toThrow();
    const last = await readObject(await get('/v1/policies/blocking/instances?cursor=more'));
    expect(last).toEqual({ items: [item] });
    expect(asked).toEqual([
      ['blocking', { limit: 1, cursor: null }],
      ['blocking', { limit: 50, cursor: 'more' }],
    ]);
  });

  it('of a policy that is not there is not found', async () => {
    const get = await serve({});
    const response = await get('/v1/policies/nothing/instances');
    expect(response.status).toBe(404);
    expect(await readProblem(response)).toMatchObject({ code: 'not_found' });
  });
});

describe('GET /v1/dead-letters', () => {
  it('pages through what was parked', async () => {
    const asked: unknown[] = [];
    const get = await serve({
      async deadLetters(page) {
        asked.push(page);
        return { items: [LETTER], next: page.cursor === null ? 'more' : null };
      },
    });
    const first = await readObject(await get('/v1/dead-letters'));
    expect(first).toEqual({ items: [LETTER], nextCursor: 'more' });
    expect(() => deadLetterPage.parse(first)).not.toThrow();
    const last = await readObject(await get('/v1/dead-letters?cursor=more&limit=200'));
    expect(last).toEqual({ items: [LETTER] });
    expect(asked).toEqual([
      { limit: 50, cursor: null },
      { limit: 200, cursor: 'more' },
    ]);
  });
});

describe.each([
  ['retry', 'retried'],
  ['discard', 'discarded'],
] as const)('POST /v1/dead-letters/{id}/%s', (how, word) => {
  const settled: string[] = [];
  const serveAnswering = (answer: 'done' | 'pending' | 'unknown', options = {}) => {
    settled.length = 0;
    const settle = async (id: string) => {
      settled.push(id);
      return answer;
    };
    const own = how === 'retry' ? { retryDeadLetter: settle } : { discardDeadLetter: settle };
    return serve(own, options);
  };
  const path = `/v1/dead-letters/${encodeURIComponent('a/b~1')}/${how}`;

  it.each([
    ['done', 200, word],
    ['pending', 202, 'pending'],
  ] as const)('answers what is %s with %i', async (answer, status, told) => {
    const post = await serveAnswering(answer);
    const response = await post(path, { method: 'POST' });
    expect(response.status).toBe(status);
    expect(await readObject(response)).toEqual({ status: told });
    expect(settled).toEqual(['a/b~1']);
  });

  it('of a letter that is not there is not found', async () => {
    const post = await serveAnswering('unknown');
    const response = await post(path, { method: 'POST' });
    expect(response.status).toBe(404);
    expect(await readProblem(response)).toMatchObject({ code: 'not_found' });
  });

  it('takes any body and any type of it, and none too long', async () => {
    const post = await serveAnswering('done');
    for (const body of ['', '{}', 'x'.repeat(64 * 1_024)]) {
      expect((await post(path, { method: 'POST', body })).status).toBe(200);
    }
    const tooLong = await post(path, { method: 'POST', body: 'x'.repeat(64 * 1_024 + 1) });
    expect(tooLong.status).toBe(413);
    expect(settled).toHaveLength(3);
  });

  it('is not for pages of other origins, which need not ask before they post', async () => {
    const origin = 'https://app.example';
    const post = await serveAnswering('done', { corsOrigins: [origin] });
    const from = (page: string) => post(path, { method: 'POST', headers: { origin: page } });
    for (const page of ['https://evil.example', 'http://localhost.evil.example', 'null']) {
      const response = await from(page);
      expect(response.status, page).toBe(403);
      expect(await readProblem(response)).toMatchObject({ code: 'forbidden' });
    }
    expect(settled).toEqual([]);
    for (const page of [origin, server.url, 'http://localhost:5173']) {
      expect((await from(page)).status, page).toBe(200);
    }
  });

  it('asks a page for the token where there are credentials, whatever its origin', async () => {
    const post = await serveAnswering('done', { credentials: { tokens: ['t'], jwt: null } });
    const origin = 'https://everstate.example';
    const init = { method: 'POST', headers: { origin, authorization: 'Bearer t' } };
    expect((await post(path, { ...init, headers: { origin } })).status).toBe(401);
    expect((await post(path, init)).status).toBe(200);
  });
});

describe('each of these routes', () => {
  const READS = ['/v1/policies', '/v1/policies/blocking/instances', '/v1/dead-letters'];
  const POSTS = ['/v1/dead-letters/x/retry', '/v1/dead-letters/x/discard'];
  const some: Partial<Engine> = { instances: async () => ({ items: [], next: null }) };

  it('needs credentials', async () => {
    const call = await serve(some, { credentials: { tokens: ['t'], jwt: null } });
    for (const path of READS) expect((await call(path)).status, path).toBe(401);
    for (const path of POSTS) {
      expect((await call(path, { method: 'POST' })).status, path).toBe(401);
    }
  });

  it('names its methods, and answers HEAD as GET', async () => {
    const call = await serve(some);
    for (const path of READS) {
      const other = await call(path, { method: 'POST' });
      expect([other.status, other.headers.get('allow')], path).toEqual([405, 'GET, HEAD']);
      const head = await call(path, { method: 'HEAD' });
      expect([head.status, await head.text()], path).toEqual([200, '']);
    }
    for (const path of POSTS) {
      const other = await call(path);
      expect([other.status, other.headers.get('allow')], path).toEqual([405, 'POST']);
    }
  });

  it('refuses bad query parameters', async () => {
    const call = await serve({
      ...some,
      deadLetters: () => Promise.reject(new BadCursorError('no')),
      instances: () => Promise.reject(new BadCursorError('no')),
    });
    const lists = READS.slice(1);
    const bad = ['limit=0', 'limit=201', 'limit=ten', 'limit=5&limit=6', 'cursor=made-up', 'x=1'];
    const searches = lists.flatMap((path) => bad.map((search) => `${path}?${search}`));
    for (const path of ['/v1/policies?x=1', ...searches]) {
      const response = await call(path);
      expect(response.status, path).toBe(422);
      expect((await readProblem(response)).errors, path).not.toHaveLength(0);
    }
    for (const path of POSTS) {
      expect((await call(`${path}?x=1`, { method: 'POST' })).status, path).toBe(422);
    }
  });

  it('takes a POST without a length or a body at all', async () => {
    await serve({ retryDeadLetter: async () => 'done' });
    const answer = await rawExchange(
      server,
      'POST /v1/dead-letters/x/retry HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n',
    );
    expect(answer).toMatch(/^HTTP\/1\.1 200 .*{"status":"retried"}$/s);
  });
});
