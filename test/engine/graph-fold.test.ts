/** Whatever commands came: at rest, queries answer what the feed says, on every store. */
import { describe, expect, onTestFailed, test } from 'vitest';
import { z } from 'zod';
import { oneOf, randomFrom, SEED } from '../faults/seed.ts';
import { openStore } from '../support/stores.ts';
import { GraphFold } from './graph-fold.ts';
import { type GraphNode, graphOn, simulatedGraph } from './graph-node.ts';

/** `GRAPHS=500 npx vitest run test/engine/graph-fold.test.ts` for a long run. */
const GRAPHS = Number(process.env.GRAPHS ?? 20);
const COMMANDS = 60;

const USERNAMES = new Map([
  ['a', 'Ann'],
  ['b', 'anna'],
  ['B', 'ANN_b'],
  ['c', 'an_c'],
  ['-', 'bob'],
  ['_', 'Bobby'],
  ['d', '_bob'],
  ['e', '0_zero'],
  ['__proto__', 'anton'],
]);
const IDS = [...USERNAMES.keys()];
const PREFIXES = ['a', 'AN', 'ann', 'anna', 'anna_', '_', 'b', 'BOB', '0', 'z', 'an%'];

type Draw = () => number;

/** One of the domain's commands, mostly follows. */
function drawCommand(random: Draw): [type: string, body: object] {
  const [one, other] = [oneOf(random, IDS), oneOf(random, IDS)];
  const pick = random();
  if (pick < 0.5) return ['FollowAccount', { followerId: one, followeeId: other }];
  if (pick < 0.62) return ['RemoveFollower', { followerId: one, followeeId: other }];
  if (pick < 0.72) return ['BlockAccount', { blockerId: one, blockedId: other }];
  if (pick < 0.8) return ['UnblockAccount', { blockerId: one, blockedId: other }];
  if (pick < 0.84) return ['DeactivateAccount', { accountId: one }];
  return register(one);
}

function register(accountId: string): [type: string, body: object] {
  const username = USERNAMES.get(accountId) ?? '';
  return ['RegisterAccount', { accountId, email: `${username}@example.org`, username }];
}

async function play(graph: GraphNode, random: Draw): Promise<void> {
  for (const id of IDS) if (random() < 0.7) await graph.send(...register(id), 0);
  for (let n = 0; n < COMMANDS; n++) {
    // Often none at all, so that entries have the same time.
    const afterMs = Math.floor(random() * 3);
    const outcome = await graph.send(...drawCommand(random), afterMs);
    expect(outcome.status).not.toBe('failed');
  }
}

const page = z.object({ items: z.array(z.unknown()), nextCursor: z.string().optional() });

/** All pages of a list, by one cursor after another; `null` where there is no such list. */
async function allPages(graph: GraphNode, name: string, id: string, limit: number) {
  const items: unknown[] = [];
  let cursor: string | undefined;
  do {
    const search = { limit: String(limit), ...(cursor !== undefined && { cursor }) };
    const answer = await graph.answer(name, { id }, search);
    if (answer === null) return null;
    const { items: more, nextCursor } = page.parse(answer);
    expect(more.length).toBe(nextCursor === undefined ? more.length : limit);
    items.push(...more);
    cursor = nextCursor;
  } while (cursor !== undefined);
  return items;
}

async function compare(graph: GraphNode, random: Draw): Promise<void> {
  await graph.rest();
  const fold = await GraphFold.of(graph.store);
  const limit = 1 + Math.floor(random() * 4);
  for (const id of [...IDS, 'nobody']) {
    expect(await graph.answer('getAccount', { id })).toEqual(fold.profile(id));
    expect(await graph.answer('getFollowStats', { id })).toEqual(fold.stats(id));
    expect(await allPages(graph, 'listFollowers', id, limit)).toEqual(fold.followers(id));
    expect(await allPages(graph, 'listFollowing', id, limit)).toEqual(fold.following(id));
    expect(await allPages(graph, 'listBlocked', id, limit)).toEqual(fold.blocked(id));
    expect(await allPages(graph, 'listMutuals', id, limit)).toEqual(fold.mutuals(id));
    for (const most of [20, limit]) {
      const suggested = await graph.answer('listSuggestions', { id }, { limit: String(most) });
      expect(suggested).toEqual(fold.suggestions(id, most));
    }
  }
  for (const username of ['ann', 'ANNA', 'an', ...USERNAMES.values()]) {
    expect(await graph.answer('findAccounts', {}, { username })).toEqual(fold.named(username));
  }
  for (const most of [20, limit]) {
    const search = { limit: String(most) };
    for (const prefix of PREFIXES) {
      const found = await graph.answer('findAccounts', {}, { ...search, prefix });
      expect(found).toEqual(fold.prefixed(prefix, most));
    }
    const popular = await graph.answer('findAccounts', {}, { ...search, sort: 'popular' });
    expect(popular).toEqual(fold.prefixed('', most));
  }
}

/** Plays one graph, and compares on the way and at the end. */
async function run(graph: GraphNode, seed: number): Promise<void> {
  const random = randomFrom(seed);
  await play(graph, random);
  await compare(graph, random);
  await play(graph, random);
  await compare(graph, random);
  await graph.stop();
}

describe('queries answer what the feed says', () => {
  const repeat = () =>
    onTestFailed(() =>
      console.error(`To repeat: SEED=${SEED} npx vitest run test/engine/graph-fold.test.ts`),
    );

  test.each(Array.from({ length: GRAPHS }, (_, n) => n))('in memory: graph %i', async (n) => {
    repeat();
    await run(await simulatedGraph(), SEED + n);
  });

  test.each([
    ['the embedded store', 'embedded', 2],
    ['Redis', 'redis', 2],
    ['a cluster', 'cluster', 1],
  ] as const)('in %s', async (_, kind, graphs) => {
    repeat();
    for (let n = 0; n < graphs; n++) await run(await graphOn(await openStore(kind, 4)), SEED + n);
  });
});
