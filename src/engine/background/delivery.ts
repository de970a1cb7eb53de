import type { AggregateRuntime } from '../aggregate-runtime.ts';
import { MachineFault } from '../driver.ts';
import type { Message } from '../message.ts';
import type { Outcome } from '../outcome.ts';
import { recallAfter } from '../recall.ts';
import type { Runtime } from '../runtime.ts';
import { type Store, StoreUnavailable } from '../store.ts';
import type { Submitter } from '../submit.ts';
import { plainError } from './history.ts';
import type { BackgroundLimits } from './limits.ts';
import { principalOf } from './principal.ts';
import type { Outgoing } from './transition.ts';

/** How far the clocks of nodes may disagree, generously, in milliseconds. */
const CLOCKS_APART_MS_MAX = 24 * 60 * 60 * 1_000;

/** What a command is addressed with. */
export interface AddressTools {
  readonly runtime: Runtime;
  readonly limits: Pick<BackgroundLimits, 'answerTtlMs'>;
  readonly submitter: Submitter;
  readonly aggregates: ReadonlyMap<string, AggregateRuntime>;
}

/** What of a command to be delivered its message is made of. */
export interface Addressed {
  readonly commandId: string;
  readonly row: Pick<Outgoing['row'], 'command' | 'correlationId'> & { readonly data: unknown };
}

export interface DeliveryTools extends AddressTools {
  readonly store: Store;
  readonly limits: BackgroundLimits;
}

/** What one try to deliver a command came to. */
export type Tried =
  /** A fault that says nothing of the command: another try need not meet it. */
  | { readonly kind: 'passing' }
  | { readonly kind: 'decided'; readonly outcome: Exclude<Outcome, { status: 'failed' }> }
  | { readonly kind: 'fault'; readonly error: string };

/** Tries once to deliver a policy's command. Does not reject. */
export async function tryToDeliver(
  tools: DeliveryTools,
  policy: string,
  command: Outgoing,
): Promise<Tried> {
  try {
    const outcome = await deliver(tools, policy, command);
    if (outcome.status !== 'failed') return { kind: 'decided', outcome };
    const { code } = outcome.failure;
    const isPassing = code === 'unavailable' || code === 'overloaded';
    return isPassing ? { kind: 'passing' } : { kind: 'fault', error: code };
  } catch (error) {
    if (error instanceof StoreUnavailable) return { kind: 'passing' };
    return { kind: 'fault', error: plainError(error).message };
  }
}

/**
 * Delivers a policy's command once: its target keeps the answer under the command's id, and what
 * may have been answered longer ago than that is looked for in the target's trail.
 * @throws StoreUnavailable, ForgottenHistory, and what addressing the command throws
 */
async function deliver(tools: DeliveryTools, policy: string, command: Outgoing): Promise<Outcome> {
  const { store, runtime, limits, submitter } = tools;
  const causedAt = Date.parse(command.row.causedAt);
  const sinceMs = runtime.now() - causedAt;
  if (sinceMs <= limits.answerTtlMs / 2) return submitter.send(messageOf(tools, policy, command));
  // An earlier life of this command, or of the event that caused it, may have sent it before.
  for (let seen = 0; ; ) {
    // Dated before it is looked for: one that is old when it comes to be committed is refused.
    const message = messageOf(tools, policy, command);
    const times = { since: causedAt, lateMsMax: sinceMs + CLOCKS_APART_MS_MAX };
    const { outcome, head } = await recallAfter(store, message, times, seen);
    if (outcome) return outcome;
    const lookedMs = runtime.now() - message.identity.at;
    if (lookedMs <= limits.answerTtlMs / 4) return submitter.send(message);
    // A long trail: what was added to it meanwhile is looked at too.
    seen = head;
  }
}

/**
 * A policy's command, addressed.
 * @throws MachineFault, and what addressing the command throws
 */
export function messageOf(
  { runtime, limits, submitter, aggregates }: AddressTools,
  policy: string,
  { commandId, row: { command: type, data, correlationId: traceId } }: Addressed,
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
    delivery: { principal: principalOf(policy), traceId },
    identity: { commandId, at: runtime.now(), traceId },
    keep: 'everything',
    keepMs: limits.answerTtlMs,
    pointer: null,
  });
}
