import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { isLoopbackAddress, isLoopbackHost } from '../../src/http/auth/loopback.ts';
import { rawExchange, type TestServer } from './harness.ts';
import { principal, refused, startTelling } from './principals.ts';

const OPEN_ROUTES = ['/livez', '/readyz', '/openapi.json', '/docs', '/docs/page.js'];

describe('with tokens', () => {
  let server: TestServer;
  beforeAll(async () => {
    server = await startTelling({ tokens: ['first-token', 'second-token'], jwt: null });
  });
  afterAll(() => server.close());

  it('each is a principal of its own, always the same, that does not give it away', async () => {
    const first = await principal(server, 'first-token');
    expect(first).toMatch(/^token:[\da-f]{16}$/);
    expect(await principal(server, 'first-token')).toBe(first);
    expect(await principal(server, 'second-token')).not.toBe(first);
  });

  it.each([
    undefined,
    '',
    'Bearer',
    'Bearer first-toke',
    'Bearer first-token2',
    'Basic Zmlyc3QtdG9rZW46',
    'first-token',
  ])('%j is refused', async (authorization) => {
    await refused(server, authorization);
  });

  it('no route under /v1, known or not, answers without', async () => {
    for (const path of ['/v1/commands', '/v1/nothing', '/v1/accounts/ann/following', '/nothing']) {
      expect((await fetch(server.url + path)).status).toBe(401);
    }
  });

  it.each(OPEN_ROUTES)('%s needs none', async (path) => {
    expect((await fetch(server.url + path)).status).toBe(200);
  });

  it('any host is served', async () => {
    const answer = await rawExchange(
      server,
      'GET /livez HTTP/1.1\r\nHost: everstate.example\r\nConnection: close\r\n\r\n',
    );
    expect(answer).toMatch(/^HTTP\/1\.1 200 /);
  });
});

describe('without credentials', () => {
  let server: TestServer;
  beforeAll(async () => {
    server = await startTelling({ tokens: [], jwt: null });
  });
  afterAll(() => server.close());
  const get = (host: string, path = '/livez') =>
    rawExchange(server, `GET ${path} HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`);

  it('everybody is anonymous', async () => {
    expect(await principal(server, 'whatever')).toBe('anonymous');
  });

  it.each(['localhost', 'localhost:3000', '127.0.0.1:80', '127.1.2.3', '[::1]:3000', 'LOCALHOST'])(
    'the host %s is served',
    async (host) => {
      expect(await get(host)).toMatch(/^HTTP\/1\.1 200 /);
    },
  );

  it.each([
    'evil.example',
    'localhost.evil.example',
    '127.0.0.1.evil.example',
    '10.0.0.1',
    'notlocalhost',
  ])('the foreign host %s is forbidden, on every route', async (host) => {
    for (const path of [...OPEN_ROUTES, '/v1/commands', '/nothing']) {
      expect(await get(host, path)).toMatch(/^HTTP\/1\.1 403 .*"code":"forbidden"/s);
    }
  });

  it('no page of another origin is let in', async () => {
    const response = await fetch(`${server.url}/livez`, {
      headers: { origin: 'https://evil.example' },
    });
    expect(response.headers.has('access-control-allow-origin')).toBe(false);
  });
});

describe('loopback', () => {
  it('is told from other hosts and addresses', () => {
    for (const host of ['127.0.0.1', 'app.localhost', '[::1]'])
      expect(isLoopbackHost(host)).toBe(true);
    for (const address of ['127.0.0.1', '::1', 'localhost']) {
      expect(isLoopbackAddress(address)).toBe(true);
    }
    for (const address of ['0.0.0.0', '::', '192.168.1.1', 'example.org', '127.0.0.1.nip.io']) {
      expect(isLoopbackAddress(address)).toBe(false);
    }
  });
});
