import { z } from 'zod';

/** What one command of a batch came to, as far as a replay reads it. */
const commandResult = z.discriminatedUnion('status', [
  z.object({
    status: z.literal('accepted'),
    events: z.array(z.object({ type: z.string() })),
  }),
  z.object({ status: z.literal('rejected'), detail: z.string() }),
  z.object({
    status: z.literal('failed'),
    httpStatus: z.number(),
    code: z.string(),
    detail: z.string().optional(),
    errors: z.unknown().optional(),
  }),
]);

export type CommandResult = z.infer<typeof commandResult>;
export type FailedResult = Extract<CommandResult, { status: 'failed' }>;

/** What a server answers to a batch. */
export const batchAnswer = z.object({ results: z.array(commandResult) });

/** An `application/problem+json` body. */
export const problem = z.object({
  title: z.string().optional(),
  detail: z.string().optional(),
  code: z.string().optional(),
  errors: z.unknown().optional(),
});

/** One line that says what a problem is about. */
export function describeProblem(status: number, of: z.infer<typeof problem>): string {
  const words = [`${status}`, of.code, of.detail ?? of.title].filter((word) => word !== undefined);
  const errors = of.errors === undefined ? '' : ` ${JSON.stringify(of.errors)}`;
  return `${words.join(' ')}${errors}`;
}
