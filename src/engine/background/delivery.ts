import type { AggregateRuntime } from '../aggregate-runtime.ts';
import { MachineFault } from '../driver.ts';
import type { Message } from '../message.ts';
import type { Outcome } from '../outcome.ts';
import { recall } from '../recall.ts';
import type { Runtime } from '../runtime.ts';
import type { Store } from '../store.ts';
import type { Submitter } from '../submit.ts';
import type { BackgroundLimits } from './limits.ts';
import type { OutboxRow } from './rows.ts';
import type { Outgoing } from './transition.ts';

/** How far the clocks of nodes may disagree, generously, in milliseconds. */
const CLOCKS_APART_MS_MAX = 24 * 60 * 60 * 1_000;

export interface DeliveryTools {
  readonly store: Store;
  readonly runtime: Runtime;
  readonly limits: BackgroundLimits;
  readonly submitter: Submitter;
  readonly aggregates: ReadonlyMap<string, AggregateRuntime>;
}

/**
 * Delivers a policy's command once: its target keeps the answer under the command's id, and what
 * may have been answered longer ago than that is looked for in the target's trail.
 * @throws StoreUnavailable, and what addressing the command throws
 */
export async function deliver(
  tools: DeliveryTools,
  policy: string,
  { commandId, row }: Outgoing,
): Promise<Outcome> {
  const { store, runtime, limits, submitter } = tools;
  const message = messageOf(tools, policy, commandId, row);
  const sinceMs = runtime.now() - Date.parse(row.causedAt);
  // An earlier life of this command, or of the event that caused it, may have sent it before.
  if (sinceMs > limits.answerTtlMs / 2) {
    const recalled = await recall(store, message, sinceMs + CLOCKS_APART_MS_MAX);
    if (recalled) return recalled;
  }
  return submitter.send(message);
}

function messageOf(
  { runtime, limits, submitter, aggregates }: DeliveryTools,
  policy: string,
  commandId: string,
  { command: type, data, correlationId: traceId }: OutboxRow,
): Message {
  const definition = aggregates.get(type)?.definition.commands[type];
  if (!definition) throw new MachineFault(`the app has no command ${type}`);
  const parsed = definition.schema.safeParse(data);
  if (!parsed.success) {
    throw new MachineFault(`${type} breaks its schema: ${parsed.error.message}`, {
      cause: parsed.error,
    });
  }
  return submitter.address({
    command: { type, parsed: parsed.data, body: data },
    delivery: { principal: `policy/${policy}`, traceId },
    identity: { commandId, at: runtime.now(), traceId },
    keep: 'everything',
    keepMs: limits.answerTtlMs,
    pointer: null,
  });
}
