import type { AnyStateMachine } from 'xstate';
import { effectOf } from '../../define/effect.ts';
import { findNonJson, type Json } from '../../define/json.ts';
import { noEffect } from '../../define/no-effect.ts';
import { type Sending, send } from '../../define/send.ts';
import type { Invocation, Requests, TimerRequest } from '../driver.ts';
import { MachineFault } from './fault.ts';
import { type CollectedAction, isSelf } from './scope.ts';

/** A hundred years: what is due later is a mistake in a unit. */
const DELAY_MS_MAX = 100 * 366 * 24 * 60 * 60 * 1000;

/** What the actions of one step come to. */
export interface Sorted extends Requests {
  /** Every actor that an invoke made, those that were stopped within the step too. */
  readonly actors: ReadonlySet<unknown>;
  /** How many delayed events without an id were raised so far, over all steps. */
  readonly unnamed: number;
}

/**
 * Sorts the actions of a policy's step into what they ask for.
 * @param sources of every invoke of the machine, by its id: what it may run
 * @param unnamed how many delayed events without an id were raised before
 * @throws MachineFault for an action that no policy can do
 */
export function sortRequests(
  machine: AnyStateMachine,
  actions: readonly CollectedAction[],
  sources: ReadonlyMap<string, ReadonlySet<string>>,
  unnamed: number,
): Sorted {
  const sends: Sending[] = [];
  const timers: TimerRequest[] = [];
  const invoked = new Map<string, Invocation>();
  const actors = new Set<unknown>();
  let count = unnamed;
  for (const { type, params, exec } of actions) {
    if (exec === send) {
      sends.push(sendingOf(params));
    } else if (exec === noEffect || type === 'xstate.log') {
      // They ask for nothing.
    } else if (type === 'xstate.raise' || isDelayedToSelf(type, params)) {
      const timer = timerOf(params as RaiseParams, `xstate.raise.${count}`);
      if (timer === null) continue;
      if ((params as RaiseParams).id === undefined) count++;
      timers.push(timer);
    } else if (type === 'xstate.cancel') {
      timers.push({ kind: 'cancel', id: textOf((params as { sendId: unknown }).sendId, 'cancel') });
    } else if (type === 'xstate.spawnChild') {
      const { actorRef } = params as SpawnParams;
      const invocation = invocationOf(machine, params as SpawnParams, sources);
      actors.add(actorRef);
      invoked.set(invocation.id, invocation);
    } else if (type === 'xstate.stopChild') {
      // Of what began before this step, the states that are left say enough.
      const left = params as { id: string } | undefined;
      if (left) invoked.delete(left.id);
    } else {
      throw new MachineFault(
        `the action ${type} has no meaning in a policy: it can send, assign, raise, cancel, log, enqueueActions, noEffect and invoke effects`,
      );
    }
  }
  return { sends, timers, invoked: [...invoked.values()], actors, unnamed: count };
}

interface RaiseParams {
  readonly event: { readonly type: string };
  readonly id: string | undefined;
  readonly delay: number | undefined;
}

interface SpawnParams {
  readonly src: unknown;
  readonly input: unknown;
  readonly actorRef: { readonly id: string } | undefined;
}

function sendingOf(params: unknown): Sending {
  const given = typeof params === 'object' && params !== null ? params : {};
  const { command, data, ref } = given as { [Field in keyof Sending]?: unknown };
  if (typeof command !== 'string') {
    throw new MachineFault('send: it needs the params { command, data }');
  }
  if (ref !== undefined && typeof ref !== 'string') {
    throw new MachineFault(`send of ${command}: its ref is no text`);
  }
  const body = jsonOf(data, `send of ${command}: data`);
  return ref === undefined ? { command, data: body } : { command, data: body, ref };
}

/** A machine that sends itself something later raises it. */
function isDelayedToSelf(type: string, params: unknown): boolean {
  if (type !== 'xstate.sendTo') return false;
  const { to, delay } = params as { to: unknown; delay: unknown };
  return isSelf(to) && delay !== undefined;
}

/** `null`: it was raised without a delay, and taken within the same step. */
function timerOf({ event, id, delay }: RaiseParams, unnamed: string): TimerRequest | null {
  if (delay === undefined) {
    // Without a delay it would be taken at once, whatever its state waits for.
    if (!event.type.startsWith('xstate.after.')) return null;
    throw new MachineFault(`${event.type}: the delay is not implemented, or gives no number`);
  }
  if (!(delay <= DELAY_MS_MAX)) {
    throw new MachineFault(`${event.type}: ${delay} ms is no delay, or longer than 100 years`);
  }
  return {
    kind: 'set',
    id: id === undefined ? unnamed : textOf(id, event.type),
    delayMs: Math.max(0, Math.ceil(delay)),
    event: jsonOf(event, `the delayed ${event.type}`),
  };
}

function invocationOf(
  machine: AnyStateMachine,
  { src, input, actorRef }: SpawnParams,
  sources: ReadonlyMap<string, ReadonlySet<string>>,
): Invocation {
  if (typeof src !== 'string') {
    throw new MachineFault('an invoked effect needs a name: declare it in setup({ actors })');
  }
  const { actors } = machine.implementations;
  if (!Object.hasOwn(actors, src) || effectOf(actors[src]) === null) {
    throw new MachineFault(`${src} is no effect that the machine's actors declare by its name`);
  }
  if (!actorRef || !sources.get(actorRef.id)?.has(src)) {
    throw new MachineFault(`${src}: a policy can invoke an effect, and spawn nothing`);
  }
  return { id: actorRef.id, src, input: jsonOf(input ?? null, `the input of ${actorRef.id}`) };
}

function textOf(value: unknown, what: string): string {
  if (typeof value === 'string') return value;
  throw new MachineFault(`${what}: the id of a delayed event is a text`);
}

function jsonOf<Value>(value: Value, what: string): Value & Json {
  const found = findNonJson(value);
  if (found) throw new MachineFault(`${what}${found.path}: ${found.reason}`);
  // Nothing was found in it that is not JSON.
  return value as Value & Json;
}
