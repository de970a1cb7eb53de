/** Paths of commands that cover an app: its aggregates, and its policies as far as commands go. */
import type { AnyStateMachine } from 'xstate';
import type { App } from '../../define/index.ts';
import type { Instance } from '../../engine/background/instance.ts';
import { type CommandBody, Model } from '../model/model.ts';
import { settle } from '../model/settle.ts';
import { eventsOf, type ModelState } from '../model/state.ts';
import { type CoveredItem, explore, nameOf, Watch, withoutMinted } from './explore.ts';
import { type Allowed, Coverage } from './report.ts';
import { sampleCommands } from './samples.ts';
import { NAMES } from './values.ts';

/** When a path begins: no other time that the model knows is of this year. */
const PATHS_BEGIN = '2000-01-01T00:00:00.000Z';

const STATES_MAX = 3_000;
const PATIENCE = 500;
const WITHIN_MS = 1_000;

/** An event without what surrounds it. */
export interface PlainEvent {
  readonly type: string;
  readonly data: unknown;
}

/** What a command is to come to. */
export interface ExpectedAnswer {
  readonly status: 'accepted' | 'rejected';
  readonly reason: string | null;
  /** The actor's version afterwards. */
  readonly version: number;
  readonly events: readonly PlainEvent[];
}

export interface PathStep {
  readonly command: CommandBody;
  readonly expected: ExpectedAnswer;
  /** What policies wait for before they are through, in milliseconds: their timers. */
  readonly tookMs: number;
}

/** Commands one after another, and what they come to. */
export interface Path {
  /** The machine, and what the last step is the first to cover. */
  readonly name: string;
  readonly covers: readonly CoveredItem[];
  readonly steps: readonly PathStep[];
  /** All events of every actor afterwards, by `type:id`, oldest first. */
  readonly trails: Readonly<Record<string, readonly PlainEvent[]>>;
  /** The names in its commands that a runner makes its own, so that paths do not meet. */
  readonly names: readonly string[];
}

/** Commands to explore with, and the names in them. */
export interface CommandSet {
  readonly commands: readonly CommandBody[];
  readonly names: readonly string[];
}

export interface CoverOptions {
  /** Commands to explore with; made from the schemas, unless given. */
  readonly samples?: readonly CommandBody[];
  /** Further commands, each list explored on its own, for what the ones before leave out. */
  readonly more?: readonly CommandSet[];
  /** Names of actors and values in the commands. */
  readonly names?: readonly string[];
  /** What may be left out, with the reason. */
  readonly allowed?: Allowed;
  /** After so many states the search ends; 3,000 unless set. */
  readonly statesMax?: number;
  /** What policies do within so long of a command belongs to it, in ms; 1,000 unless set. */
  readonly withinMs?: number;
  /** What effects give, by their names. Without it they go on for ever. */
  readonly effects?: Readonly<Record<string, (input: unknown) => unknown>>;
}

/** Paths, and what they cover. */
export interface AppCover {
  readonly paths: readonly Path[];
  readonly coverage: Coverage;
}

/**
 * Finds paths that take every transition of the app's machines, and find every guard closed, each by
 * as few commands as may be. What was not found, the coverage says.
 */
export function coverApp(app: App, options: CoverOptions = {}): AppCover {
  const { names = NAMES, allowed = {}, statesMax = STATES_MAX } = options;
  const { withinMs = WITHIN_MS, effects = {} } = options;
  const { more = [], samples: commands = sampleCommands(app, names) } = options;
  const watch = new Watch(machinesOf(app));
  const coverage = new Coverage(watch.items);
  const model = new Model(app, { observe: watch.observe });
  const start = Date.parse(PATHS_BEGIN);
  const step = (before: ModelState, command: CommandBody, depth: number) => {
    const dated = { ...before, now: Math.max(before.now, start + depth * 1_000) };
    const { decided, events, state } = model.command(dated, command);
    const { status, reason = null, actor } = decided.decision;
    const plain = events.map(({ type, data }) => ({ type, data }));
    const expected = { status, reason, version: actor.version, events: plain };
    const settled = settle(model, dated, state, { withinMs, effects });
    return [settled, { command, expected, tookMs: settled.now - state.now }] as const;
  };
  const search = { allowed, statesMax, patience: PATIENCE };
  const paths = [{ commands, names }, ...more].flatMap((set) =>
    explore<ModelState, CommandBody, PathStep>(
      {
        initial: model.empty(start),
        inputs: () => set.commands,
        keyOf,
        step,
        tell: JSON.stringify,
      },
      watch,
      search,
      coverage,
    ).map(({ reached: { state, steps }, covers }) => ({
      name: nameOf(covers),
      covers,
      steps,
      trails: trailsOf(state),
      names: set.names,
    })),
  );
  return { paths, coverage };
}

/** An app's machines: of its aggregates by their types, of its policies by their names. */
function machinesOf({ aggregates, policies }: App): ReadonlyMap<string, AnyStateMachine> {
  return new Map([...aggregates, ...policies].map(([name, { machine }]) => [name, machine]));
}

function trailsOf(state: ModelState): Path['trails'] {
  const trails: Record<string, PlainEvent[]> = {};
  for (const { type, data, event } of eventsOf(state)) {
    const key = `${event.actor.type}:${event.actor.id}`;
    trails[key] = [...(trails[key] ?? []), { type, data }];
  }
  return trails;
}

/** What can still matter of a state: not when it came about, nor by which ids. */
function keyOf({ actors, entries, instances }: ModelState): string {
  const found = [
    ...[...actors].map(([key, { machineText, heldText }]) => `${key} ${machineText} ${heldText}`),
    ...[...entries].map(([place, all]) => `${place} ${JSON.stringify([...all.values()])}`),
    ...[...instances].map(
      ([place, { instance, timers }]) => `${place} ${machineTextOf(instance)} ${timers.size}`,
    ),
  ];
  return found.map(withoutMinted).sort().join('\n');
}

function machineTextOf({ machine }: Instance): string {
  return machine !== null && 'text' in machine ? machine.text : '';
}
