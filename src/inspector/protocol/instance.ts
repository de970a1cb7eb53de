/** The screen of one instance of a policy. */
import type { ShownState } from '../protocol.ts';
import type { CausingEvent, UnderWay } from './under-way.ts';

/**
 * `GET /policies/{name}/instances/{id}`; 404 where neither it is there nor anything that waits for it,
 * that it sent, or that was given up of it.
 */
export interface InstanceDetail {
  readonly policy: string;
  readonly id: string;
  /** The store's clock. */
  readonly now: string;
  /** `null`: none runs, or this code cannot tell. */
  readonly state: ShownState | null;
  /** The id of the event that made it; `null`: none runs. */
  readonly incarnation: string | null;
  /** That event; `null` where it is too long ago to be found. */
  readonly began: CausingEvent | null;
  /** The last event that it took, of those from each partition; the latest first. */
  readonly taken: readonly CausingEvent[];
  /** The messages that its state has a rule for. */
  readonly awaits: readonly Awaited[];
  /** The names of the transitions that these may take. */
  readonly possible: readonly string[];
  /** By when they are due. */
  readonly timers: readonly UnderWay[];
  readonly effects: readonly (UnderWay & { readonly input: unknown })[];
  /** Commands without an outcome, in the order in which they were sent. */
  readonly commands: readonly (UnderWay & { readonly data: unknown })[];
  readonly queue: InstanceQueue;
  /** Why this code cannot show it, or may show what is not so; `null`: no reason. */
  readonly warning: string | null;
  /** Not all rows were looked through: it may have more commands, messages or dead letters. */
  readonly isCut: boolean;
  readonly isMasked: boolean;
}

/** A message that a state waits for. */
export interface Awaited {
  readonly kind: 'event' | 'outcome' | 'timer' | 'effect';
  /** As the machine names it. */
  readonly type: string;
}

/** Messages that wait for an instance. */
export interface InstanceQueue {
  /** All of them. */
  readonly count: number;
  /** The first is a dead letter: the others wait until it is settled. */
  readonly isParked: boolean;
  /** The first of them; a dead letter is not among them. */
  readonly messages: readonly (UnderWay & { readonly message: unknown })[];
}
