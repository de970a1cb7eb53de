/** What policies make of events, until nothing is left to do but what is due later. */

import type { PolicyMessage } from '../../engine/background/rows.ts';
import { MachineFault } from '../../engine/driver.ts';
import { InvalidCommand } from './decision.ts';
import { type ModelInstance, type ModelTimer, newInstance, takeMessage } from './instance.ts';
import {
  type CommandAnswer,
  effectMessage,
  eventMessage,
  instanceOf,
  outcomeMessage,
  timerMessage,
} from './messages.ts';
import type { Model, ModelStep } from './model.ts';
import { eventsSince, type ModelState } from './state.ts';

/** Messages after which policies are taken to run in circles. */
const MESSAGES_MAX = 100_000;

/** How a model's policies are to go on. */
export interface Settling {
  /** Timers that fall due within so many milliseconds fire. */
  readonly withinMs: number;
  /** What effects give, by their names; one that throws fails. Without it, they go on for ever. */
  readonly effects?: Readonly<Record<string, (input: unknown) => unknown>>;
}

/** Of which instance a message is. */
interface Waiting {
  readonly policy: string;
  readonly instance: string;
  readonly message: PolicyMessage;
}

/**
 * Has policies take what was recorded since an earlier moment, and what follows from that.
 * @throws MachineFault where an event would be parked, or no end is in sight
 */
export function settle(
  model: Model,
  earlier: ModelState,
  now: ModelState,
  settling: Settling,
): ModelState {
  const end = now.now + settling.withinMs;
  const queue = messagesOf(model, earlier, now);
  let state = now;
  for (let taken = 0; ; taken++) {
    if (taken > MESSAGES_MAX) throw new MachineFault('policies come to no end');
    const next = queue.shift() ?? dueBy(state, end);
    if (next === null) return state;
    const due = next.message.kind === 'timer' ? Date.parse(next.message.at) : 0;
    const before = { ...state, now: Math.max(state.now, due) };
    const after = takeOne(model, before, next, settling, queue);
    queue.push(...messagesOf(model, before, after));
    state = after;
  }
}

/** One message: its step, then the commands that it sends, each with its outcome. */
function takeOne(
  model: Model,
  state: ModelState,
  { policy: name, instance: id, message }: Waiting,
  { effects = {} }: Settling,
  queue: Waiting[],
): ModelState {
  const policy = model.policies.get(name);
  if (!policy) throw new Error(`the app has no policy ${name}`);
  const tools = { policy, runtime: model.runtime, twice: model.twice };
  const place = `${name}/${id}`;
  const before = state.instances.get(place) ?? newInstance(id);
  const { now } = state;
  const find = model.findIn(state);
  const { after, handled, sent } = takeMessage(tools, before, { message, find, now });
  if (!handled && message.kind === 'event') {
    throw new MachineFault(`${name} has no rule for ${message.recorded.type} where it stands`);
  }
  let next = withInstance(state, place, after);
  for (const command of sent) {
    const { data, command: type, correlationId: traceId } = command.row;
    const ids = { commandId: command.commandId, traceId };
    const [decided, answer] = deliver(model, next, { type, data }, ids);
    next = decided;
    const outcome = outcomeMessage(command, answer, now);
    queue.push({ policy: name, instance: id, message: outcome });
  }
  for (const effect of after.effects) {
    const run = before.effects.includes(effect) ? undefined : effects[effect.src];
    if (run === undefined) continue;
    const result = resultOf(() => run(effect.input));
    const given = effectMessage(effect, result, now);
    queue.push({ policy: name, instance: id, message: given });
  }
  return next;
}

function deliver(
  model: Model,
  state: ModelState,
  command: { readonly type: string; readonly data: unknown },
  ids: { readonly commandId: string; readonly traceId: string },
): readonly [ModelState, CommandAnswer] {
  let step: ModelStep;
  try {
    step = model.command(state, command, { by: 'policy', ids });
  } catch (error) {
    // As the last of its tries would.
    if (!(error instanceof InvalidCommand || error instanceof MachineFault)) throw error;
    return [state, { type: 'command.failed', reason: error.message, events: [] }];
  }
  const { decision } = step.decided;
  const events = decision.events.map(({ type, data }) => ({ type, data }));
  const type = decision.status === 'accepted' ? 'command.accepted' : 'command.rejected';
  return [step.state, { type, reason: decision.reason ?? null, events }];
}

function resultOf(run: () => unknown): { output: unknown } | { error: unknown } {
  try {
    return { output: run() };
  } catch (error) {
    return { error };
  }
}

function messagesOf(model: Model, earlier: ModelState, now: ModelState): Waiting[] {
  const waiting: Waiting[] = [];
  let position = earlier.feed?.length ?? 0;
  for (const recorded of eventsSince(now, earlier)) {
    position++;
    for (const [policy, { definition }] of model.policies) {
      if (!Object.hasOwn(definition.on, recorded.type)) continue;
      const instance = instanceOf(definition, recorded);
      if (instance === null) continue;
      waiting.push({ policy, instance, message: eventMessage(definition, recorded, position) });
    }
  }
  return waiting;
}

/** The first timer that is due by then. */
function dueBy({ instances }: ModelState, end: number): Waiting | null {
  let first: (ModelTimer & { readonly place: string }) | null = null;
  for (const [place, { timers }] of instances) {
    for (const timer of timers.values()) {
      if (timer.due <= end && (first === null || timer.due < first.due))
        first = { ...timer, place };
    }
  }
  if (first === null) return null;
  const policy = first.place.slice(0, first.place.indexOf('/'));
  return { policy, instance: first.row.instance, message: timerMessage(first) };
}

/** One that has ended, and whose answers have come, is kept no more. */
function withInstance(state: ModelState, place: string, instance: ModelInstance): ModelState {
  const instances = new Map(state.instances);
  if (instance.instance.machine === null) instances.delete(place);
  else instances.set(place, instance);
  return { ...state, instances };
}
