/** Covers a policy's machine alone: events, answers, timers and effects, and whatever facts find. */
import type { PolicyDefinition } from '../../define/index.ts';
import type { Json, JsonObject } from '../../define/json.ts';
import { concerns } from '../../engine/background/instance.ts';
import { machineEvent } from '../../engine/background/machine-event.ts';
import type { PolicyRuntime } from '../../engine/background/policy-runtime.ts';
import type { PolicyMessage } from '../../engine/background/rows.ts';
import { mustEqual } from '../mismatch.ts';
import { MINTED } from '../model/decision.ts';
import {
  type InstanceTools,
  type ModelInstance,
  newInstance,
  standsAt,
  takeMessage,
} from '../model/instance.ts';
import {
  type CommandAnswer,
  effectMessage,
  eventMessage,
  instanceOf,
  outcomeMessage,
  timerMessage,
} from '../model/messages.ts';
import { Model, type Observe } from '../model/model.ts';
import { type CoveredItem, explore, nameOf, Watch, withoutMinted } from './explore.ts';
import { type Allowed, Coverage } from './report.ts';
import { jsonSchemaOf, NAMES, valuesOf } from './values.ts';
import { factVariants } from './variants.ts';

/** An event that a policy is explored with. */
export interface SampleEvent {
  readonly type: string;
  readonly data: unknown;
  /** The facts that were recorded with it. */
  readonly facts?: JsonObject;
}

export interface PolicyCoverOptions {
  /** Events to explore with, in the place of those of the same types made from the schemas. */
  readonly events?: readonly SampleEvent[];
  /** What effects give, by their names; `null` unless given. */
  readonly outputs?: Readonly<Record<string, unknown>>;
  readonly names?: readonly string[];
  readonly allowed?: Allowed;
  /** After so many states the search ends; 2,000 unless set. */
  readonly statesMax?: number;
}

/** One way through a policy's machine, as people read it. */
export interface PolicyPath {
  /** The machine, and what the last step is the first to cover. */
  readonly name: string;
  readonly covers: readonly CoveredItem[];
  readonly steps: readonly string[];
  /** The commands it sent, in order. */
  readonly sent: readonly { readonly command: string; readonly data: unknown }[];
  /** The machine's state afterwards; `null`: it has ended. */
  readonly value: unknown;
  /** What came to it, to be replayed. */
  readonly inputs: readonly PolicyInput[];
}

/** A message, what its facts found, and when. */
export interface PolicyInput {
  readonly message: PolicyMessage;
  readonly facts: JsonObject;
  /** Milliseconds since 1970. */
  readonly now: number;
}

const STATES_MAX = 2_000;
const START = Date.parse('2000-01-01T00:00:00.000Z');

interface Point {
  readonly instance: ModelInstance;
  readonly now: number;
  readonly sent: PolicyPath['sent'];
}

const BEGINNING: Point = { instance: newInstance(''), now: START, sent: [] };

/**
 * Finds ways through a policy's machine that take every transition and find every guard closed:
 * commands are accepted, refused and fail, effects end and fail, timers fire, and facts find nothing,
 * something, and every truth in it.
 */
export function coverPolicy(
  definition: PolicyDefinition,
  options: PolicyCoverOptions = {},
): { readonly paths: readonly PolicyPath[]; readonly coverage: Coverage } {
  const { names = NAMES, allowed = {}, statesMax = STATES_MAX } = options;
  const { name, machine } = definition;
  const watch = new Watch(new Map([[name, machine]]));
  const coverage = new Coverage(watch.items);
  const model = modelOf(definition, watch.observe);
  const policy = runtimeOf(model, definition);
  const tools = { policy, runtime: model.runtime, twice: false };
  const events = samplesOf(definition, options, names);
  const found = explore<Point, PolicyInput, PolicyInput>(
    {
      initial: BEGINNING,
      inputs: (point) => inputsAt(policy, point, { ...options, events, names }),
      keyOf: (point) => keyOf(policy, point),
      tell: (input) => told(policy, input),
      step: (point, input) => [stepOf(tools, point, input), input],
    },
    watch,
    { allowed, statesMax, patience: statesMax },
    coverage,
  );
  const paths = found.map(({ covers, reached: { steps, state } }) => ({
    name: nameOf(covers),
    covers,
    steps: steps.map((input, at) => `${at + 1}. ${told(policy, input)}`),
    sent: state.sent,
    value: endOf(policy, state),
    inputs: steps,
  }));
  return { paths, coverage };
}

/**
 * Takes a policy, perhaps another than the one that the path was found with, the same way.
 * @throws AssertionError where it sends something else, or stands elsewhere in the end
 */
export function replayPolicyPath(path: PolicyPath, definition: PolicyDefinition): void {
  const model = modelOf(definition);
  const policy = runtimeOf(model, definition);
  const tools = { policy, runtime: model.runtime, twice: true };
  const end = path.inputs.reduce((point, input) => stepOf(tools, point, input), BEGINNING);
  const found = { sent: end.sent, value: endOf(policy, end) };
  const { sent, value } = path;
  mustEqual(found, { sent, value }, `${path.name}\n${path.steps.join('\n')}`);
}

