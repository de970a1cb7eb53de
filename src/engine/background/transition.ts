/** One message of a policy: its machine's step, and what is to be written for it. Pure. */
import type { JsonObject } from '../../define/index.ts';
import type { PolicyStep } from '../driver.ts';
import type { Runtime } from '../runtime.ts';
import type { RowWrite } from '../work-store.ts';
import { type Instance, machineOf, noInstance } from './instance.ts';
import type { BackgroundLimits } from './limits.ts';
import { type MachineEvent, messageId, timeOf } from './machine-event.ts';
import type { PolicyRuntime } from './policy-runtime.ts';
import { Requested } from './requested.ts';
import type { EffectRow, OutboxRow, PolicyMessage } from './rows.ts';

/** A command to be delivered, with its id. */
export interface Outgoing {
  readonly commandId: string;
  readonly row: OutboxRow;
}

/** What one message came to, should it be written. */
export interface Transition {
  /** Whether the state had a rule for it. */
  readonly handled: boolean;
  readonly instance: Instance;
  /** All but the instance's own row. */
  readonly rows: readonly RowWrite[];
  readonly commands: readonly Outgoing[];
  readonly effects: readonly EffectRow[];
  /** Keys of effects that are over, or run no more. */
  readonly endedEffects: readonly string[];
  /** When the first of the timers set is due, from now; `null` where none was set. */
  readonly timerMs: number | null;
}

/** What a transition is made with. */
export interface TransitionTools {
  readonly policy: PolicyRuntime;
  readonly runtime: Pick<Runtime, 'digest'>;
  readonly limits: Pick<BackgroundLimits, 'answerTtlMs'>;
  /** The node's clock, ISO 8601: when commands are written. */
  readonly now: string;
}

/**
 * Steps an instance.
 * @throws MachineFault, StateFault, and what a guard or an assignment throws
 */
export function transition(
  tools: TransitionTools,
  before: Instance,
  message: PolicyMessage,
  event: MachineEvent,
  facts: JsonObject,
): Transition {
  const { policy } = tools;
  const current = machineOf(policy, before);
  const isNew = current === null;
  const input = { ...event, facts };
  const step = policy.driver.step(current ?? policy.first.state, input);
  if (isNew && step.handled && step.done && isQuiet(step) && isQuiet(policy.first)) {
    const { id, isStored, queue } = before;
    return quietly(true, { ...noInstance(id), isStored, queue });
  }
  const seen = seenAfter(before, message);
  if (!step.handled) return quietly(false, withoutTaken({ ...before, seen }, message));
  // What its first states ask for comes before what the message asks for.
  const steps = isNew ? [policy.first, step] : [step];
  const incarnation = before.incarnation ?? messageId(message);
  const since = isNew ? sinceOf(tools, message) : before.since;
  return new Requested(tools, { ...before, incarnation, since, seen }, message).of(steps, step);
}

/**
 * Since when an earlier life of a new instance may have sent what this one will: targets answer
 * that for a while by what they keep.
 */
function sinceOf({ now, limits }: TransitionTools, message: PolicyMessage): string | null {
  const at = timeOf(message);
  return Date.parse(now) - Date.parse(at) > limits.answerTtlMs / 2 ? at : null;
}

/** A timer that fired or an effect that ended is none any more, though no state had a rule for it. */
function withoutTaken(instance: Instance, { kind, id }: PolicyMessage): Instance {
  if (kind === 'timer') {
    const { [id]: _, ...timers } = instance.timers;
    return { ...instance, timers };
  }
  if (kind !== 'effect') return instance;
  const { [id]: _, ...effects } = instance.effects;
  return { ...instance, effects };
}

/** Whether a step asks for nothing: most begin an instance, find nothing to do, and end it. */
function isQuiet({ sends, timers, invoked }: PolicyStep): boolean {
  return sends.length + timers.length + invoked.length === 0;
}

function quietly(handled: boolean, instance: Instance): Transition {
  const nothing = { rows: [], commands: [], effects: [], endedEffects: [], timerMs: null };
  return { handled, instance, ...nothing };
}

function seenAfter({ seen }: Instance, message: PolicyMessage): Instance['seen'] {
  if (message.kind !== 'event') return seen;
  const [partition, position, index] = message.place;
  const last = seen[partition];
  const isLater = !last || position > last[0] || (position === last[0] && index > last[1]);
  return isLater ? { ...seen, [partition]: [position, index] } : seen;
}
