import type { JsonObject } from '../define/index.ts';

/** An actor as an outcome names it. `version` 0: it does not exist. */
export interface ActorVersion {
  readonly type: string;
  readonly id: string;
  readonly version: number;
}

/** An event as clients see it. */
export interface EventEnvelope {
  /** Unique: the command's id and the event's place among its events. */
  readonly id: string;
  readonly type: string;
  readonly version: number;
  readonly actor: ActorVersion;
  /** `partition:position.index`. */
  readonly position: string;
  readonly occurredAt: string;
  readonly correlationId: string;
  /** The id of the message that caused it. */
  readonly causationId: string;
  readonly data: JsonObject;
}

/** A command's end. `replayed`: it is the kept answer to an earlier try under the same key. */
export type Outcome = Accepted | Rejected | Failed;

interface Decided {
  readonly commandId: string;
  readonly actor: ActorVersion;
  /** `partition:position` of the command's record, or of the head it was answered at. */
  readonly position: string;
  readonly events: readonly EventEnvelope[];
  readonly traceId: string;
  readonly replayed: boolean;
}

/** The command took effect, or had none to take: then `events` is empty. */
export interface Accepted extends Decided {
  readonly status: 'accepted';
}

/** A business rule said no. `events` is empty when the state had no rule for the command. */
export interface Rejected extends Decided {
  readonly status: 'rejected';
  readonly reason: string;
}

/** A fault kept it from being decided. */
export interface Failed {
  readonly status: 'failed';
  readonly commandId: string;
  readonly traceId: string;
  readonly failure: Failure;
}

/** What went wrong, by a stable code. */
export type Failure =
  /** The actor has another version than `If-Match` says. */
  | { readonly code: 'version_mismatch'; readonly actor: ActorVersion }
  /** The key was used with another body. */
  | { readonly code: 'idempotency_key_reused' }
  /** The limit reached: the actor's mailbox, or the node as a whole. */
  | { readonly code: 'overloaded'; readonly limit: 'mailbox' | 'node' }
  /**
   * The store is out of reach; whether the command took effect is unknown. `byNewer`: it had none,
   * the actor was written by newer code than this node's, and a node that has it takes the command.
   */
  | { readonly code: 'unavailable'; readonly byNewer?: true }
  /** Unforeseen; the log has it under the trace id. */
  | { readonly code: 'system_error' };

/** The rejection of a command that the actor's state has no rule for. */
export const NOT_POSSIBLE = 'Not possible in this state';
