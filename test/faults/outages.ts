import type { FaultProxy } from '../support/fault-proxy.ts';
import type { RedisServer } from '../support/redis.ts';

interface Parts {
  readonly redis: RedisServer;
  readonly proxy: FaultProxy;
}

/** One way in which Redis gets out of reach. */
export interface Outage {
  readonly name: string;
  /** Whether the server speaks to Redis through the proxy. */
  readonly isOfNetwork: boolean;
  /** What reads are answered meanwhile. */
  readonly reads: 200 | 503;
  begin(parts: Parts): Promise<void> | void;
  end(parts: Parts): Promise<void> | void;
}

const setMemory = async ({ redis }: Parts, bytes: string) => {
  const reply = await redis.command('CONFIG', 'SET', 'maxmemory', bytes);
  if (!reply.startsWith('+OK')) throw new Error(reply);
};

export const OUTAGES: readonly Outage[] = [
  {
    name: 'was killed',
    isOfNetwork: false,
    reads: 503,
    begin: ({ redis }) => redis.kill9(),
    end: ({ redis }) => redis.restart(),
  },
  {
    name: 'is frozen',
    isOfNetwork: false,
    reads: 503,
    begin: ({ redis }) => redis.pause(),
    end: ({ redis }) => redis.resume(),
  },
  {
    name: 'is cut off',
    isOfNetwork: true,
    reads: 503,
    begin: ({ proxy }) => proxy.refuse(),
    end: ({ proxy }) => proxy.restore(),
  },
  {
    name: 'is heard no more',
    isOfNetwork: true,
    reads: 503,
    begin: ({ proxy }) => proxy.swallowReplies(),
    end: ({ proxy }) => proxy.restore(),
  },
  {
    name: 'has no memory left',
    isOfNetwork: false,
    reads: 200,
    begin: (parts) => setMemory(parts, '1'),
    end: (parts) => setMemory(parts, '0'),
  },
];