function modelOf(definition: PolicyDefinition, observe?: Observe): Model {
  const policies = new Map([[definition.name, definition]]);
  const nothing = { aggregates: new Map(), commands: new Map(), projections: new Map() };
  return new Model({ ...nothing, policies }, observe ? { observe } : {});
}

function runtimeOf(model: Model, { name }: PolicyDefinition): PolicyRuntime {
  const policy = model.policies.get(name);
  if (policy) return policy;
  throw new Error(`there is no policy ${name}`);
}

function endOf(policy: PolicyRuntime, { instance }: Point): unknown {
  return instance.instance.machine === null ? null : standsAt(policy, instance).value;
}

/** Every event that a policy takes: those that are given, and one of each other type. */
function samplesOf(
  { on }: PolicyDefinition,
  { events = [] }: PolicyCoverOptions,
  names: readonly string[],
): readonly SampleEvent[] {
  const made = Object.entries(on).flatMap(([type, { schema }]) =>
    events.some((given) => given.type === type)
      ? []
      : valuesOf(jsonSchemaOf(schema, 'output'), names).map((data) => ({ type, data })),
  );
  return [...events.filter(({ type }) => Object.hasOwn(on, type)), ...made];
}

/** All that may come to an instance where it stands, with whatever its facts may find. */
function inputsAt(
  policy: PolicyRuntime,
  { instance, now }: Point,
  {
    events,
    names,
    outputs = {},
  }: PolicyCoverOptions & { events: readonly SampleEvent[]; names: readonly string[] },
): readonly PolicyInput[] {
  const number = Object.values(instance.instance.seen)[0]?.[0] ?? 0;
  const messages: readonly PolicyMessage[] = [
    ...events.flatMap((event) => eventFor(policy, instance, event, number + 1, now)),
    ...instance.unanswered.flatMap((command) =>
      ANSWERS.map((answer) => outcomeMessage(command, answer, now)),
    ),
    ...instance.effects.flatMap((effect) => [
      effectMessage(effect, { output: outputs[effect.src] ?? null }, now),
      effectMessage(effect, { error: new Error('it failed') }, now),
    ]),
  ];
  const timers = [...instance.timers.values()].sort((a, b) => a.due - b.due).slice(0, 1);
  const timed = timers.map((timer) => ({ message: timerMessage(timer), at: timer.due }));
  const all = [...messages.map((message) => ({ message, at: now })), ...timed];
  return all.flatMap(({ message, at }) => {
    // What is over is asked nothing.
    if (!concerns(instance.instance, message)) return [];
    const { value, context } = standsAt(policy, instance);
    const wanted = policy.definition.facts(machineEvent(policy, message), { value, context });
    return factVariants(wanted, names).map((facts) => ({ message, facts, now: at }));
  });
}

const ANSWERS: readonly CommandAnswer[] = [
  { type: 'command.accepted', reason: null, events: [] },
  { type: 'command.rejected', reason: 'Not possible in this state', events: [] },
  { type: 'command.failed', reason: 'system_error', events: [] },
];

function eventFor(
  { definition }: PolicyRuntime,
  { instance }: ModelInstance,
  { type, data, facts = {} }: SampleEvent,
  number: number,
  now: number,
): PolicyMessage[] {
  const event = {
    type,
    // A sample is what a schema takes.
    data: data as Json,
    event: {
      id: `${MINTED}${number}.0`,
      actor: { type: 'actor', id: 'one', version: number },
      occurredAt: new Date(now).toISOString(),
      correlationId: `${MINTED}${number}`,
      facts,
    },
  };
  const id = instanceOf(definition, event);
  const isIts = instance.machine === null || id === instance.id;
  return id !== null && isIts ? [eventMessage(definition, event, number)] : [];
}

function stepOf(
  tools: InstanceTools,
  { instance, sent }: Point,
  { message, facts, now }: PolicyInput,
): Point {
  const isNew = instance.instance.machine === null;
  const id = isNew && message.kind === 'event' ? idOf(tools.policy, message) : null;
  const before = id === null ? instance : newInstance(id);
  const { after, sent: more } = takeMessage(tools, before, { message, find: () => facts, now });
  const commands = more.map(({ row: { command, data } }) => ({ command, data }));
  return { instance: after, now, sent: [...sent, ...commands] };
}

function told(policy: PolicyRuntime, { message, facts }: PolicyInput): string {
  const found = Object.keys(facts).length > 0 ? ` with ${JSON.stringify(facts)}` : '';
  return `${machineEvent(policy, message).type}${found}`;
}

function idOf(
  { definition }: PolicyRuntime,
  { recorded: { type, data }, event }: Extract<PolicyMessage, { kind: 'event' }>,
): string {
  return instanceOf(definition, { type, data, event }) ?? '';
}

function keyOf(policy: PolicyRuntime, { instance }: Point): string {
  const waits = [
    instance.unanswered.map(({ row }) => [row.command, row.ref]),
    instance.effects.map(({ id }) => id),
    [...instance.timers.keys()],
  ];
  const { machine } = instance.instance;
  const text = machine === null ? '' : policy.driver.persist(standsAt(policy, instance));
  return withoutMinted(`${text} ${JSON.stringify(waits)}`);
}
