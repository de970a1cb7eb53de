/** The screen of a trace. */
import type { HistoryStep } from '../protocol.ts';
import type { IndexFigures } from './actors.ts';
import type { UnderWay } from './under-way.ts';

/** `GET /traces`: what came from outside of late, newest first. */
export interface LatestTraces {
  readonly items: readonly TraceBeginning[];
}

/** The command that a trace began with, or another one that came under its id. */
export interface TraceBeginning
  extends Pick<TraceStep, 'position' | 'at' | 'actor' | 'command' | 'principal' | 'outcome'> {
  readonly correlationId: string;
}

/**
 * `GET /traces/{correlationId}?at=`: what belongs to one cause, each step after what caused it.
 * `at`: the position of a step of it, from which to begin where the index has nothing.
 */
export interface Trace {
  readonly correlationId: string;
  readonly steps: readonly TraceStep[];
  /** What has not come to its end, the oldest first. */
  readonly pending: readonly UnderWay[];
  /** There is more than is shown. */
  readonly isCut: boolean;
  /** The index has something of it; otherwise these are steps of one actor alone. */
  readonly isIndexed: boolean;
  readonly index: IndexFigures;
}

/** A command that was recorded, and where. */
export interface TraceStep extends Omit<HistoryStep, 'correlationId' | 'events'> {
  readonly actor: { readonly type: string; readonly id: string };
  /**
   * The id of the event that the policy sent it for; `null` where it came from outside, and where that
   * cannot be told.
   */
  readonly cause: string | null;
  /** Why it was refused, in the domain's words. */
  readonly reason: string | null;
  readonly events: readonly { readonly id: string; readonly type: string }[];
}
