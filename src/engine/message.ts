import type { Fact } from '../define/facts.ts';
import { claimKey } from './actor-state.ts';
import { type ActorKey, type Address, actorKey } from './address.ts';
import type { AggregateRuntime } from './aggregate-runtime.ts';
import { MachineFault } from './driver.ts';
import type { Delivery, ValidCommand } from './engine.ts';
import type { Failed, Failure, Outcome } from './outcome.ts';
import type { Runtime } from './runtime.ts';

/** Which outcomes are kept with the target, so that the command is never done again. */
export type Keep = 'nothing' | 'decisions' | 'everything';

/** A command on its way: addressed, dated, identified. */
export interface Message {
  readonly aggregate: AggregateRuntime;
  readonly command: ValidCommand;
  readonly delivery: Delivery;
  readonly identity: Identity;
  /** ISO 8601 of `identity.at`. */
  readonly at: string;
  /** As completed with new ids. */
  readonly data: unknown;
  readonly target: Address;
  readonly facts: Readonly<Record<string, Fact>>;
  /** The keys of the claims it wants, by their names. */
  readonly claims: Readonly<Record<string, string>>;
  readonly keep: Keep;
  /**
   * How long its answer is kept, in milliseconds, where not as long as others. At half that age it
   * is refused as `unavailable`, since an earlier try may have an answer that is kept no more.
   */
  readonly keepMs?: number;
  /** Set until the pointer of the idempotency key was looked at. */
  readonly pointer: Pointer | null;
}

/** A command before it has its target. */
export type Unaddressed = Pick<
  Message,
  'command' | 'delivery' | 'identity' | 'keep' | 'keepMs' | 'pointer'
>;

/** What an idempotency key points to, as it is stored. */
export interface Pointer {
  readonly key: string;
  readonly value: string;
}

/** What stays the same when a command is tried again. */
export interface Identity {
  readonly commandId: string;
  /** Milliseconds since 1970. */
  readonly at: number;
  readonly traceId: string;
}

/** A message in a mailbox, with the one who waits for its outcome. */
export interface Pending {
  readonly message: Message;
  /** By the monotonic clock, in milliseconds. */
  readonly enqueuedAt: number;
  readonly settle: (outcome: Outcome) => void;
}

/** A new identity. */
export function newIdentity(runtime: Runtime, delivery: Delivery): Identity {
  const commandId = runtime.uuid();
  return {
    commandId,
    at: runtime.now(),
    traceId: delivery.traceId ?? commandId.replaceAll('-', ''),
  };
}

/**
 * Addresses a command. The same identity gives the same ids, hence the same target.
 * @throws MachineFault where the target has no id, and what the command's own functions throw
 */
export function createMessage(
  runtime: Runtime,
  aggregate: AggregateRuntime,
  { command, delivery, identity, keep, keepMs, pointer }: Unaddressed,
): Message {
  const definition = aggregate.definition.commands[command.type];
  if (!definition) throw new Error(`${command.type} is no command of this app`);
  let ids = 0;
  const newId = () => runtime.digest(`${identity.commandId}/${ids++}`).slice(0, 22);
  const data: unknown = definition.complete(command.parsed, newId);
  const id = definition.target(data);
  if (id === '') throw new MachineFault(`the target of ${command.type} has no id`);
  const claims: Record<string, string> = {};
  const wanted: Readonly<Record<string, string>> = definition.claims(data);
  for (const name in wanted) claims[name] = claimKey(aggregate, name, wanted[name] ?? '');
  return {
    aggregate,
    command,
    delivery,
    identity,
    at: new Date(identity.at).toISOString(),
    data,
    target: { type: aggregate.definition.type, id },
    facts: definition.facts(data),
    claims,
    keep,
    ...(keepMs !== undefined && { keepMs }),
    pointer,
  };
}

/**
 * Parts messages so old that an earlier try of theirs may have an answer that is kept no more, as
 * when the node stood still. To be asked after what a turn fetches: what is answered later than
 * that, its commit finds to be a conflict.
 * @param now in milliseconds since 1970
 */
export function partForgotten(
  waiting: readonly Pending[],
  now: number,
): { readonly forgotten: Pending[]; readonly others: Pending[] } {
  const parts = { forgotten: [] as Pending[], others: [] as Pending[] };
  for (const pending of waiting) {
    const { identity, keepMs = Number.POSITIVE_INFINITY } = pending.message;
    (now - identity.at > keepMs / 2 ? parts.forgotten : parts.others).push(pending);
  }
  return parts;
}

/** The mailbox a message belongs to. */
export function mailboxKey(message: Message): ActorKey {
  return actorKey(message.target);
}

/** A fault as the outcome of a message, or of what has no more than its identity yet. */
export function failed({ identity }: Pick<Message, 'identity'>, failure: Failure): Failed {
  const { commandId, traceId } = identity;
  return { status: 'failed', commandId, traceId, failure };
}
