import { isDeepStrictEqual } from 'node:util';
import { z } from 'zod';
import type { RedisView } from '../support/redis-view.ts';
import { withEach } from './at-once.ts';
import type { Client } from './client.ts';
import type { Graph } from './graph.ts';

const FOLLOWED_MAX = 5_000;

const accountPage = z.object({
  items: z.array(z.object({ id: z.string() })),
  nextCursor: z.string().optional(),
});
const profile = z.object({
  isActive: z.boolean(),
  followingCount: z.int(),
  followerCount: z.int(),
});
const relationship = z.object({
  aFollowsB: z.boolean(),
  bFollowsA: z.boolean(),
  aBlockedByB: z.boolean(),
  bBlockedByA: z.boolean(),
  areMutualFollowers: z.boolean(),
  relationshipType: z.enum(['blocked', 'mutual', 'one_way', 'none']),
});

/** Every way in which the graph breaks the domain's rules. */
export function judgeRules({ active, following, blocked, faults }: Graph): string[] {
  const found = [...faults];
  for (const [account, follows] of following) {
    if (follows.size > FOLLOWED_MAX) found.push(`${account} follows ${follows.size}`);
    for (const followee of follows.keys()) {
      const one = `${account} follows ${followee}`;
      if (!active.has(account)) found.push(`${one} and is not active`);
      if (!active.has(followee)) found.push(`${one}, who is not active`);
      if (blocked.get(account)?.has(followee)) found.push(`${one}, whom it blocks`);
      if (blocked.get(followee)?.has(account)) found.push(`${one}, who blocks it`);
    }
  }
  return found;
}

/** Where the API's pages, profiles and relationships say otherwise than the trails. */
export async function judgeReads(client: Client, url: string, graph: Graph): Promise<string[]> {
  const faults: string[] = [];
  const pairs = new Set<string>();
  await withEach(graph.following, async ([account, follows]) => {
    const blocks = graph.blocked.get(account) ?? new Set();
    const followers = followersOf(graph, account);
    const route = `${url}/v1/accounts/${account}`;
    const shown = {
      following: await listed(client, `${route}/following`),
      followers: await listed(client, `${route}/followers`),
      blocked: await listed(client, `${route}/blocked`),
      profile: profile.parse(JSON.parse((await client.get(route)).text)),
    };
    const told = {
      following: [...follows.keys()].sort(),
      followers: followers.sort(),
      blocked: [...blocks].sort(),
      profile: {
        isActive: graph.active.has(account),
        followingCount: follows.size,
        followerCount: followers.length,
      },
    };
    if (!isDeepStrictEqual(shown, told)) {
      faults.push(`${account}: ${JSON.stringify(shown)}, told ${JSON.stringify(told)}`);
    }
    for (const other of [...follows.keys(), ...blocks])
      pairs.add([account, other].sort().join(' '));
  });
  await withEach(pairs, async (pair) => {
    faults.push(...(await judgePair(client, url, graph, pair)));
  });
  return faults;
}

function followersOf({ following }: Graph, account: string): string[] {
  return [...following].filter(([, follows]) => follows.has(account)).map(([id]) => id);
}

async function judgePair(client: Client, url: string, graph: Graph, pair: string) {
  const [a = '', b = ''] = pair.split(' ');
  const answer = await client.get(`${url}/v1/relationships/${a}/${b}`);
  const shown = relationship.parse(JSON.parse(answer.text));
  const follows = (from: string, to: string) => graph.following.get(from)?.has(to) ?? false;
  const blocks = (from: string, to: string) => graph.blocked.get(from)?.has(to) ?? false;
  const told = {
    aFollowsB: follows(a, b),
    bFollowsA: follows(b, a),
    aBlockedByB: blocks(b, a),
    bBlockedByA: blocks(a, b),
    areMutualFollowers: follows(a, b) && follows(b, a),
    relationshipType: typeOf([follows(a, b), follows(b, a)], [blocks(a, b), blocks(b, a)]),
  };
  const isTold = isDeepStrictEqual(shown, told);
  return isTold ? [] : [`${pair}: ${JSON.stringify(shown)}, told ${JSON.stringify(told)}`];
}

function typeOf(follows: readonly boolean[], blocks: readonly boolean[]): string {
  if (blocks.includes(true)) return 'blocked';
  if (follows.every(Boolean)) return 'mutual';
  return follows.includes(true) ? 'one_way' : 'none';
}

async function listed(client: Client, route: string): Promise<string[]> {
  const ids: string[] = [];
  let cursor = '';
  for (;;) {
    const answer = await client.get(`${route}?limit=200${cursor}`);
    if (answer.status !== 200) throw new Error(`${route}: ${answer.status} ${answer.text}`);
    const { items, nextCursor } = accountPage.parse(JSON.parse(answer.text));
    ids.push(...items.map(({ id }) => id));
    if (nextCursor === undefined) return ids.sort();
    cursor = `&cursor=${encodeURIComponent(nextCursor)}`;
  }
}

/** What Redis shows otherwise at rest: groups, tables, streams. */
export async function judgeRedis(view: RedisView, graph: Graph): Promise<string[]> {
  const { groups, faults } = await view.behind();
  if (groups.length === 0) faults.push('there are no groups');
  for (const table of await view.tables()) faults.push(`${table} is left`);
  const lengths = new Map<string, number>();
  for (const { position } of [...graph.trails.values()].flat()) {
    const partition = position.split(':')[0] ?? '';
    lengths.set(partition, (lengths.get(partition) ?? 0) + 1);
  }
  for (const partition of view.partitions) {
    const { head, length } = await view.stream(partition);
    const told = lengths.get(`${partition}`) ?? 0;
    if (length !== told || head !== `0-${told}`) {
      faults.push(`feed ${partition} has ${length} records up to ${head}, the trails ${told}`);
    }
  }
  return faults;
}
