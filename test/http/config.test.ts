import { generateKeyPairSync } from 'node:crypto';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readSettings, SettingsError } from '../../src/config.ts';

function faultsOf(env: Record<string, string>): readonly string[] {
  try {
    readSettings(env);
  } catch (error) {
    if (error instanceof SettingsError) return error.faults;
    throw error;
  }
  return [];
}

/** Writes a key set, and gives its path. */
function keySetFile(content: unknown): string {
  const path = join(mkdtempSync(join(tmpdir(), 'everstate-config-')), 'keys.json');
  writeFileSync(path, JSON.stringify(content));
  return path;
}

describe('settings', () => {
  it('have defaults, for which an empty variable leaves room', () => {
    const expected = {
      port: 3000,
      host: '127.0.0.1',
      store: { kind: 'embedded', dir: './data' },
      partitions: null,
      replyTtlMs: 86_400_000,
      retention: null,
      credentials: { tokens: [], jwt: null },
      corsOrigins: [],
      unmask: false,
      stately: false,
      logLevel: 'info',
    };
    expect(readSettings({})).toEqual(expected);
    expect(readSettings({ PORT: '', AUTH_TOKENS: '', REDIS_URL: '', UNKNOWN: 'x' })).toEqual(
      expected,
    );
  });

  it('are all read', () => {
    const settings = readSettings({
      PORT: '0',
      HOST: '0.0.0.0',
      REDIS_URL: 'redis://:pw@a:6379, redis://b:6379',
      REDIS_WAIT_REPLICAS: '2',
      PARTITIONS: '16',
      IDEMPOTENCY_TTL_HOURS: '1',
      FEED_KEEP_DAYS: '2',
      FEED_KEEP_RECORDS: '100',
      AUTH_TOKENS: 'one, two',
      JWT_SECRET: 'a secret',
      CORS_ORIGINS: 'https://a.example, http://localhost:5173',
      INSPECTOR_UNMASK: '1',
      INSPECTOR_STATELY: '1',
      LOG_LEVEL: 'debug',
    });
    expect(settings).toEqual({
      port: 0,
      host: '0.0.0.0',
      store: { kind: 'redis', url: 'redis://:pw@a:6379, redis://b:6379', waitReplicas: 2 },
      partitions: 16,
      replyTtlMs: 3_600_000,
      retention: { keepMs: 172_800_000, keepRecords: 100 },
      credentials: { tokens: ['one', 'two'], jwt: { kind: 'secret', secret: 'a secret' } },
      corsOrigins: ['https://a.example', 'http://localhost:5173'],
      unmask: true,
      stately: true,
      logLevel: 'debug',
    });
  });

  it('choose the store that is named before the one that is implied', () => {
    const REDIS_URL = 'redis://localhost';
    expect(readSettings({ REDIS_URL }).store.kind).toBe('redis');
    expect(readSettings({ REDIS_URL, STORE: 'embedded' }).store.kind).toBe('embedded');
    expect(readSettings({ STORE: 'memory' }).store).toEqual({ kind: 'memory' });
  });

  it('read a key set', () => {
    const jwk = generateKeyPairSync('ed25519').publicKey.export({ format: 'jwk' });
    const JWKS_FILE = keySetFile({ keys: [jwk] });
    expect(readSettings({ JWKS_FILE }).credentials.jwt).toEqual({
      kind: 'jwks',
      jwks: { keys: [jwk] },
    });
  });

  it('keep all of the feed unless one of two says otherwise', () => {
    const keeping = (env: Record<string, string>) => readSettings(env).retention;
    expect(keeping({ FEED_KEEP_DAYS: '', FEED_KEEP_RECORDS: '' })).toBeNull();
    expect(keeping({ FEED_KEEP_DAYS: '1' })).toEqual({ keepMs: 86_400_000, keepRecords: null });
    expect(keeping({ FEED_KEEP_RECORDS: '5000' })).toEqual({ keepMs: null, keepRecords: 5_000 });
  });

  it.each([
    ['PORT', 'abc'],
    ['PORT', '65536'],
    ['PORT', '-1'],
    ['PORT', '80.5'],
    ['HOST', 'not a host'],
    ['STORE', 'postgres'],
    ['REDIS_URL', 'http://localhost'],
    ['REDIS_URL', 'redis://a,b'],
    ['REDIS_WAIT_REPLICAS', 'all'],
    ['PARTITIONS', '0'],
    ['IDEMPOTENCY_TTL_HOURS', '0'],
    ['FEED_KEEP_DAYS', '0'],
    ['FEED_KEEP_DAYS', '0.5'],
    ['FEED_KEEP_DAYS', '36501'],
    ['FEED_KEEP_RECORDS', '99'],
    ['FEED_KEEP_RECORDS', 'all'],
    ['AUTH_TOKENS', 'one,,two'],
    ['AUTH_TOKENS', 'with blank'],
    ['JWKS_FILE', '/nowhere/keys.json'],
    ['JWKS_FILE', keySetFile({ keys: [] })],
    ['JWKS_FILE', keySetFile({ keys: [{ kty: 'oct', k: 'c2VjcmV0' }] })],
    ['CORS_ORIGINS', '*'],
    ['CORS_ORIGINS', 'https://a.example/path'],
    ['LOG_LEVEL', 'loud'],
  ])('refuse %s=%s, naming it and what is expected', (name, value) => {
    const faults = faultsOf({ [name]: value });
    expect(faults).toHaveLength(1);
    expect(faults[0]).toMatch(new RegExp(`^${name}: found .+, expected .+`));
    expect(faults[0]).not.toMatch(/Invalid|pattern/);
  });

  it('name all faults at once', () => {
    const faults = faultsOf({
      PORT: 'abc',
      STORE: 'redis',
      HOST: '0.0.0.0',
      LOG_LEVEL: 'loud',
    });
    expect(faults.map((fault) => fault.split(':')[0])).toEqual([
      'PORT',
      'REDIS_URL',
      'LOG_LEVEL',
      'HOST',
    ]);
  });

  it('never show a secret', () => {
    const faults = faultsOf({
      AUTH_TOKENS: 'hush hush',
      REDIS_URL: 'http://user:hush@localhost',
      JWT_SECRET: 'hush',
      JWKS_FILE: '/nowhere',
    });
    expect(faults).toHaveLength(4);
    expect(faults.join()).not.toContain('hush');
  });

  it('take one of a JWT secret and a key set', () => {
    const faults = faultsOf({ JWT_SECRET: 'x', JWKS_FILE: keySetFile({ keys: [{ kty: 'RSA' }] }) });
    expect(faults).toEqual([expect.stringMatching(/^JWKS_FILE: .*JWT_SECRET/)]);
  });

  it('listen beyond loopback only with credentials', () => {
    for (const HOST of ['0.0.0.0', '::', '192.168.1.1', 'example.org']) {
      expect(faultsOf({ HOST })).toEqual([expect.stringMatching(/^HOST: .*without credentials/)]);
      expect(faultsOf({ HOST, AUTH_TOKENS: 'token' })).toEqual([]);
    }
    for (const HOST of ['127.0.0.1', '127.0.0.2', '::1', 'localhost']) {
      expect(faultsOf({ HOST })).toEqual([]);
    }
  });
});
