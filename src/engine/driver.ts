/**
 * The only file that calls XState. It runs a machine as a pure function: snapshot and message in,
 * snapshot and emitted events or requests out. It calls the public `machine.transition` with one
 * inert scope and collects the actions, instead of starting an actor for every message; that leans
 * on how XState 5.33 calls its scope, which `test/engine/driver*.test.ts` hold against live actors.
 */
import type { AnyMachineSnapshot, AnyStateMachine, AnyStateNode, EventObject } from 'xstate';
import { findNonJson, type Json } from '../define/json.ts';
import type { Sending } from '../define/send.ts';
import { sortEvents } from './driver/events.ts';
import { MachineFault } from './driver/fault.ts';
import { sortRequests } from './driver/requests.ts';
import { restoreStates } from './driver/restore.ts';
import { type CollectedAction, inertScope } from './driver/scope.ts';
import { counted, deepFreeze, historyOf, unnamedOf, withoutActors } from './driver/state.ts';
import { isRule, transitionName } from './driver/transitions.ts';

export { MachineFault, NewerState, StateFault } from './driver/fault.ts';

/** A machine's state in memory. Never changed in place. */
export type MachineState = AnyMachineSnapshot;

/** What a machine emitted. */
export interface EmittedEvent {
  readonly type: string;
  readonly data: Json;
}

/** One step's result. */
export interface Step {
  readonly state: MachineState;
  /** Whether value, context or status may differ from before. */
  readonly changed: boolean;
  readonly events: readonly EmittedEvent[];
  /** Whether the machine said that it accepts the message and changes nothing. */
  readonly noEffect: boolean;
}

/** A machine as a pure function, in the engine's terms. */
export interface Driver {
  /** The state of an actor that does not exist yet. */
  initial(): MachineState;
  /** One macrostep. @throws MachineFault, and what a guard or an assignment throws */
  step(state: MachineState, message: EventObject): Step;
  /**
   * The names of the transitions that such a step takes, in their order; see `transitionName`.
   * @throws what a guard or an assignment throws
   */
  taken(state: MachineState, message: EventObject): readonly string[];
  /** The state as JSON text. @throws MachineFault where the context is not JSON */
  persist(state: MachineState): string;
  /**
   * The state that `persist` wrote, perhaps by an older machine, or such a one without `status`.
   * @throws StateFault where it is none of this machine, to the last substate
   */
  restore(persisted: object): MachineState;
}

/** What a policy's step asks for, in the order of its actions. */
export interface Requests {
  readonly sends: readonly Sending[];
  readonly timers: readonly TimerRequest[];
  /**
   * Invokes that began and were not left within the step: each is a new visit, also where one of
   * that id ran before.
   */
  readonly invoked: readonly Invocation[];
}

export type TimerRequest =
  | {
      readonly kind: 'set';
      readonly id: string;
      readonly delayMs: number;
      readonly event: EventObject;
    }
  | { readonly kind: 'cancel'; readonly id: string };

export interface Invocation {
  readonly id: string;
  /** The name of the effect in the machine's actors. */
  readonly src: string;
  /** `null` where the invoke gives none. */
  readonly input: Json;
}

/** One step of a policy's machine. */
export interface PolicyStep extends Requests {
  readonly state: MachineState;
  /** Whether the state had a rule for the message: a change, a request, or `noEffect`. */
  readonly handled: boolean;
  /** Whether the machine has ended. */
  readonly done: boolean;
  /** The ids of all invokes of the states that it is in now. */
  readonly invokes: readonly string[];
}

/** A policy's machine as a pure function. */
export interface PolicyDriver {
  /** A new instance, with what its first states ask for. `handled` is true. */
  initial(): PolicyStep;
  /** One macrostep. @throws MachineFault, and what a guard or an assignment throws */
  step(state: MachineState, message: EventObject): PolicyStep;
  /** As {@link Driver.persist}. */
  persist(state: MachineState): string;
  restore(persisted: object): MachineState;
}

interface DriverOptions {
  /** Freezes every state, so that an assignment that mutates throws at once. Costs time. */
  readonly freeze: boolean;
  /** Microsteps of one step. */
  readonly microstepsMax: number;
}

/** Makes the driver of one aggregate's machine. */
export function createDriver(machine: AnyStateMachine, options: DriverOptions): Driver {
  const run = runnerOf(machine, options);
  const initial = run.start().state;
  return {
    initial: () => initial,

    step(before, message) {
      if (before.status !== 'active') {
        return { state: before, changed: false, events: [], noEffect: false };
      }
      const { state, actions } = run.step(before, message);
      const { events, accepted } = sortEvents(actions);
      return { state, changed: state !== before, events, noEffect: accepted };
    },

    taken: (before, message) => (before.status === 'active' ? run.taken(before, message) : []),
    persist: run.persist,
    restore: run.restore,
  };
}

