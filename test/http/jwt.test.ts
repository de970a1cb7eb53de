import { generateKeyPairSync } from 'node:crypto';
import { exportJWK, type JWK, SignJWT } from 'jose';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { TestServer } from './harness.ts';
import { principal, refused, startTelling } from './principals.ts';

describe('with a JWT secret', () => {
  const secret = 'a secret of at least thirty-two characters';
  const key = new TextEncoder().encode(secret);
  const token = () => new SignJWT({}).setProtectedHeader({ alg: 'HS256' });
  let server: TestServer;
  beforeAll(async () => {
    server = await startTelling({ tokens: ['plain-token'], jwt: { kind: 'secret', secret } });
  });
  afterAll(() => server.close());

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
    const expiresAt = Math.floor(Date.now() / 1000) + 60;
    const valid = await token().setSubject('ann').setExpirationTime(expiresAt).sign(key);
    await principal(server, valid);
    vi.useFakeTimers({ toFake: ['Date'], now: expiresAt * 1000 });
    await refused(server, `Bearer ${valid}`);
    vi.useRealTimers();
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
    server = await startTelling({ tokens: [], jwt: { kind: 'jwks', jwks: { keys } } });
  });
  afterAll(() => server.close());

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

  it('a key that names no algorithm is used for the three alone', async () => {
    const jwk = await exportJWK(pairs.RS256.publicKey);
    const unnamed = await startTelling({
      tokens: [],
      jwt: { kind: 'jwks', jwks: { keys: [jwk] } },
    });
    const sign = (alg: string) =>
      new SignJWT({}).setProtectedHeader({ alg }).setSubject('ann').sign(pairs.RS256.privateKey);
    expect(await principal(unnamed, await sign('RS256'))).toBe('jwt:ann');
    await refused(unnamed, `Bearer ${await sign('RS512')}`);
    await unnamed.close();
  });
});
