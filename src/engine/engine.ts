import type { z } from 'zod';
import type { App, QueryDefinition } from '../define/index.ts';
import type { Address } from './address.ts';
import type { EventEnvelope, Failed, Outcome } from './outcome.ts';

/** A command whose structure was checked. */
export interface ValidCommand {
  readonly type: string;
  /** As parsed by the command's schema. */
  readonly parsed: unknown;
  /** As the client sent it: what an idempotency key is compared with. */
  readonly body: unknown;
}

/** What a command's schema says of a body. */
export type Validation =
  | { readonly ok: true; readonly command: ValidCommand }
  | { readonly ok: false; readonly issues: readonly z.core.$ZodIssue[] };

/** What comes with a command. */
export interface Delivery {
  /** Who sends it: idempotency keys are the sender's own. */
  readonly principal: string;
  readonly idempotencyKey?: string;
  /** The version that the target must have; 0: it must not exist. */
  readonly ifMatch?: number;
  /** 32 hex digits, from `traceparent`. */
  readonly traceId?: string;
}

/** A command that is answered later: kept, or failed at once. */
export type AsyncAnswer =
  | {
      readonly status: 'pending';
      readonly commandId: string;
      /** This answer was given under its key before. */
      readonly replayed: boolean;
    }
  | Failed;

/** One event of an actor's trail. */
export interface TrailItem extends EventEnvelope {
  readonly cause: { readonly commandId: string; readonly type: string; readonly data: unknown };
  readonly facts: unknown;
}

/** A page of an actor's trail, newest first. */
export interface TrailPage {
  readonly items: readonly TrailItem[];
  /** Opaque; `null` on the last page. */
  readonly next: string | null;
}

/**
 * What a node does with commands and queries. None of its methods rejects for a reason that a
 * command or a store can give, save where said.
 */
export interface Engine {
  readonly app: App;

  /** Whether the app has such a command. */
  knows(type: string): boolean;
  /** Checks the structure of a client's command. `type` must be known. */
  validate(type: string, body: unknown): Validation;
  /**
   * Runs a command to its end. Where there is no room for it, that is decided before this returns:
   * what one caller submits to one actor in order is taken or refused in that order.
   */
  submit(command: ValidCommand, delivery: Delivery): Promise<Outcome>;
  /** Keeps a command durably and runs it later. */
  submitAsync(command: ValidCommand, delivery: Delivery): Promise<AsyncAnswer>;
  /**
   * What became of an async command; `null` when there is none, or no longer.
   * @throws StoreUnavailable
   */
  asyncOutcome(commandId: string): Promise<Outcome | 'pending' | null>;

  /**
   * Runs a query on parsed input; `null` when what it names does not exist.
   * @throws BadCursorError, StoreUnavailable
   */
  query(query: QueryDefinition, input: { params: unknown; search: unknown }): Promise<unknown>;
  /**
   * A page of an actor's trail; `null` when nothing was ever recorded of it.
   * @throws BadCursorError, StoreUnavailable
   */
  trail(actor: Address, page: { limit: number; before: string | null }): Promise<TrailPage | null>;

  /** @throws StoreUnavailable when commands cannot be taken now */
  ready(): Promise<void>;
  /** Takes nothing more (`overloaded`), resolves when what was taken has its answer. */
  drain(): Promise<void>;
}
