import { readdirSync, readFileSync } from 'node:fs';
import { Validator } from '@seriousme/openapi-schema-validator';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { app as domain } from '../../machines/index.ts';
import { StoreUnavailable } from '../../src/engine/store.ts';
import { accepted, FOLLOW, fakeEngine } from './fake-engine.ts';
import {
  post,
  rawExchange,
  readObject,
  readProblem,
  register,
  startTestServer,
  type TestServer,
} from './harness.ts';

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
  for (const id of ['ann', 'bob', 'cid']) await register(server, id);
  for (const followeeId of ['bob', 'cid', 'ann']) {
    await post(server, '/v1/commands/FollowAccount', { followerId: 'ann', followeeId });
  }
});
afterAll(() => server.close());

const get = async (path: string) => readObject(await fetch(server.url + path));
const page = z.object({
  items: z.array(z.looseObject({ type: z.string() })),
  nextCursor: z.string().optional(),
});

describe('queries', () => {
  it('are served on the routes that they declare', async () => {
    expect(await get('/v1/relationships/ann/bob')).toMatchObject({
      aFollowsB: true,
      relationshipType: 'one_way',
    });
  });

  it('page through cursors', async () => {
    const first = await get('/v1/accounts/ann/following?limit=1');
    expect(first).toMatchObject({ items: [{ id: 'cid' }], nextCursor: expect.any(String) });
    const cursor = encodeURIComponent(String(first.nextCursor));
    const second = await get(`/v1/accounts/ann/following?limit=1&cursor=${cursor}`);
    expect(second).toMatchObject({ items: [{ id: 'bob' }] });
  });

  it('give the trail of an actor, rejections too, newest first', async () => {
    const whole = page.parse(await get('/v1/actors/account/ann/events'));
    expect(whole.nextCursor).toBeUndefined();
    expect(whole.items.map(({ type }) => type)).toEqual([
      'FollowRejected',
      'FollowCreated',
      'FollowCreated',
      'AccountRegistered',
    ]);
    expect(whole.items[0]).toMatchObject({
      cause: { type: 'FollowAccount', data: { followerId: 'ann', followeeId: 'ann' } },
      facts: expect.anything(),
    });
    const paged: unknown[] = [];
    let next: string | undefined = '';
    while (next !== undefined) {
      const before: string = next === '' ? '' : `&before=${encodeURIComponent(next)}`;
      const part = page.parse(await get(`/v1/actors/account/ann/events?limit=3${before}`));
      paged.push(...part.items);
      next = part.nextCursor;
    }
    expect(paged).toEqual(whole.items);
  });

  it('are never kept by caches', async () => {
    const response = await fetch(`${server.url}/v1/relationships/ann/bob`);
    expect(response.headers.get('cache-control')).toBe('no-store');
  });

  it.each([
    '/v1/relationships/ann/bob',
    '/livez',
    '/openapi.json',
    '/docs',
    '/v1/accounts/x/blocked',
  ])('HEAD %s answers as GET, without a body', async (path) => {
    const [got, head] = await Promise.all([
      fetch(server.url + path),
      fetch(server.url + path, { method: 'HEAD' }),
    ]);
    expect(head.status).toBe(got.status);
    expect(head.headers.get('content-type')).toBe(got.headers.get('content-type'));
    expect(await head.text()).toBe('');
  });
});

