import type { AnyStateMachine, AnyStateNode } from 'xstate';
import type { Report } from './fault.ts';

/** What one kind of definition lets its machine do. */
export interface MachineRules {
  /** What it can do, for messages. */
  readonly usable: string;
  /** The actions that the engine knows by identity. */
  readonly known: ReadonlySet<unknown>;
  /** Why it cannot do one of XState's own actions; `null` where it can. */
  readonly refuse: (action: BuiltIn, machine: AnyStateMachine) => string | null;
  /** Checks what needs the engine to come back later: a state's invokes and delays. */
  readonly checkWaiting: (node: AnyStateNode, field: string, known: Known, report: Report) => void;
  /** What is wrong with a machine that is done from the start. */
  readonly endsAtOnce: string;
  /** Why it cannot spawn actors. */
  readonly cannotSpawn: string;
}

/** One of XState's own actions, with what it was made of. */
export interface BuiltIn {
  readonly type: string;
  readonly delay: unknown;
  readonly event: unknown;
  readonly to: unknown;
  /** The event of one that `refuse` made. */
  readonly refuses: string | null;
}

/** Faults that show again when the machine starts, where they would be named a second time. */
export interface Known {
  /** A named guard or action is not there. */
  missing: boolean;
  /** Something invokes or spawns what it cannot. */
  children: boolean;
}
