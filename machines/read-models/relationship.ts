import { z } from 'zod';
import { defineQuery, type Entry, entry, view } from '../../src/define/index.ts';
import { accountView, blocked, following } from '../account/collections.ts';
import { AccountId, Timestamp } from '../values.ts';

type Edge = Entry | null;

/** Reads from the two accounts themselves, so that what was answered shows at once. */
export const relationship = defineQuery({
  name: 'getRelationship',
  summary: 'How two accounts stand to each other.',
  route: '/v1/relationships/{a}/{b}',
  params: z.strictObject({ a: AccountId, b: AccountId }),
  search: z.strictObject({}),
  result: z.object({
    aFollowsB: z.boolean(),
    bFollowsA: z.boolean(),
    aBlockedByB: z.boolean(),
    bBlockedByA: z.boolean(),
    areMutualFollowers: z.boolean(),
    relationshipType: z.enum(['blocked', 'mutual', 'one_way', 'none']),
    since: Timestamp.optional(),
  }),
  run: async ({ params: { a, b } }, reader) => {
    const found = await reader.facts({
      a: view(accountView, a),
      b: view(accountView, b),
      aFollowsB: entry(following, a, b),
      bFollowsA: entry(following, b, a),
      aBlocksB: entry(blocked, a, b),
      bBlocksA: entry(blocked, b, a),
    });
    if (found.a === null || found.b === null) return null;
    const { aFollowsB, bFollowsA, aBlocksB, bBlocksA } = found;
    return {
      aFollowsB: aFollowsB !== null,
      bFollowsA: bFollowsA !== null,
      aBlockedByB: bBlocksA !== null,
      bBlockedByA: aBlocksB !== null,
      areMutualFollowers: aFollowsB !== null && bFollowsA !== null,
      ...standing([aFollowsB, bFollowsA], [aBlocksB, bBlocksA]),
    };
  },
});

/** The relationship's type, and when it began. */
function standing(
  follows: readonly Edge[],
  blocks: readonly Edge[],
): { relationshipType: 'blocked' | 'mutual' | 'one_way' | 'none'; since?: string } {
  const [firstBlock] = times(blocks);
  if (firstBlock !== undefined) return { relationshipType: 'blocked', since: firstBlock };
  const [firstFollow, secondFollow] = times(follows);
  if (secondFollow !== undefined) return { relationshipType: 'mutual', since: secondFollow };
  if (firstFollow !== undefined) return { relationshipType: 'one_way', since: firstFollow };
  return { relationshipType: 'none' };
}

function times(edges: readonly Edge[]): string[] {
  return edges.flatMap((edge) => (edge === null ? [] : [edge.since])).sort();
}
