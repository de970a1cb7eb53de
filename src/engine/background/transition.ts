/** One message of a policy: its machine's step, and what is to be written for it. Pure. */
import type { Json, JsonObject } from '../../define/index.ts';
import type { PolicyStep, TimerRequest } from '../driver.ts';
import type { Runtime } from '../runtime.ts';
import type { RowWrite } from '../work-store.ts';
import { type Instance, machineOf, noInstance } from './instance.ts';
import type { BackgroundLimits } from './limits.ts';
import { correlationOf, type MachineEvent, messageId, timeOf } from './machine-event.ts';
import type { PolicyRuntime } from './policy-runtime.ts';
import {
  type EffectRow,
  type OutboxRow,
  type PolicyMessage,
  rowKey,
  type TimerRow,
} from './rows.ts';

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

interface TransitionTools {
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
  return new Writing(tools, { ...before, incarnation, since, seen }, message).of(steps, step);
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

/** Gathers what a step's requests come to. */
class Writing {
  readonly #policy: PolicyRuntime;
  readonly #runtime: TransitionTools['runtime'];
  readonly #now: string;
  readonly #before: Instance;
  readonly #message: PolicyMessage;
  readonly #incarnation: string;
  readonly #rows: RowWrite[] = [];
  readonly #commands: Outgoing[] = [];
  readonly #started = new Map<string, EffectRow>();
  readonly #ended = new Set<string>();
  readonly #timers: Record<string, number>;
  readonly #effects: Record<string, number>;
  readonly #timerRows = new Map<string, RowWrite>();
  readonly #delays = new Map<string, number>();
  #visits: number;

  constructor(tools: TransitionTools, before: Instance, message: PolicyMessage) {
    this.#policy = tools.policy;
    this.#runtime = tools.runtime;
    this.#now = tools.now;
    this.#before = before;
    this.#message = message;
    this.#incarnation = before.incarnation ?? '';
    this.#visits = before.visits;
    this.#timers = { ...before.timers };
    this.#effects = { ...before.effects };
    // What was fired or completed is over, whatever the step made of it.
    if (message.kind === 'timer') this.#cancel(message.id);
    if (message.kind === 'effect') this.#endEffect(message.id);
  }

  /** @param last the step after which the machine stands */
  of(steps: readonly PolicyStep[], last: PolicyStep): Transition {
    for (const step of steps) {
      for (const request of step.timers) this.#setTimer(request);
      for (const { id, src, input } of step.invoked) this.#startEffect(id, src, input);
      for (const sending of step.sends) this.#send(sending);
    }
    for (const id of Object.keys(this.#effects)) {
      if (last.done || !last.invokes.includes(id)) this.#endEffect(id);
    }
    if (last.done) for (const id of Object.keys(this.#timers)) this.#cancel(id);
    for (const [id, row] of this.#started) this.#rows.push(this.#effectWrite(id, row));
    return {
      handled: true,
      instance: this.#after(last),
      rows: [...this.#rows, ...this.#timerRows.values()],
      commands: this.#commands,
      effects: [...this.#started.values()],
      endedEffects: [...this.#ended],
      timerMs: this.#delays.size === 0 ? null : Math.min(...this.#delays.values()),
    };
  }

  #after(last: PolicyStep): Instance {
    const before = this.#before;
    if (last.done) {
      return { ...noInstance(before.id), isStored: before.isStored, queue: before.queue };
    }
    return {
      ...before,
      incarnation: this.#incarnation,
      machine: { state: last.state, text: this.#policy.driver.persist(last.state) },
      visits: this.#visits,
      timers: this.#timers,
      effects: this.#effects,
    };
  }

  #send({ command, data, ref }: PolicyStep['sends'][number]): void {
    const index = this.#commands.length;
    const cause = messageId(this.#message);
    const { id: instance } = this.#before;
    const name = [this.#policy.name, instance, this.#incarnation, cause, index];
    const row: OutboxRow = {
      instance,
      incarnation: this.#incarnation,
      cause,
      index,
      command,
      // The driver takes JSON alone.
      data: data as Json,
      ref: ref ?? null,
      at: this.#now,
      causedAt: this.#before.since ?? timeOf(this.#message),
      correlationId: correlationOf(this.#message),
      attempts: 0,
      history: [],
      told: false,
    };
    const commandId = this.#runtime.digest(JSON.stringify(name)).slice(0, 22);
    this.#commands.push({ commandId, row });
    this.#rows.push({
      table: this.#policy.tables.outbox,
      key: commandId,
      body: JSON.stringify(row),
      order: { kind: 'next' },
    });
  }

  #setTimer(request: TimerRequest): void {
    if (request.kind === 'cancel') {
      this.#cancel(request.id);
      return;
    }
    const { id, delayMs, event } = request;
    const generation = ++this.#visits;
    this.#timers[id] = generation;
    this.#delays.set(id, delayMs);
    const row: TimerRow = {
      instance: this.#before.id,
      incarnation: this.#incarnation,
      id,
      generation,
      event: { ...event },
      correlationId: correlationOf(this.#message),
    };
    this.#timerRows.set(id, {
      table: this.#policy.tables.timer,
      key: rowKey(this.#before.id, id),
      body: JSON.stringify(row),
      order: { kind: 'in', ms: delayMs },
    });
  }

  #cancel(id: string): void {
    delete this.#timers[id];
    this.#delays.delete(id);
    const table = this.#policy.tables.timer;
    const key = rowKey(this.#before.id, id);
    this.#timerRows.set(id, { table, key, body: null, order: null });
  }

  #startEffect(id: string, src: string, input: Json): void {
    const visit = ++this.#visits;
    // What failed in an earlier visit is tried no more.
    if (this.#effects[id] !== undefined) this.#endEffect(id);
    this.#effects[id] = visit;
    this.#ended.add(rowKey(this.#before.id, id));
    this.#started.set(id, {
      instance: this.#before.id,
      incarnation: this.#incarnation,
      id,
      visit,
      src,
      input,
      at: this.#now,
      correlationId: correlationOf(this.#message),
      attempts: 0,
      history: [],
    });
  }

  #endEffect(id: string): void {
    delete this.#effects[id];
    const key = rowKey(this.#before.id, id);
    this.#ended.add(key);
    this.#started.delete(id);
    const { effect, again } = this.#policy.tables;
    this.#rows.push(
      { table: effect, key, body: null, order: null },
      { table: again, key, body: null, order: null },
    );
  }

  #effectWrite(id: string, row: EffectRow): RowWrite {
    const key = rowKey(this.#before.id, id);
    const body = JSON.stringify(row);
    return { table: this.#policy.tables.effect, key, body, order: { kind: 'next' } };
  }
}
