import type { Footprint } from './footprint.ts';

/** What is explored: a system that stands still between its steps. */
export interface Steppable {
  /** What can come next, by name; nothing at rest. The same in the same state. */
  options(): readonly string[];
  /** Takes one of them, to where the system stands still again. @returns what it touched */
  take(option: string): Promise<Footprint>;
  /** Names the state: where two are the same, the same can come of both. */
  key(): string;
  /** @throws where what has come about at rest must not be */
  judge(): Promise<void>;
}

export interface Explored {
  /** Sequences of steps from the beginning to rest: all that there are. */
  readonly schedules: bigint;
  /** Different states, and how many of them at rest. */
  readonly states: number;
  readonly rests: number;
  /** How often the system was run. */
  readonly runs: number;
}

/** Where a step leads, and what it touches on the way. */
interface Edge {
  readonly to: string;
  readonly footprint: Footprint;
}

interface State {
  readonly options: readonly string[];
  readonly edges: Map<string, Edge>;
  /** Schedules from here to rest; 0 until all are known. */
  schedules: bigint;
}

/** A state on the way to where a run is, and the step that is taken there. */
interface Moment {
  readonly state: State;
  option: string;
}

/** A schedule is tens of steps long: one without end is a fault. */
const STEPS_MAX = 1_000;

/**
 * Explores every sequence of steps, depth first. Each run repeats a sequence from the beginning
 * and goes on until a state that was seen before: what comes of that is known. Two steps that
 * touch nothing in common lead to the same state in both orders, so that the second order need
 * not be run.
 * @param make the system at its beginning
 * @throws the first fault of a step or a judgement, with the steps that lead to it
 */
export async function exploreStates(make: () => Promise<Steppable>): Promise<Explored> {
  const states = new Map<string, State>();
  const path: Moment[] = [];
  let runs = 0;
  let rests = 0;
  for (;;) {
    runs++;
    try {
      await runOnce(await make());
    } catch (cause) {
      const steps = path.map(({ option }) => option).join(' | ');
      throw new Error(`run ${runs}, after ${steps}: ${String(cause)}`, { cause });
    }
    const schedules = goBack();
    if (schedules !== null) return { schedules, states: states.size, rests, runs };
  }

  async function runOnce(system: Steppable): Promise<void> {
    let footprint: Footprint | null = null;
    for (const { option } of path) footprint = await system.take(option);
    for (;;) {
      const key = system.key();
      const last = path.at(-1);
      if (last && footprint) last.state.edges.set(last.option, { to: key, footprint });
      if (states.has(key)) return;
      const state: State = { options: system.options(), edges: new Map(), schedules: 0n };
      states.set(key, state);
      if (state.options.length === 0) {
        await system.judge();
        rests++;
        state.schedules = 1n;
        return;
      }
      if (last) for (const option of state.options) infer(last, state, option);
      const option = nextOf(state);
      if (option === null) {
        finish(state);
        return;
      }
      path.push({ state, option });
      if (path.length > STEPS_MAX) throw new Error('the schedule does not end');
      footprint = await system.take(option);
    }
  }

  /** Where the state before could take a step too, and the other one after it, to the same end. */
  function infer(before: Moment, state: State, option: string): void {
    const taken = before.state.edges.get(before.option);
    const other = before.state.edges.get(option);
    if (!taken || !other || taken.footprint.meets(other.footprint)) return;
    const end = states.get(other.to)?.edges.get(before.option);
    if (end) state.edges.set(option, { to: end.to, footprint: other.footprint });
  }

  /** The first option that was not explored; `null`: there is none. */
  function nextOf({ options, edges }: State): string | null {
    return options.find((option) => !edges.has(option)) ?? null;
  }

  /** Goes back to where an option is left. @returns all schedules, where there is none */
  function goBack(): bigint | null {
    for (let moment = path.at(-1); moment; moment = path.at(-1)) {
      const option = nextOf(moment.state);
      if (option !== null) {
        moment.option = option;
        return null;
      }
      finish(moment.state);
      path.pop();
      if (path.length === 0) return moment.state.schedules;
    }
    return 1n;
  }

  /** Everything that comes of it is known. */
  function finish(state: State): void {
    for (const { to } of state.edges.values()) state.schedules += states.get(to)?.schedules ?? 0n;
  }
}
