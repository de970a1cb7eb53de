import { generateKeyPairSync } from 'node:crypto';
import { exportJWK, type JWK, SignJWT } from 'jose';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Credentials } from '../../src/http/auth/authenticate.ts';
import { isLoopbackAddress, isLoopbackHost } from '../../src/http/auth/loopback.ts';
import { accepted, FOLLOW, fakeEngine } from './fake-engine.ts';
import { post, rawExchange, readProblem, startTestServer, type TestServer } from './harness.ts';

const servers: TestServer[] = [];
afterAll(async () => {
  for (const server of servers) await server.close();
});

/** A server that answers each command with its sender's principal as the command id. */
async function start(credentials: Credentials): Promise<TestServer> {
  const engine = fakeEngine({
    submit: async (_, { principal }) => accepted({ commandId: principal }),
  });
  const server = await startTestServer({ engine, credentials });
  servers.push(server);
  return server;
}

const call = (server: TestServer, authorization?: string) =>
  post(
    server,
    '/v1/commands/FollowAccount',
    FOLLOW,
    authorization === undefined ? {} : { authorization },
  );

async function principal(server: TestServer, token: string): Promise<unknown> {
  const response = await call(server, `Bearer ${token}`);
  expect(response.status).toBe(200);
  const body: unknown = await response.json();
  return body && typeof body === 'object' && 'commandId' in body ? body.commandId : null;
}

async function refused(server: TestServer, authorization?: string): Promise<void> {
  const response = await call(server, authorization);
  expect(response.status).toBe(401);
  expect(response.headers.get('www-authenticate')).toMatch(/^Bearer/);
  expect(await readProblem(response)).toMatchObject({ code: 'unauthenticated' });
}

const OPEN_ROUTES = ['/livez', '/readyz', '/openapi.json', '/docs', '/docs/page.js'];

describe('with tokens', () => {
  let server: TestServer;
  beforeAll(async () => {
    server = await start({ tokens: ['first-token', 'second-token'], jwt: null });
  });

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

describe('with a JWT secret', () => {
  const secret = 'a secret of at least thirty-two characters';
  const key = new TextEncoder().encode(secret);
  const token = () => new SignJWT({}).setProtectedHeader({ alg: 'HS256' });
  let server: TestServer;
  beforeAll(async () => {
    server = await start({ tokens: ['plain-token'], jwt: { kind: 'secret', secret } });
  });

  it('the subject is the principal, the second time as the first', async () => {
    const valid = await token().setSubject('ann').setExpirationTime('1h').sign(key);
    expect(await principal(server, valid)).toBe('jwt:ann');
    expect(await principal(server, valid)).toBe('jwt:ann');
    const endless = await token().setSubject('bob').sign(key);
    expect(await principal(server, endless)).toBe('jwt:bob');
  });

  it('plain tokens are taken beside', async () => {
    expect(await principal(server, 'plain-token')).toMatch(/^token:/);
  });

  it('a token that is expired, early, altered, without subject or otherwise signed is refused', async () => {
    const other = new TextEncoder().encode('another secret of thirty-two characters!');
    const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
    const unsigned = `${btoa('{"alg":"none"}')}.${btoa('{"sub":"ann"}')}.`.replaceAll('=', '');
    const valid = await token().setSubject('ann').sign(key);
    const bad = [
      await token().setSubject('ann').setExpirationTime('-1s').sign(key),
      await token().setSubject('ann').setNotBefore('1h').sign(key),
      await token().sign(key),
      await token().setSubject('').sign(key),
      await token().setSubject('ann').sign(other),
      await new SignJWT({}).setProtectedHeader({ alg: 'HS512' }).setSubject('ann').sign(key),
      await new SignJWT({}).setProtectedHeader({ alg: 'RS256' }).setSubject('ann').sign(privateKey),
      unsigned,
      valid.replace(/\.[^.]{5}/, '.AAAAA'),
      'no.jwt.atall',
    ];
    for (const one of bad) await refused(server, `Bearer ${one}`);
  });

  it('a verified token ends when it expires', async () => {
    const expiresAt = Math.floor(Date.now() / 1000) + 1;
    const valid = await token().setSubject('ann').setExpirationTime(expiresAt).sign(key);
    await principal(server, valid);
    while (Date.now() <= expiresAt * 1000) await new Promise((resolve) => setTimeout(resolve, 20));
    await refused(server, `Bearer ${valid}`);
  });
});

describe('with a key set', () => {
  const pairs = {
    RS256: generateKeyPairSync('rsa', { modulusLength: 2048 }),
    ES256: generateKeyPairSync('ec', { namedCurve: 'P-256' }),
    EdDSA: generateKeyPairSync('ed25519'),
  };
  let server: TestServer;
  beforeAll(async () => {
    const keys: JWK[] = [];
    for (const [alg, { publicKey }] of Object.entries(pairs)) {
      keys.push({ ...(await exportJWK(publicKey)), alg, kid: alg });
    }
    server = await start({ tokens: [], jwt: { kind: 'jwks', jwks: { keys } } });
  });

  it.each(['RS256', 'ES256', 'EdDSA'] as const)('%s is taken', async (alg) => {
    const valid = await new SignJWT({})
      .setProtectedHeader({ alg, kid: alg })
      .setSubject('ann')
      .sign(pairs[alg].privateKey);
    expect(await principal(server, valid)).toBe('jwt:ann');
  });

  it('another key, another algorithm, or the public key as a secret is refused', async () => {
    const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const sign = (alg: string, kid: string) =>
      new SignJWT({}).setProtectedHeader({ alg, kid }).setSubject('ann');
    const secret = publicKey.export({ type: 'spki', format: 'der' });
    await refused(server, `Bearer ${await sign('ES256', 'ES256').sign(privateKey)}`);
    await refused(server, `Bearer ${await sign('ES256', 'unknown').sign(privateKey)}`);
    await refused(server, `Bearer ${await sign('HS256', 'RS256').sign(secret)}`);
    await refused(server, `Bearer ${await sign('PS256', 'RS256').sign(pairs.RS256.privateKey)}`);
  });
});

describe('without credentials', () => {
  let server: TestServer;
  beforeAll(async () => {
    server = await start({ tokens: [], jwt: null });
  });
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
