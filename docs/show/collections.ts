import { z } from 'zod';
import { AccountId } from '../../machines/values.ts';
import { defineCollection, defineView } from '../../src/define/index.ts';

/** What others may know of a show. */
export const showView = defineView({
  aggregate: 'show',
  schema: z.object({ title: z.string(), capacity: z.int(), isOpen: z.boolean() }),
});

/** Who sits where, by seat. */
export const seats = defineCollection({
  aggregate: 'show',
  name: 'seats',
  value: z.object({ guestId: AccountId, reservationId: z.string() }),
});
