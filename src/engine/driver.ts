/**
 * The only file that calls XState. It runs a machine as a pure function: snapshot and message in,
 * snapshot and emitted events out. It calls the public `machine.transition` with one inert scope
 * and collects the actions, instead of starting an actor for every command; that leans on how
 * XState 5.33 calls its scope, which `test/engine/driver.test.ts` holds against live actors.
 */
import type { AnyActorScope, AnyMachineSnapshot, AnyStateMachine, EventObject } from 'xstate';
import { findNonJson, type Json } from '../define/json.ts';
import { noEffect } from '../define/no-effect.ts';
import type { Sending } from '../define/send.ts';

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

/** A machine did something that a durable actor cannot: the program is wrong, not the message. */
export class MachineFault extends Error {
  override readonly name = 'MachineFault';
}

/** A machine as a pure function, in the engine's terms. */
export interface Driver {
  /** The state of an actor that does not exist yet. */
  initial(): MachineState;
  /** One macrostep. @throws MachineFault, and what a guard or an assignment throws */
  step(state: MachineState, message: EventObject): Step;
  /** The state as JSON text. @throws MachineFault where the context is not JSON */
  persist(state: MachineState): string;
  /** The state that `persist` wrote. */
  restore(persisted: object): MachineState;
}

/** What a policy's step asks for, in the order of its actions. */
export interface Requests {
  readonly sends: readonly Sending[];
  readonly timers: readonly TimerRequest[];
  /** Invokes that began: each is a new visit, also where one of that id ran before. */
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

interface CollectedAction {
  readonly type: string;
  readonly params: unknown;
  readonly exec: unknown;
}

/** Makes the driver of one machine. */
export function createDriver(machine: AnyStateMachine, options: DriverOptions): Driver {
  // XState lets a machine loop for ever unless told otherwise.
  if (!Number.isFinite(machine.options.maxIterations ?? Number.POSITIVE_INFINITY)) {
    machine.options.maxIterations = options.microstepsMax;
  }
  let actions: CollectedAction[] = [];
  const scope = inertScope((action) => actions.push(action));
  const initial = machine.getInitialSnapshot(scope, undefined);
  if (initial.status === 'error') throw initial.error;

  const guard = (state: MachineState): MachineState => {
    if (options.freeze) deepFreeze(state.context);
    return state;
  };

  return {
    initial: () => guard(initial),

    step(before, message) {
      if (before.status !== 'active') {
        return { state: before, changed: false, events: [], noEffect: false };
      }
      actions = [];
      const state: MachineState = machine.transition(before, message, scope);
      if (state.status === 'error') throw state.error;
      const { events, accepted } = sortActions(actions);
      return { state: guard(state), changed: state !== before, events, noEffect: accepted };
    },

    persist(state) {
      const found = findNonJson(state.context, 'context');
      if (found) throw new MachineFault(`${machine.id}: ${found.path}: ${found.reason}`);
      if (Object.keys(state.historyValue).length > 0 || state.status !== 'active') {
        return JSON.stringify(machine.getPersistedSnapshot(state));
      }
      return JSON.stringify({
        status: state.status,
        value: state.value,
        historyValue: state.historyValue,
        context: state.context,
        children: {},
      });
    },

    // The stored object is what `persist` wrote; XState has no type for it that is narrower.
    restore: (persisted) => guard(machine.restoreSnapshot(persisted as AnyMachineSnapshot, scope)),
  };
}

function sortActions(actions: readonly CollectedAction[]): {
  events: EmittedEvent[];
  accepted: boolean;
} {
  const events: EmittedEvent[] = [];
  let accepted = false;
  for (const action of actions) {
    if (action.type === 'xstate.emit') {
      events.push((action.params as { event: EmittedEvent }).event);
    } else if (action.exec === noEffect) {
      accepted = true;
    } else if (action.type === 'xstate.raise' && isImmediate(action.params)) {
      // Already taken within the same macrostep.
    } else if (action.type !== 'xstate.log') {
      throw new MachineFault(
        `the action ${action.type} has no meaning in an aggregate: it can emit, assign, raise without delay, and noEffect`,
      );
    }
  }
  return { events, accepted };
}

function isImmediate(params: unknown): boolean {
  return (params as { delay?: number }).delay === undefined;
}

/** A scope that runs nothing and hands every action over. */
function inertScope(collect: (action: CollectedAction) => void): AnyActorScope {
  const ignore = () => {};
  const self = { id: 'actor', sessionId: 'actor', send: ignore, _parent: undefined };
  const system = {
    _sendInspectionEvent: ignore,
    _bookId: () => 'actor',
    _register: ignore,
    _unregister: ignore,
    _set: ignore,
    _relay: ignore,
    get: () => undefined,
    getAll: () => ({}),
    inspect: () => ({ unsubscribe: ignore }),
    _clock: { setTimeout: ignore, clearTimeout: ignore },
    scheduler: { schedule: ignore, cancel: ignore, cancelAll: ignore },
    _snapshot: { _scheduledEvents: {} },
    start: ignore,
    _logger: ignore,
  };
  const scope = {
    self: { ...self, system },
    id: self.id,
    sessionId: self.sessionId,
    system,
    logger: ignore,
    defer: ignore,
    stopChild: ignore,
    emit: ignore,
    actionExecutor: collect,
  };
  // XState's scope type asks for a live actor; a pure step needs only these members.
  return scope as unknown as AnyActorScope;
}

function deepFreeze(value: unknown): void {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return;
  Object.freeze(value);
  for (const member of Object.values(value)) deepFreeze(member);
}
