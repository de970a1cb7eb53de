import { readFileSync } from 'node:fs';
import { z } from 'zod';
import type { RetentionSettings } from './engine/background/retention.ts';
import { type Credentials, isOpen, type JwtKeys } from './http/auth/authenticate.ts';
import { isLoopbackAddress } from './http/auth/loopback.ts';

/** Where state lives. */
export type StoreSettings =
  | { readonly kind: 'embedded'; readonly dir: string }
  | { readonly kind: 'redis'; readonly url: string; readonly waitReplicas: number }
  | { readonly kind: 'memory' };

/** What a server runs by. */
export interface Settings {
  /** 0: any that is free. */
  readonly port: number;
  readonly host: string;
  readonly store: StoreSettings;
  /** `null`: as many as the store gets unless told. */
  readonly partitions: number | null;
  /** How long answers to idempotency keys and async commands are kept, in milliseconds. */
  readonly replyTtlMs: number;
  /** What of the feed is kept; `null`: all of it. */
  readonly retention: RetentionSettings | null;
  readonly credentials: Credentials;
  readonly corsOrigins: readonly string[];
  /** Whether the inspector shows personal fields as they are. */
  readonly unmask: boolean;
  /** Whether Stately's inspector may look, by WebSocket. */
  readonly stately: boolean;
  readonly logLevel: string;
}

/** Names every fault of the settings. Secrets are never shown. */
export class SettingsError extends Error {
  override readonly name = 'SettingsError';

  constructor(readonly faults: readonly string[]) {
    const lines = faults.map((fault) => `  ${fault}`);
    super(
      `${faults.length === 1 ? 'A setting is' : `${faults.length} settings are`} wrong:\n` +
        lines.join('\n'),
    );
  }
}

type Environment = Readonly<Record<string, string | undefined>>;

const HOUR_MS = 60 * 60 * 1_000;

/** With fewer there would be hardly a trail, or a snapshot among its records. */
const FEED_KEEP_RECORDS_MIN = 100;

/**
 * Reads the settings from environment variables; those it does not know are passed over, and an
 * empty one counts as not set.
 * @throws SettingsError naming every fault at once
 */
export function readSettings(env: Environment): Settings {
  const reading = new Reading(env);
  const settings = {
    port: reading.read('PORT', wholeNumber(0, 65_535), 3000),
    host: reading.read('HOST', host, '127.0.0.1'),
    store: readStore(reading),
    partitions: reading.read('PARTITIONS', wholeNumber(1, 4_096), null),
    replyTtlMs: reading.read('IDEMPOTENCY_TTL_HOURS', wholeNumber(1, 8_760), 24) * HOUR_MS,
    retention: readRetention(reading),
    credentials: readCredentials(reading),
    corsOrigins: reading.read('CORS_ORIGINS', origins, []),
    unmask: reading.read('INSPECTOR_UNMASK', wholeNumber(0, 1), 0) === 1,
    stately: reading.read('INSPECTOR_STATELY', wholeNumber(0, 1), 0) === 1,
    logLevel: reading.read('LOG_LEVEL', logLevel, 'info'),
  };
  if (isOpen(settings.credentials) && !isLoopbackAddress(settings.host)) {
    reading.fault(
      'HOST',
      `found "${settings.host}", expected 127.0.0.1, ::1 or localhost: without credentials ` +
        '(AUTH_TOKENS, JWT_SECRET or JWKS_FILE) only this machine is served',
    );
  }
  reading.end();
  return settings;
}

function readStore(reading: Reading): StoreSettings {
  const url = reading.read<string | null>('REDIS_URL', redisUrl, null);
  const kind = reading.read('STORE', storeKind, reading.isSet('REDIS_URL') ? 'redis' : 'embedded');
  const dir = reading.read('DATA_DIR', z.string(), './data');
  const waitReplicas = reading.read('REDIS_WAIT_REPLICAS', wholeNumber(0, 100), 0);
  switch (kind) {
    case 'embedded':
      return { kind, dir };
    case 'memory':
      return { kind };
    case 'redis':
      if (!reading.isSet('REDIS_URL')) {
        reading.fault('REDIS_URL', `is not set, expected ${REDIS_URL_FORM}, since STORE is redis`);
      }
      return { kind, url: url ?? '', waitReplicas };
  }
}

