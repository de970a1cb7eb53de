import { z } from 'zod';

const count = z.int().min(0);
const projection = z.object({ name: z.string(), lag: count, oldestPendingMs: z.number() });

/** What a server tells of its policies. */
export const policiesReport = z.object({
  idle: z.boolean(),
  policies: z.array(
    projection.extend({
      inFlight: count,
      retrying: count,
      deadLetters: count,
      timers: count,
      holders: z.record(z.string(), count),
    }),
  ),
  projections: z.array(projection),
});

export type PoliciesReport = z.infer<typeof policiesReport>;

/** A message that a policy gave up on. */
export const deadLetter = z.object({
  id: z.string(),
  policy: z.string(),
  instance: z.string(),
  kind: z.string(),
  type: z.string(),
  error: z.string(),
  attempts: count,
  parkedAt: z.string(),
  waiting: count,
});

export type DeadLetter = z.infer<typeof deadLetter>;

/** What became of a letter that was to be retried or discarded. */
export const settled = z.object({ status: z.enum(['retried', 'discarded', 'pending']) });
