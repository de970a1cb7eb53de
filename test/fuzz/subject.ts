import { createHmac } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import { type RedisServer, startRedis } from '../support/redis.ts';
import { ServerProcess } from '../support/server-process.ts';
import type { Target } from './build.ts';

const PROBE = fileURLToPath(new URL('./probe.js', import.meta.url));
const SECRET = 'a secret of thirty-two characters';

export interface SubjectKind {
  readonly store: 'embedded' | 'redis' | 'memory';
  readonly hasCredentials: boolean;
}

/** What a server holds when its garbage is gone. */
export interface Holdings {
  /** Bytes in its heap and beside it. */
  readonly heap: number;
  readonly rss: number;
  /** What keeps its process alive, by kind. */
  readonly open: Readonly<Record<string, number>>;
}

const holdings = z.object({
  heap: z.number(),
  rss: z.number(),
  open: z.record(z.string(), z.number()),
});

/** The built server that requests are thrown at. */
export interface Subject {
  readonly name: string;
  readonly url: string;
  readonly target: Target;
  readonly process: ServerProcess;
  /** What it holds now. */
  holdings(): Promise<Holdings>;
  end(): Promise<void>;
}

export async function startSubject({ store, hasCredentials }: SubjectKind): Promise<Subject> {
  const dir = await mkdtemp(join(tmpdir(), 'everstate-fuzz-'));
  const socket = join(dir, 'probe.sock');
  let redis: RedisServer | null = null;
  const remove = async () => {
    await redis?.stop();
    await rm(dir, { recursive: true });
  };
  try {
    if (store === 'redis') redis = await startRedis();
    const process = await ServerProcess.start({
      NODE_OPTIONS: `--max-semi-space-size=64 --import=${PROBE}`,
      PROBE_SOCKET: socket,
      STORE: store,
      DATA_DIR: dir,
      ...(redis && { REDIS_URL: redis.url }),
      ...(hasCredentials && { AUTH_TOKENS: 'alpha,beta', JWT_SECRET: SECRET }),
    });
    const url = await process.url;
    return {
      name: `${store}, ${hasCredentials ? 'credentials asked for' : 'open'}`,
      url,
      target: {
        port: Number(new URL(url).port),
        goodTokens: hasCredentials ? GOOD_TOKENS : [],
        badTokens: BAD_TOKENS,
      },
      process,
      holdings: async () => holdings.parse(JSON.parse(await text(connect(socket)))),
      end: async () => {
        await process.kill9();
        await remove();
      },
    };
  } catch (error) {
    await remove();
    throw error;
  }
}

const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');

function jwt(payload: object, secret = SECRET, algorithm = 'HS256'): string {
  const signed = `${part({ alg: algorithm, typ: 'JWT' })}.${part(payload)}`;
  return `${signed}.${createHmac('sha256', secret).update(signed).digest('base64url')}`;
}

const GOOD_TOKENS = [
  'alpha',
  'beta',
  jwt({ sub: 'carol' }),
  jwt({ sub: 'd\u00e9\u202e', exp: 4e9 }),
];

const BAD_TOKENS = [
  'Bearer',
  'Bearer ',
  'Bearer gamma',
  'Bearer alpha beta',
  'Bearer alph',
  'Bearer "alpha"',
  'alpha',
  'Basic YWxwaGE6',
  `Bearer ${'a'.repeat(5_000)}`,
  'Bearer \xe9\xff',
  'Bearer a.b.c',
  'Bearer ..',
  `Bearer ${part({ alg: 'none' })}.${part({ sub: 'mallory' })}.`,
  `Bearer ${jwt({ sub: 'mallory' }, 'another secret of enough characters')}`,
  `Bearer ${jwt({ sub: 'mallory', exp: 1 })}`,
  `Bearer ${jwt({ sub: 'mallory' }, SECRET, 'RS256')}`,
  `Bearer ${jwt({})}`,
  `Bearer ${jwt({ sub: '' })}`,
  `Bearer ${jwt({ sub: { a: 1 } })}`,
  `Bearer ${jwt({ sub: 'mallory', nbf: 4e9 })}`,
];
