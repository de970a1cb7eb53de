/** One instance of a policy, stepped by the engine's own transition, with what it waits for. */
import { isDeepStrictEqual } from 'node:util';
import type { JsonObject, PolicyFactMap } from '../../define/index.ts';
import {
  concerns,
  type Instance,
  instanceWrite,
  machineOf,
  noInstance,
  readInstance,
} from '../../engine/background/instance.ts';
import { machineEvent } from '../../engine/background/machine-event.ts';
import type { PolicyRuntime } from '../../engine/background/policy-runtime.ts';
import {
  type EffectRow,
  type PolicyMessage,
  read,
  rowKey,
  type TimerRow,
} from '../../engine/background/rows.ts';
import { type Outgoing, type Transition, transition } from '../../engine/background/transition.ts';
import { MachineFault, type MachineState } from '../../engine/driver.ts';
import type { Runtime } from '../../engine/runtime.ts';

/** A timer that is pending. */
export interface ModelTimer {
  /** Milliseconds since 1970. */
  readonly due: number;
  readonly row: TimerRow;
}

/** An instance with what it waits for. Never changed in place. */
export interface ModelInstance {
  readonly instance: Instance;
  /** By their ids. */
  readonly timers: ReadonlyMap<string, ModelTimer>;
  /** Commands without an outcome, in the order they were sent. */
  readonly unanswered: readonly Outgoing[];
  /** Effects without a result, in the order they began. */
  readonly effects: readonly EffectRow[];
}

export function newInstance(id: string): ModelInstance {
  return { instance: noInstance(id), timers: new Map(), unanswered: [], effects: [] };
}

/** Where its machine stands: in its first state where none runs. */
export function standsAt(policy: PolicyRuntime, { instance }: ModelInstance): MachineState {
  return machineOf(policy, instance) ?? policy.first.state;
}

/** What a message finds and does. */
export interface Message {
  readonly message: PolicyMessage;
  readonly find: (facts: PolicyFactMap) => JsonObject;
  /** Milliseconds since 1970. */
  readonly now: number;
}

/** What came of a message. */
export interface Taken {
  readonly after: ModelInstance;
  /** Whether the state had a rule for it; of what is over, nothing is taken. */
  readonly handled: boolean;
  readonly sent: readonly Outgoing[];
}

export interface InstanceTools {
  readonly policy: PolicyRuntime;
  readonly runtime: Pick<Runtime, 'digest'>;
  /** Whether each step is made twice, the second time on what would have been stored. */
  readonly twice: boolean;
}

/**
 * Has an instance take a message.
 * @throws MachineFault where the step is another when it is repeated, and what the policy throws
 */
export function takeMessage(
  { policy, runtime, twice }: InstanceTools,
  before: ModelInstance,
  { message, find, now }: Message,
): Taken {
  if (!concerns(before.instance, message)) return { after: before, handled: false, sent: [] };
  const tools = { policy, runtime, limits: { answerTtlMs: Number.MAX_SAFE_INTEGER } };
  const step = (instance: Instance) => {
    const { value, context } = machineOf(policy, instance) ?? policy.first.state;
    const event = machineEvent(policy, message);
    const facts = find(policy.definition.facts(event, { value, context }));
    const dated = { ...tools, now: new Date(now).toISOString() };
    return transition(dated, instance, message, event, facts);
  };
  const first = step(before.instance);
  if (twice) mustRepeat(policy, first, step(storedAndRead(policy, before.instance)));
  const { handled, commands: sent } = first;
  return { after: afterwards(policy, before, message, first, now), handled, sent };
}

function mustRepeat(policy: PolicyRuntime, first: Transition, second: Transition): void {
  const written = (step: Transition) => [
    step.handled,
    step.rows,
    instanceWrite(policy, { ...step.instance, isStored: true }),
  ];
  if (isDeepStrictEqual(written(first), written(second))) return;
  throw new MachineFault(
    `${policy.name}: the same message, on the same instance as it is stored, came to something else: its machine reads a clock, draws a lot, or keeps what is not in its context`,
  );
}

/** The instance as another node would read it. */
function storedAndRead(policy: PolicyRuntime, instance: Instance): Instance {
  const body = instanceWrite(policy, instance)?.body ?? null;
  return body === null ? instance : { ...readInstance(instance.id, body) };
}

function afterwards(
  policy: PolicyRuntime,
  before: ModelInstance,
  message: PolicyMessage,
  step: Transition,
  now: number,
): ModelInstance {
  const { instance } = step;
  const timers = new Map(before.timers);
  if (message.kind === 'timer') timers.delete(rowKey(instance.id, message.id));
  for (const { table, body, order, key } of step.rows) {
    if (table !== policy.tables.timer) continue;
    if (body === null || order?.kind !== 'in') timers.delete(key);
    else timers.set(key, { due: now + order.ms, row: read.timer(body) });
  }
  const isOver = ({ id }: EffectRow) => !(id in instance.effects);
  const isAgain = ({ id }: EffectRow) => step.effects.some((started) => started.id === id);
  const effects = before.effects.filter((row) => !isOver(row) && !isAgain(row));
  const answered = message.kind === 'outcome' ? message.id : null;
  const unanswered = before.unanswered.filter(({ commandId }) => commandId !== answered);
  return {
    instance: { ...instance, isStored: instance.machine !== null },
    timers,
    unanswered: [...unanswered, ...step.commands],
    effects: [...effects, ...step.effects],
  };
}
