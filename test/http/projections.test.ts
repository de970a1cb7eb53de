import { afterEach, describe, expect, it } from 'vitest';
import type {
  AbandonAnswer,
  Engine,
  ProjectionFigures,
  RebuildAnswer,
} from '../../src/engine/engine.ts';
import { StoreUnavailable } from '../../src/engine/store.ts';
import type { HttpAppOptions } from '../../src/http/app.ts';
import { projectionList } from '../../src/http/openapi/projections.ts';
import { fakeEngine } from './fake-engine.ts';
import { readObject, readProblem, startTestServer, type TestServer } from './harness.ts';

let server: TestServer;
afterEach(() => server.close());

async function serve(methods: Partial<Engine>, options: Partial<HttpAppOptions> = {}) {
  server = await startTestServer({ engine: fakeEngine(methods), ...options });
  return (path: string, init?: RequestInit) => fetch(server.url + path, init);
}

const ITEMS: readonly ProjectionFigures[] = [
  {
    name: 'followers',
    version: 1,
    generation: 0,
    wantsRebuild: true,
    rebuild: { version: 2, phase: 'building', passed: 40, records: 120 },
    lag: 2,
    oldestPendingMs: 12.5,
  },
  {
    name: 'usernames',
    version: 3,
    generation: 7,
    wantsRebuild: false,
    rebuild: null,
    lag: 0,
    oldestPendingMs: 0,
  },
];

const REBUILD = '/v1/projections/followers/rebuild';
const ABANDON = `${REBUILD}/abandon`;
const POST = { method: 'POST' };

describe('GET /v1/projections', () => {
  it('tells how all of them fare, as the document describes it', async () => {
    const get = await serve({
      policies: async () => ({ idle: false, policies: [], projections: ITEMS }),
    });
    const response = await get('/v1/projections');
    expect(response.status).toBe(200);
    expect(response.headers.get('cache-control')).toBe('no-store');
    const body = await readObject(response);
    expect(body).toEqual({ items: ITEMS });
    expect(projectionList.parse(body)).toEqual(body);
  });
});

describe('POST /v1/projections/{name}/rebuild', () => {
  async function rebuilding(answer: RebuildAnswer, name = 'followers') {
    const asked: string[] = [];
    const post = await serve({
      async rebuild(projection) {
        asked.push(projection);
        return answer;
      },
    });
    return { asked, response: await post(`/v1/projections/${name}/rebuild`, POST) };
  }

  it.each([
    ['started', 202],
    ['under_way', 200],
  ] as const)('answers what is %s with %i', async (answer, status) => {
    const { asked, response } = await rebuilding(answer);
    expect([response.status, await readObject(response)]).toEqual([status, { status: answer }]);
    expect(asked).toEqual(['followers']);
  });

  it.each([
    ['trimmed', /history was trimmed/],
    ['newer', /newer version/],
  ] as const)('refuses one that is %s, in plain words', async (answer, words) => {
    const { response } = await rebuilding(answer);
    expect(response.status).toBe(409);
    expect(await readProblem(response)).toMatchObject({
      code: 'rejected',
      detail: expect.stringMatching(words),
    });
  });

  it.each(['nothing', '__proto__', 'a%2Fb', '%00', '%E0%A4', '%F0%9F%92%A9', 'x'.repeat(5_000)])(
    'of %s, which is no projection, is not found',
    async (name) => {
      const { asked, response } = await rebuilding('unknown', name);
      expect(response.status).toBe(404);
      expect(await readProblem(response)).toMatchObject({ code: 'not_found' });
      expect(asked).toHaveLength(1);
    },
  );
});

describe('POST /v1/projections/{name}/rebuild/abandon', () => {
  const abandoning = (answer: AbandonAnswer) => serve({ abandonRebuild: async () => answer });

  it.each(['abandoned', 'none'] as const)('answers %s', async (answer) => {
    const post = await abandoning(answer);
    const response = await post(ABANDON, POST);
    expect([response.status, await readObject(response)]).toEqual([200, { status: answer }]);
  });

  it('of a projection that is not there is not found', async () => {
    const post = await abandoning('unknown');
    const response = await post(ABANDON, POST);
    expect(response.status).toBe(404);
    expect(await readProblem(response)).toMatchObject({ code: 'not_found' });
  });
});

describe('each of these routes', () => {
  const asked: string[] = [];
  const serveAny = (options: Partial<HttpAppOptions> = {}) => {
    asked.length = 0;
    const note = <A>(word: string, answer: A) => {
      asked.push(word);
      return Promise.resolve(answer);
    };
    return serve(
      {
        rebuild: () => note('rebuild', 'started' as const),
        abandonRebuild: () => note('abandon', 'abandoned' as const),
      },
      options,
    );
  };

  it('needs credentials', async () => {
    const call = await serveAny({ credentials: { tokens: ['t'], jwt: null } });
    expect((await call('/v1/projections')).status).toBe(401);
    for (const path of [REBUILD, ABANDON]) expect((await call(path, POST)).status).toBe(401);
    expect(asked).toEqual([]);
  });

  it('is not for pages of other origins, which need not ask before they post', async () => {
    const call = await serveAny();
    for (const path of [REBUILD, ABANDON]) {
      const headers = { origin: 'https://evil.example' };
      expect((await call(path, { ...POST, headers })).status, path).toBe(403);
    }
    expect(asked).toEqual([]);
  });

  it('names its methods', async () => {
    const call = await serveAny();
    for (const path of [REBUILD, ABANDON]) {
      const other = await call(path);
      expect([other.status, other.headers.get('allow')], path).toEqual([405, 'POST']);
    }
    const list = await call('/v1/projections', POST);
    expect([list.status, list.headers.get('allow')]).toEqual([405, 'GET, HEAD']);
    expect(asked).toEqual([]);
  });

  it('refuses query parameters and too long a body, and takes any other', async () => {
    const call = await serveAny();
    expect((await call('/v1/projections?limit=1')).status).toBe(422);
    for (const path of [REBUILD, ABANDON]) {
      expect((await call(`${path}?force`, POST)).status, path).toBe(422);
      const body = 'x'.repeat(64 * 1_024 + 1);
      expect((await call(path, { ...POST, body })).status, path).toBe(413);
    }
    expect(asked).toEqual([]);
    for (const body of ['', '{', '\u0000']) {
      expect((await call(REBUILD, { ...POST, body })).status).toBe(202);
    }
  });

  it('is unavailable while the store is', async () => {
    const down = () => Promise.reject(new StoreUnavailable('down', 'no'));
    const call = await serve({ policies: down, rebuild: down, abandonRebuild: down });
    const replies = [call('/v1/projections'), call(REBUILD, POST), call(ABANDON, POST)];
    for (const response of await Promise.all(replies)) {
      expect(response.status).toBe(503);
      expect(await readProblem(response)).toMatchObject({ code: 'unavailable' });
    }
  });
});
