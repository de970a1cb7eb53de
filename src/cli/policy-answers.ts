import { z } from 'zod';

const count = z.int().min(0);
const figures = { name: z.string(), lag: count, oldestPendingMs: z.number() };

const projection = z.object({
  ...figures,
  version: count,
  generation: count,
  wantsRebuild: z.boolean(),
  rebuild: z
    .object({
      version: count,
      phase: z.enum(['building', 'entering']),
      passed: count,
      records: count,
    })
    .nullable(),
});

/** How a projection fares. */
export type ProjectionFigures = z.infer<typeof projection>;

/** What a server tells of its projections. */
export const projectionList = z.object({ items: z.array(projection) });

/** What a server tells of its policies. */
export const policiesReport = z.object({
  idle: z.boolean(),
  policies: z.array(
    z.object({
      ...figures,
      paused: z.boolean().default(false),
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

/** What became of a word about a rebuild. */
export const rebuildBegun = z.object({ status: z.enum(['started', 'under_way']) });
export const rebuildAbandoned = z.object({ status: z.enum(['abandoned', 'none']) });
