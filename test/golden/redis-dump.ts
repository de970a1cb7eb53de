/** A Redis key by key, as text, by raw commands alone. */
import type { Redis } from 'ioredis';
import { z } from 'zod';

const stored = z.object({
  key: z.string(),
  type: z.enum(['string', 'hash', 'zset', 'stream']),
  /** A text; fields and values; members and scores; ids and fields. */
  value: z.union([z.string(), z.array(z.unknown())]),
  /** Of a stream: names and last delivered ids. */
  groups: z.array(z.tuple([z.string(), z.string()])).optional(),
  expires: z.boolean(),
});
type Stored = z.infer<typeof stored>;

/** Who lives at the moment is nothing to keep. */
const isKept = (key: string) => key !== 'es{0}b';

/** Every key of Everstate's, a line each, in the order of their names. */
export async function dumpRedis(redis: Redis): Promise<string[]> {
  const lines: string[] = [];
  for (const key of (await redis.keys('es*')).filter(isKept).sort()) {
    const expires = (await redis.pttl(key)) > 0;
    const type = await redis.type(key);
    lines.push(JSON.stringify({ key, type, ...(await contentOf(redis, key, type)), expires }));
  }
  return lines;
}

async function contentOf(redis: Redis, key: string, type: string) {
  switch (type) {
    case 'string':
      return { value: await redis.get(key) };
    case 'hash': {
      const fields = Object.entries(await redis.hgetall(key));
      return { value: fields.sort(([a], [b]) => (a < b ? -1 : 1)).flat() };
    }
    case 'zset':
      return { value: await redis.zrange(key, '0', '-1', 'WITHSCORES') };
    case 'stream': {
      const groups = z.array(z.array(z.unknown())).parse(await redis.call('XINFO', 'GROUPS', key));
      const named = groups.map((flat): [string, string] => [
        String(flat[flat.indexOf('name') + 1]),
        String(flat[flat.indexOf('last-delivered-id') + 1]),
      ]);
      return {
        value: await redis.xrange(key, '-', '+'),
        groups: named.sort(([a], [b]) => (a < b ? -1 : 1)),
      };
    }
    default:
      throw new Error(`${key} is a ${type}`);
  }
}

/** Writes such lines back. @param ttlMs for what is kept for a while */
export async function loadRedis(redis: Redis, lines: readonly string[], ttlMs: number) {
  for (const line of lines) {
    const { key, expires, ...rest } = stored.parse(JSON.parse(line));
    await load(redis, { key, expires, ...rest });
    if (expires) await redis.pexpire(key, ttlMs);
  }
}

async function load(redis: Redis, { key, type, value, groups = [] }: Stored): Promise<void> {
  if (typeof value === 'string') {
    await redis.set(key, value);
  } else if (type === 'hash') {
    await redis.hset(key, ...value.map(String));
  } else if (type === 'zset') {
    for (let at = 0; at < value.length; at += 2) {
      await redis.zadd(key, String(value[at + 1]), String(value[at]));
    }
  } else {
    for (const entry of z.array(z.tuple([z.string(), z.array(z.string())])).parse(value)) {
      await redis.xadd(key, entry[0], ...entry[1]);
    }
    for (const [name, id] of groups)
      await redis.call('XGROUP', 'CREATE', key, name, id, 'MKSTREAM');
  }
}