describe('health', () => {
  it('is good', async () => {
    expect(await get('/livez')).toEqual({ status: 'ok' });
    expect(await get('/readyz')).toEqual({ status: 'ok' });
  });

  it('names the store when it is out of reach', async () => {
    const engine = fakeEngine({ ready: () => Promise.reject(new StoreUnavailable('down', 'no')) });
    const faulty = await startTestServer({ engine });
    const response = await fetch(`${faulty.url}/readyz`);
    expect(response.status).toBe(503);
    expect(await response.json()).toEqual({
      status: 'unavailable',
      failing: { store: 'out of reach' },
    });
    expect((await fetch(`${faulty.url}/livez`)).status).toBe(200);
    await faulty.close();
  });

  it('asks the store once for many that ask at once', async () => {
    let asked = 0;
    let release = () => {};
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    const engine = fakeEngine({
      ready: () => {
        asked++;
        return held;
      },
    });
    const busy = await startTestServer({ engine });
    const answers = Array.from({ length: 10 }, () => fetch(`${busy.url}/readyz`));
    while (asked === 0 || (await busy.connections()) < 10) {
      await new Promise((resolve) => setImmediate(resolve));
    }
    release();
    for (const answer of answers) expect((await answer).status).toBe(200);
    expect(asked).toBeLessThan(10);
    await busy.close();
  });

  it('is not ready once the server stops', async () => {
    const stopping = await startTestServer({ engine: fakeEngine() });
    stopping.stop();
    const response = await fetch(`${stopping.url}/readyz`);
    expect(response.status).toBe(503);
    expect(await response.json()).toMatchObject({ failing: { node: 'shutting down' } });
    await stopping.close();
  });
});

describe('the OpenAPI document', () => {
  it('is valid, and has a path for each command and query', async () => {
    const document = await get('/openapi.json');
    const { valid, errors } = await new Validator().validate(document);
    expect(errors).toBeUndefined();
    expect(valid).toBe(true);
    expect(document.openapi).toBe('3.1.0');
    const paths = z.record(z.string(), z.unknown()).parse(document.paths);
    const expected = [
      ...[...domain.commands.keys()].map((name) => `/v1/commands/${name}`),
      ...domain.queries.map(({ route }) => route),
    ];
    expect(Object.keys(paths)).toEqual(expect.arrayContaining(expected));
  });

  it('has references that lead somewhere, in both directions', async () => {
    const document = await get('/openapi.json');
    const text = JSON.stringify(document);
    const { schemas } = z
      .object({ schemas: z.record(z.string(), z.unknown()) })
      .parse(document.components);
    const referred = [...text.matchAll(/"#\/components\/schemas\/([^"]+)"/g)].map(
      ([, name]) => name,
    );
    expect(referred.length).toBeGreaterThan(50);
    for (const name of referred) expect(Object.keys(schemas)).toContain(name);
  });

  it('asks for credentials only where the server does', async () => {
    expect(await get('/openapi.json')).toMatchObject({ security: [] });
    const closed = await startTestServer({ credentials: { tokens: ['t'], jwt: null } });
    const document = await readObject(await fetch(`${closed.url}/openapi.json`));
    expect(document).toMatchObject({ security: [{ bearer: [] }] });
    await closed.close();
  });
});

describe('the docs page', () => {
  it('comes whole from the package, under a policy that allows nothing else', async () => {
    const response = await fetch(`${server.url}/docs`);
    expect(response.headers.get('content-type')).toBe('text/html; charset=utf-8');
    const policy = response.headers.get('content-security-policy');
    expect(policy).toContain("default-src 'none'");
    expect(policy).not.toMatch(/unsafe|http|\*|data:/);
    const html = await response.text();
    const linked = [...html.matchAll(/(?:href|src)="([^"]+)"/g)].map(([, path]) => path ?? '');
    expect(linked.length).toBeGreaterThan(2);
    for (const path of linked) {
      expect((await fetch(new URL(path, `${server.url}/docs`))).status, path).toBe(200);
    }
  });

  it('imports nothing that is not served, and names no other host', async () => {
    const folder = new URL('../../src/http/docs/web/', import.meta.url);
    for (const file of readdirSync(folder)) {
      const text = readFileSync(new URL(file, folder), 'utf8');
      expect(text.replaceAll('http://www.w3.org/2000/svg', ''), file).not.toMatch(/https?:\/\//);
      for (const [, name] of text.matchAll(/from '\.\/([^']+)'/g)) {
        expect((await fetch(`${server.url}/docs/${name}`)).status, `${file}: ${name}`).toBe(200);
      }
    }
  });
});

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