function readRetention(reading: Reading): RetentionSettings | null {
  const days = reading.read<number | null>('FEED_KEEP_DAYS', wholeNumber(1, 36_500), null);
  const records = wholeNumber(FEED_KEEP_RECORDS_MIN, 999_999_999);
  const keepRecords = reading.read<number | null>('FEED_KEEP_RECORDS', records, null);
  if (days === null && keepRecords === null) return null;
  return { keepMs: days === null ? null : days * 24 * HOUR_MS, keepRecords };
}

function readCredentials(reading: Reading): Credentials {
  const tokens = reading.read('AUTH_TOKENS', tokenList, [], 'secret');
  const secret = reading.read<string | null>('JWT_SECRET', z.string(), null, 'secret');
  const jwks = reading.read<JwtKeys | null>('JWKS_FILE', jwksFile, null);
  if (reading.isSet('JWT_SECRET') && reading.isSet('JWKS_FILE')) {
    reading.fault('JWKS_FILE', 'is set together with JWT_SECRET, expected one of the two');
  }
  return { tokens, jwt: secret === null ? jwks : { kind: 'secret', secret } };
}

/** Reads one variable after another, and gathers what is wrong with them. */
class Reading {
  readonly #env: Environment;
  readonly #faults: string[] = [];

  constructor(env: Environment) {
    this.#env = env;
  }

  isSet(name: string): boolean {
    return (this.#env[name] ?? '') !== '';
  }

  /** The variable by its schema, whose message says what is expected; `otherwise` if not set. */
  read<T>(name: string, schema: z.ZodType<T>, otherwise: T, secrecy?: 'secret'): T {
    const text = this.#env[name] ?? '';
    if (text === '') return otherwise;
    const parsed = schema.safeParse(text);
    if (parsed.success) return parsed.data;
    const isSecret = secrecy === 'secret' || name === 'REDIS_URL';
    const found = isSecret ? 'a value (not shown here)' : JSON.stringify(text);
    this.fault(name, `found ${found}, expected ${parsed.error.issues[0]?.message}`);
    return otherwise;
  }

  fault(name: string, problem: string): void {
    this.#faults.push(`${name}: ${problem}`);
  }

  /** @throws SettingsError if there were faults */
  end(): void {
    if (this.#faults.length > 0) throw new SettingsError(this.#faults);
  }
}

function wholeNumber(min: number, max: number): z.ZodType<number> {
  const error = `a whole number from ${min} to ${max}`;
  return z
    .string()
    .regex(/^\d{1,9}$/, { error, abort: true })
    .transform(Number)
    .pipe(z.number({ error }).min(min, { error }).max(max, { error }));
}

const host = z.string().regex(/^[A-Za-z\d.:_-]+$/, 'an address or a host name');

const storeKind = z.enum(['embedded', 'redis', 'memory'], {
  error: 'embedded, redis or memory (memory keeps nothing: for trying things out)',
});

const logLevel = z.enum(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'], {
  error: 'fatal, error, warn, info, debug, trace or silent',
});

const REDIS_URL_FORM =
  'redis:// or rediss://[user:password@]host[:port], or several of them separated by commas';

const redisUrl = z.string().refine((text) => text.split(',').every(isRedisUrl), REDIS_URL_FORM);

function isRedisUrl(text: string): boolean {
  const url = text.trim();
  return /^rediss?:\/\/./.test(url) && URL.canParse(url);
}

const tokenList = z
  .string()
  .transform((text) => text.split(',').map((token) => token.trim()))
  .refine(
    (tokens) => tokens.every((token) => /^[\x21-\x7e]+$/.test(token)),
    'tokens without blanks, separated by commas',
  );

const origins = z
  .string()
  .transform((text) => text.split(',').map((origin) => origin.trim()))
  .refine((list) => list.every(isOrigin), 'origins such as https://example.org, with commas');

function isOrigin(text: string): boolean {
  return /^https?:\/\//.test(text) && URL.canParse(text) && new URL(text).origin === text;
}

const JWKS_FORM = 'the path of a JSON Web Key Set with at least one public key';

const keySet = z.object({
  keys: z.array(z.looseObject({ kty: z.enum(['RSA', 'EC', 'OKP']) })).min(1),
});

const jwksFile = z.string().transform((path, context): JwtKeys => {
  try {
    return { kind: 'jwks', jwks: keySet.parse(JSON.parse(readFileSync(path, 'utf8'))) };
  } catch {
    context.issues.push({ code: 'custom', message: JWKS_FORM, input: path });
    return z.NEVER;
  }
});