/** Makes the driver of one policy's machine. */
export function createPolicyDriver(machine: AnyStateMachine, options: DriverOptions): PolicyDriver {
  const run = runnerOf(machine, options);
  const sources = sourcesOf(machine.root);

  const settle = (before: MachineState | null, ran: Ran, handled: boolean): PolicyStep => {
    const countBefore = before ? unnamedOf(before) : 0;
    const sorted = sortRequests(machine, ran.actions, sources, countBefore);
    const { actors, unnamed, sends, ...asked } = sorted;
    const spawned = Object.entries(ran.state.children).find(([, child]) => !actors.has(child));
    if (spawned) throw new MachineFault(`${machine.id}: it spawns ${spawned[0]}; it can invoke`);
    const isAsBefore = ran.state === before && unnamed === countBefore;
    const state = isAsBefore ? ran.state : withoutActors(ran.state, unnamed);
    const done = state.status === 'done';
    return {
      state,
      handled,
      done,
      sends,
      // What has ended waits for nothing.
      ...(done ? { timers: [], invoked: [] } : asked),
      invokes: done ? [] : state._nodes.flatMap((node) => node.invoke.map(({ id }) => id)),
    };
  };
  const initial = settle(null, run.start(), true);

  return {
    initial: () => initial,

    step(before, message) {
      if (before.machine !== machine) {
        // XState would run the machine that made it.
        throw new MachineFault(`${machine.id}: the state was made by another machine`);
      }
      if (before.status !== 'active') {
        return settle(before, { state: before, actions: [] }, false);
      }
      const ran = run.step(before, message);
      const handled =
        ran.state !== before || ran.actions.length > 0 || hasRule(machine, before, message);
      return settle(before, ran, handled);
    },

    persist: run.persist,
    restore: run.restore,
  };
}

/** Whether a transition takes the message; one that neither goes nor does anything forbids it. */
function hasRule(machine: AnyStateMachine, state: MachineState, message: EventObject): boolean {
  return machine.getTransitionData(state, message).some(isRule);
}

/** What every invoke may run, by its id. */
function sourcesOf(
  node: AnyStateNode,
  found = new Map<string, Set<string>>(),
): ReadonlyMap<string, ReadonlySet<string>> {
  for (const { id, src } of node.invoke) {
    found.set(id, (found.get(id) ?? new Set()).add(String(src)));
  }
  for (const child of Object.values(node.states)) sourcesOf(child, found);
  return found;
}

/** What one macrostep gave. */
interface Ran {
  readonly state: MachineState;
  readonly actions: readonly CollectedAction[];
}

/** What the drivers of both kinds of machine are made of: all calls of XState. */
function runnerOf(machine: AnyStateMachine, options: DriverOptions) {
  // XState lets a machine loop for ever unless told otherwise.
  if (!Number.isFinite(machine.options.maxIterations ?? Number.POSITIVE_INFINITY)) {
    machine.options.maxIterations = options.microstepsMax;
  }
  let actions: CollectedAction[] = [];
  const scope = inertScope((action) => actions.push(action));
  const guard = (state: MachineState): MachineState => {
    if (options.freeze) deepFreeze(state.context);
    return state;
  };

  return {
    start(): Ran {
      actions = [];
      const state: MachineState = machine.getInitialSnapshot(scope, undefined);
      if (state.status === 'error') throw state.error;
      return { state: guard(state), actions };
    },

    step(before: MachineState, message: EventObject): Ran {
      actions = [];
      const state: MachineState = machine.transition(before, message, scope);
      if (state.status !== 'active' && state.status !== 'done') {
        throw new MachineFault(
          `${machine.id}: ${message.type} ends it as ${state.status}: no state that it is in takes it`,
          { cause: state.error },
        );
      }
      return { state: guard(state), actions };
    },

    taken(before: MachineState, message: EventObject): readonly string[] {
      const names: string[] = [];
      const ignore = () => {};
      const watching = inertScope(ignore, (transitions) => {
        names.push(...transitions.map(transitionName));
      });
      machine.transition(before, message, watching);
      return names;
    },

    persist(state: MachineState): string {
      const found = findNonJson(state.context, 'context');
      if (found) throw new MachineFault(`${machine.id}: ${found.path}: ${found.reason}`);
      return JSON.stringify({
        status: state.status,
        value: state.value,
        historyValue: historyOf(state),
        context: state.context,
        children: {},
        ...(state.status === 'done' ? { output: state.output } : {}),
        ...counted(unnamedOf(state)),
      });
    },

    restore(persisted: object): MachineState {
      const state = restoreStates(machine, scope, persisted);
      const { context } = persisted as { context: unknown };
      return guard({ ...state, context, ...counted(unnamedOf(persisted)) });
    },
  };
}
