/**
 * Idempotency keys. A key points to the identity of the first command sent under it, so that a
 * retry has the same ids and reaches the same actor; the reply itself is committed with that
 * actor, and only that makes a retry safe.
 */
import { z } from 'zod';
import { partitionOf } from './address.ts';
import type { Delivery, ValidCommand } from './engine.ts';
import {
  createMessage,
  failed,
  type Identity,
  type Message,
  mailboxKey,
  type Pointer,
} from './message.ts';
import type { Failed, Outcome } from './outcome.ts';
import type { TryStore } from './patience.ts';
import { type Decision, outcomeOf } from './record.ts';
import type { Runtime } from './runtime.ts';
import type { KeptReply, Store } from './store.ts';

const pointerValue = z.object({
  fingerprint: z.string(),
  commandId: z.string(),
  at: z.int(),
  traceId: z.string(),
});

/** The name of a caller's key in the store. */
export function pointerKey(delivery: Delivery, idempotencyKey: string): string {
  return `${delivery.principal}\n${idempotencyKey}`;
}

/** Equal for commands of the same type whose bodies are the same JSON value. */
export function fingerprintOf(runtime: Runtime, command: ValidCommand): string {
  return runtime.digest(`${command.type}\n${canonical(command.body)}`);
}

/** JSON text with the members of every object in one order. */
function canonical(value: unknown): string {
  if (typeof value !== 'object' || value === null) return JSON.stringify(value) ?? 'null';
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`;
  const members = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${members.map(([key, member]) => `${JSON.stringify(key)}:${canonical(member)}`).join(',')}}`;
}

/** What to store under a key, should nothing be stored there. */
export function newPointer(key: string, fingerprint: string, identity: Identity): Pointer {
  return { key, value: JSON.stringify({ fingerprint, ...identity }) };
}

/** What a stored pointer says: of which command, and under which identity. */
export function readPointer(stored: string): { fingerprint: string; identity: Identity } {
  const { fingerprint, ...identity } = pointerValue.parse(JSON.parse(stored));
  return { fingerprint, identity };
}

/** What is known of the first try under a message's key. */
export interface EarlierTry {
  /** Nobody used the key before. */
  readonly isFirst: boolean;
  /** The message under the ids of the first try. */
  readonly message: Message;
  /** Where there is no need to run it. */
  readonly outcome: Outcome | null;
}

/**
 * Looks at what a message's key pointed to.
 * @param stored the pointer that was there, `null` where the message's own was set
 * @throws StoreUnavailable
 */
export async function earlierTry(
  { runtime, store }: { readonly runtime: Runtime; readonly store: Store },
  message: Message,
  stored: string | null,
  tryStore: TryStore,
): Promise<EarlierTry> {
  if (stored === null) {
    return { isFirst: true, message: { ...message, pointer: null }, outcome: null };
  }
  const adopted = adopt(runtime, message, stored);
  if (!adopted) {
    const outcome = failed(message, { code: 'idempotency_key_reused' });
    return { isFirst: false, message, outcome };
  }
  const outcome = await keptAnswer(store, adopted, tryStore);
  return { isFirst: false, message: adopted, outcome };
}

/**
 * The answer that a turn here or elsewhere gave to the same command; `null` for none.
 * @throws StoreUnavailable
 */
export async function keptAnswer(
  store: Store,
  message: Message,
  tryStore: TryStore,
): Promise<Outcome | null> {
  const { target, identity, keep } = message;
  if (keep === 'nothing') return null;
  const kept = await tryStore(() => store.reply(target, identity.commandId));
  return kept && keptOutcome(kept, partitionOf(mailboxKey(message), store.partitions));
}

/**
 * The message under the identity that its key pointed to already; `null` when the key was used
 * with another body.
 */
function adopt(runtime: Runtime, message: Message, stored: string): Message | null {
  const { fingerprint, identity } = readPointer(stored);
  const { aggregate, command } = message;
  if (fingerprint !== fingerprintOf(runtime, command)) return null;
  return createMessage(runtime, aggregate, { ...message, identity, pointer: null });
}

/** A kept reply as the outcome of the command it answers. */
function keptOutcome(reply: KeptReply, partition: number): Outcome {
  // Only `JSON.stringify` of a decision, or of a failed outcome, is ever kept.
  const kept = JSON.parse(reply.body) as Decision | Failed;
  return kept.status === 'failed' ? kept : outcomeOf(kept, partition, reply.position, true);
}
