/** What is written for what a machine's step asked for. Pure. */
import type { Json } from '../../define/index.ts';
import { MachineFault, type PolicyStep, type TimerRequest } from '../driver.ts';
import type { RowWrite } from '../work-store.ts';
import { type Aliases, type Instance, noInstance } from './instance.ts';
import { correlationOf, messageId, timeOf } from './machine-event.ts';
import type { PolicyRuntime } from './policy-runtime.ts';
import {
  type EffectRow,
  type OutboxRow,
  type PolicyMessage,
  rowKey,
  type TimerRow,
} from './rows.ts';
import type { Outgoing, Transition, TransitionTools } from './transition.ts';

/** Gathers what a step's requests come to. */
export class Requested {
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
  /** See {@link Aliases}: an id goes when what it stands for is over. */
  readonly #aliases: { timers: Record<string, string>; effects: Record<string, string> };
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
    const { timers, effects } = before.aliases;
    this.#aliases = { timers: { ...timers }, effects: { ...effects } };
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
      aliases: this.#aliases,
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
    this.#cancel(id);
    this.#mustBeFree('timers', id);
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
    const key = rowKey(this.#before.id, id);
    this.#timerRows.set(key, {
      table: this.#policy.tables.timer,
      key,
      body: JSON.stringify(row),
      order: { kind: 'in', ms: delayMs },
    });
  }

  #cancel(id: string): void {
    delete this.#timers[id];
    this.#delays.delete(id);
    const table = this.#policy.tables.timer;
    const key = this.#rowKey('timers', id);
    this.#timerRows.set(key, { table, key, body: null, order: null });
    delete this.#aliases.timers[id];
  }

  /** The key of the row of a timer or an effect that is pending. */
  #rowKey(kind: keyof Aliases, id: string): string {
    return rowKey(this.#before.id, this.#aliases[kind][id] ?? id);
  }

  /** What goes on under another id since a migration keeps the row of its own. */
  #mustBeFree(kind: keyof Aliases, id: string): void {
    if (!Object.values(this.#aliases[kind]).includes(id)) return;
    throw new MachineFault(`${id}: what had this id before a migration is not over yet`);
  }

  #startEffect(id: string, src: string, input: Json): void {
    const visit = ++this.#visits;
    // What failed in an earlier visit is tried no more.
    if (this.#effects[id] !== undefined) this.#endEffect(id);
    this.#mustBeFree('effects', id);
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
    const key = this.#rowKey('effects', id);
    delete this.#aliases.effects[id];
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
