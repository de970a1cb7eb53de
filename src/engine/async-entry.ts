/** An async command as it is kept: what it takes to run it in another process, of other code. */
import { z } from 'zod';
import type { Delivery, ValidCommand } from './engine.ts';
import type { Identity } from './message.ts';

/** What is kept. */
export interface AsyncEntry {
  readonly type: string;
  /** As the client sent it: what a schema made of it need not survive being kept. */
  readonly body: unknown;
  /** Without the idempotency key, which `identity` stands for. */
  readonly delivery: Delivery;
  readonly identity: Identity;
}

const entry = z.object({
  type: z.string(),
  body: z.unknown(),
  delivery: z.object({
    principal: z.string(),
    ifMatch: z.int().exactOptional(),
    traceId: z.string().exactOptional(),
  }),
  identity: z.object({ commandId: z.string(), at: z.int(), traceId: z.string() }),
});

/** The text that is kept of a command. */
export function writeEntry(
  { type, body }: ValidCommand,
  { idempotencyKey: _, ...delivery }: Delivery,
  identity: Identity,
): string {
  return JSON.stringify({ type, body, delivery, identity } satisfies AsyncEntry);
}

/** @throws when the text is none that {@link writeEntry} gave */
export function readEntry(text: string): AsyncEntry {
  return entry.parse(JSON.parse(text));
}
