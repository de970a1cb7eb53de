import { z } from 'zod';
import { defineCollection, defineView } from '../../src/define/index.ts';
import { RelationshipId, Timestamp } from '../values.ts';

/** What others may know of an account. Never the email. */
export const accountView = defineView({
  aggregate: 'account',
  schema: z.object({ username: z.string(), isActive: z.boolean(), joinedAt: Timestamp }),
});

/** Whom an account follows, by account id. */
export const following = defineCollection({
  aggregate: 'account',
  name: 'following',
  value: z.object({ relationshipId: RelationshipId }),
});

/** Whom an account blocks, by account id. */
export const blocked = defineCollection({ aggregate: 'account', name: 'blocked' });

/** How many accounts one account may follow. */
export const FOLLOW_LIMIT = 5_000;
