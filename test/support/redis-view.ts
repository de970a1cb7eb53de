import { Cluster, Redis } from 'ioredis';
import { z } from 'zod';
import { Keys } from '../../src/storage/redis/keys.ts';

const PARTITIONS_DEFAULT = 64;

const pairs = z.array(z.unknown()).transform((flat) => {
  const found: Record<string, unknown> = {};
  for (let at = 0; at < flat.length; at += 2) found[String(flat[at])] = flat[at + 1];
  return found;
});
const streamInfo = pairs.pipe(z.object({ 'last-generated-id': z.string(), length: z.int() }));
const groupsInfo = z.array(
  pairs.pipe(z.object({ name: z.string(), 'last-delivered-id': z.string(), pending: z.int() })),
);

/** A consumer group as `XINFO GROUPS` shows it. */
export interface Group {
  readonly name: string;
  readonly at: string;
}

/** What lies in a Redis, as its own tools show it to one who is no node. */
export class RedisView {
  readonly keys: Keys;
  readonly #redis: Redis | Cluster;

  /** @param url as a store is given it */
  constructor(url: string, partitions = PARTITIONS_DEFAULT) {
    this.keys = new Keys(partitions);
    const [first = '', ...more] = url.split(',');
    // It may be asked while the server is restarted.
    const options = { maxRetriesPerRequest: null };
    this.#redis =
      more.length === 0
        ? new Redis(first, options)
        : new Cluster([first, ...more], { redisOptions: options });
    this.#redis.on('error', () => {});
  }

  get partitions(): readonly number[] {
    return Array.from({ length: this.keys.partitions }, (_, partition) => partition);
  }

  close(): void {
    this.#redis.disconnect();
  }

  /** The names of the nodes that said that they live, and have not gone; dead ones for a while. */
  nodes(): Promise<string[]> {
    return this.#redis.zrange(this.keys.nodes(), '0', '-1');
  }

  /** Who holds each partition's lease; `null`: nobody. */
  holders(): Promise<(string | null)[]> {
    return this.#everywhere((partition) => this.#redis.hget(this.keys.work(partition), 'n'));
  }

  /** The head of a partition's feed as an id of its stream, and how long the stream is. */
  async stream(partition: number): Promise<{ readonly head: string; readonly length: number }> {
    const info = await this.#redis.call('XINFO', 'STREAM', this.keys.feed(partition));
    const { 'last-generated-id': head, length } = streamInfo.parse(info);
    return { head, length };
  }

  async groups(partition: number): Promise<Group[]> {
    const info = await this.#redis.call('XINFO', 'GROUPS', this.keys.feed(partition));
    return groupsInfo.parse(info).map((group) => ({
      name: group.name,
      at: group['last-delivered-id'],
    }));
  }

  /** Every group that does not stand at the last id of its stream, in words; the names of all. */
  async behind(): Promise<{ readonly groups: readonly string[]; readonly faults: string[] }> {
    const names = new Set<string>();
    const faults = await this.#everywhere(async (partition) => {
      // The groups first: a stream that grows meanwhile leaves them behind.
      const groups = await this.groups(partition);
      const { head } = await this.stream(partition);
      for (const { name } of groups) names.add(name);
      const late = groups.filter(({ at }) => at !== head);
      return late.map(({ name, at }) => `${name} on ${partition} is at ${at} of ${head}`);
    });
    return { groups: [...names].sort(), faults: faults.flat() };
  }

  /**
   * Sets a group back to before its stream's first record, as one does by hand.
   * @returns how many records it has before it then
   */
  async setBack(group: string): Promise<number> {
    const behind = await this.#everywhere(async (partition) => {
      const feed = this.keys.feed(partition);
      // At once: whoever reads on moves it again.
      const replies = await this.#redis
        .multi()
        .xgroup('SETID', feed, group, '0')
        .xinfo('GROUPS', feed)
        .xlen(feed)
        .exec();
      const [, groups, length] = (replies ?? []).map(([, reply]) => reply);
      const found = groupsInfo.parse(groups).find(({ name }) => name === group);
      return found?.['last-delivered-id'] === '0-0' ? z.int().parse(length) : 0;
    });
    return behind.reduce((sum, records) => sum + records, 0);
  }

  /** The keys of a table of background work that holds anything; which read models there are is none. */
  async tables(): Promise<string[]> {
    const keys = await this.#keys();
    return keys.filter((key) => /^es\{\d+\}[to]:(?!projections$)/.test(key));
  }

  /** What all values come to but who lives: the same as long as nothing changes. */
  async digest(): Promise<Map<string, string>> {
    const keys = (await this.#keys()).filter((key) => key !== this.keys.nodes());
    const digests = new Map<string, string>();
    for (const key of keys.sort()) {
      const [digest] = z
        .array(z.string())
        .parse(await this.#redis.call('DEBUG', 'DIGEST-VALUE', key));
      digests.set(key, digest ?? '');
    }
    return digests;
  }

  async #keys(): Promise<string[]> {
    const servers = this.#redis instanceof Cluster ? this.#redis.nodes('master') : [this.#redis];
    return (await Promise.all(servers.map((server) => server.keys('es*')))).flat();
  }

  #everywhere<T>(ask: (partition: number) => Promise<T>): Promise<T[]> {
    return Promise.all(this.partitions.map(ask));
  }
}
