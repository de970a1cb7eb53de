/** How many bytes an account and a follow take in Redis. */
import type { Spread } from '../load/workload.ts';
import { register } from '../parts/commands.ts';
import { prepare } from '../parts/measure.ts';
import type { RedisServer } from '../parts/redis.ts';
import { heading, keep, rate, table } from '../parts/report.ts';
import { startEverstate } from '../parts/targets.ts';
import { FOLLOWERS, type Options } from './options.ts';

interface Taken {
  readonly what: string;
  /** Bytes of all that it wrote. */
  readonly all: number;
  /** Of those, bytes in the feed: its record. */
  readonly record: number;
}

export async function bytes(options: Options): Promise<void> {
  const count = options.quick ? 5_000 : 50_000;
  heading(
    'Bytes in Redis',
    `The growth of used_memory over ${rate(count)} of each, and of the feeds alone. A small collection is\n` +
      'packed more closely than a large one.',
  );
  const target = await startEverstate('redis', FOLLOWERS);
  try {
    const { redis } = target;
    if (!redis) return;
    const spread: Spread = { kind: 'spread', first: 0, followers: FOLLOWERS };
    const taken = [
      await measure('an account', redis, count, () => register(target, target.accounts + count)),
      await measure('a follow, few an account', redis, count, () => prepare(target, spread, count)),
      await measure('a follow, many an account', redis, count, () =>
        prepare(target, { kind: 'hot' }, count),
      ),
    ];
    table(
      ['what', 'bytes', 'of which its record', 'the rest'],
      taken.map(({ what, all, record }) => [what, rate(all), rate(record), rate(all - record)]),
    );
    keep('bytes', taken);
  } finally {
    await target.stop();
  }
}

async function measure(
  what: string,
  redis: RedisServer,
  count: number,
  write: () => Promise<void>,
): Promise<Taken> {
  const [all, feeds] = [await redis.usedBytes(), await feedBytes(redis)];
  await write();
  return {
    what,
    all: ((await redis.usedBytes()) - all) / count,
    record: ((await feedBytes(redis)) - feeds) / count,
  };
}

async function feedBytes({ client }: RedisServer): Promise<number> {
  let sum = 0;
  for await (const keys of client.scanStream({ type: 'stream', count: 10_000 })) {
    for (const key of keys as string[])
      sum += (await client.memory('USAGE', key, 'SAMPLES', 0)) ?? 0;
  }
  return sum;
}
