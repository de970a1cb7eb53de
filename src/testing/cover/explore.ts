/** The search that covers machines: breadth first over a model's states, by `xstate/graph`. */
import type { AnyStateMachine, EventObject } from 'xstate';
import { getAdjacencyMap } from 'xstate/graph';
import type { MachineState } from '../../engine/driver.ts';
import { MINTED } from '../model/decision.ts';
import type { Observe } from '../model/model.ts';
import { type Item, MachineItems } from './items.ts';
import type { Allowed, Coverage } from './report.ts';
import { type Trace, traceOf } from './trace.ts';

/** An item of one of the machines. */
export interface CoveredItem extends Item {
  readonly machine: string;
}

/** A state of what is explored, and how it was come to. */
export interface Reached<State, Step> {
  readonly state: State;
  /** The first is the first step from the beginning. */
  readonly steps: readonly Step[];
}

/** A step that covers what none before it did. */
export interface Discovery<State, Step> {
  readonly reached: Reached<State, Step>;
  readonly covers: readonly CoveredItem[];
}

/** What is explored: anything that steps, and tells of its machines' steps. */
export interface Explored<State, Input, Step> {
  readonly initial: State;
  readonly inputs: (state: State) => readonly Input[];
  /** Pure but for `observe`. */
  readonly step: (state: State, input: Input, depth: number) => readonly [State, Step];
  /** What tells states apart. */
  readonly keyOf: (state: State) => string;
  /** A step as people read it, for what is thrown at it. */
  readonly tell: (input: Input) => string;
}

export interface Search {
  /** What may be left out, and so is not searched for. */
  readonly allowed: Allowed;
  /** After so many states the search ends. */
  readonly statesMax: number;
  /** It also ends where so many states in a row brought nothing new. */
  readonly patience: number;
}

/** Collects what machines go through, step by step. */
export class Watch {
  readonly #names: ReadonlyMap<AnyStateMachine, string>;
  readonly #items: ReadonlyMap<string, MachineItems>;
  #seen: CoveredItem[] = [];

  constructor(machines: ReadonlyMap<string, AnyStateMachine>) {
    this.#names = new Map([...machines].map(([name, machine]) => [machine, name]));
    this.#items = new Map([...machines].map(([name, each]) => [name, new MachineItems(each)]));
  }

  get items(): ReadonlyMap<string, MachineItems> {
    return this.#items;
  }

  /** For a model: to be called before every step of a machine. */
  readonly observe: Observe = (
    machine: AnyStateMachine,
    before: MachineState,
    message: EventObject,
  ) => this.#see(machine, traceOf(machine, before, message));

  /** What was gone through since this was last asked. */
  take(): readonly CoveredItem[] {
    const seen = this.#seen;
    this.#seen = [];
    return seen;
  }

  #see(machine: AnyStateMachine, trace: Trace): void {
    const name = this.#names.get(machine);
    if (name === undefined) return;
    for (const item of this.#items.get(name)?.coveredBy(trace) ?? []) {
      this.#seen.push({ ...item, machine: name });
    }
  }
}

/** A point of the search as XState's graph knows it. */
type Point<State, Step> = Reached<State, Step> & {
  readonly status: 'active';
  readonly output: undefined;
  readonly error: undefined;
};

interface Move<Input> extends EventObject {
  readonly type: string;
  readonly input: Input;
}

/**
 * Searches until everything is covered that is not allowed to be left out, or nothing new is found.
 * Each discovery is the shortest way to what it covers, and is counted in the coverage.
 */
export function explore<State, Input, Step>(
  explored: Explored<State, Input, Step>,
  watch: Watch,
  { allowed, statesMax, patience }: Search,
  coverage: Coverage,
): readonly Discovery<State, Step>[] {
  const found: Discovery<State, Step>[] = [];
  let states = 0;
  let statesAtLast = 0;
  let isOver = false;
  const pointOf = (reached: Reached<State, Step>): Point<State, Step> => ({
    ...reached,
    status: 'active',
    output: undefined,
    error: undefined,
  });
  const logic = {
    getInitialSnapshot: () => pointOf({ state: explored.initial, steps: [] }),
    getPersistedSnapshot: (point: Point<State, Step>) => point,
    transition(point: Point<State, Step>, { input }: Move<Input>): Point<State, Step> {
      watch.take();
      const [state, step] = stepOrTell(explored, point, input);
      const reached = { state, steps: [...point.steps, step] };
      const covers = watch.take().filter(({ machine, name }) => coverage.add(machine, name));
      if (covers.length > 0) {
        found.push({ reached, covers });
        statesAtLast = states;
      }
      return pointOf(reached);
    },
  };
  getAdjacencyMap<Point<State, Step>, Move<Input>, unknown>(logic, {
    events: ({ state }) =>
      isOver ? [] : explored.inputs(state).map((input, at) => ({ type: String(at), input })),
    serializeState: ({ state }) => explored.keyOf(state),
    serializeEvent: ({ type }) => type,
    stopWhen: () => {
      states++;
      const isTired = states > statesMax || states - statesAtLast > patience;
      isOver = isOver || isTired || coverage.isComplete(allowed);
      return isOver;
    },
  });
  return found;
}

function stepOrTell<State, Input, Step>(
  explored: Explored<State, Input, Step>,
  { state, steps }: Reached<State, Step>,
  input: Input,
): readonly [State, Step] {
  try {
    return explored.step(state, input, steps.length);
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    const before = steps.map((step) => `  ${JSON.stringify(step)}`);
    const text = [
      `${explored.tell(input)}: ${why}`,
      ...(before.length > 0 ? ['after'] : []),
      ...before,
    ];
    throw new Error(text.join('\n'), { cause });
  }
}

/** A text in which ids and times that the model made are all alike. */
export function withoutMinted(text: string): string {
  return text
    .replaceAll(new RegExp(`${MINTED}[\\w-]+`, 'g'), MINTED)
    .replaceAll(/20\d\d-\d\d-\d\dT[\d:.]+Z/g, 'T');
}

/** The machine, and the first of what is covered. */
export function nameOf(covers: readonly CoveredItem[]): string {
  const [first] = covers;
  if (first === undefined) throw new Error('a path covers something');
  const more = covers.length > 1 ? ` (and ${covers.length - 1} more)` : '';
  return `${first.machine}: ${first.name}${more}`;
}
