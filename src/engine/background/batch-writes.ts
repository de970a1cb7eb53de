/** What a batch writes, and its instances as they come to be: nothing of it has happened yet. */
import type { Log, Runtime } from '../runtime.ts';
import type { RowWrite } from '../work-store.ts';
import type { MessageArrival, NoteArrival, WordArrival } from './arrival.ts';
import { backoffMs } from './backoff.ts';
import { errorText, isOfNewerCode, withFailure } from './history.ts';
import { concerns, type Instance, instanceWrite, isKept, machineOf } from './instance.ts';
import { fresh, letterWrite, queueWrite, retryWrite, settleLetter } from './letters.ts';
import type { BackgroundLimits } from './limits.ts';
import { messageId } from './machine-event.ts';
import type { PolicyRuntime } from './policy-runtime.ts';
import { RowSet } from './row-set.ts';
import { type EffectRow, type PolicyMessage, rowKey } from './rows.ts';
import type { Outgoing, Transition } from './transition.ts';

interface WriteTools {
  readonly runtime: Runtime;
  readonly log: Log;
  readonly limits: BackgroundLimits;
  readonly policy: PolicyRuntime;
}

/** What a batch came to, should it be written. */
export interface BatchResult {
  readonly rows: readonly RowWrite[];
  /** Those that changed, as they are after it. */
  readonly instances: readonly Instance[];
  readonly commands: readonly Outgoing[];
  readonly effects: readonly EffectRow[];
  readonly endedEffects: readonly string[];
  /** When the first of what it set for later is due, from now; `null` where it set nothing. */
  readonly dueMs: number | null;
}

/** Gathers what the messages of one batch come to. */
export class BatchWrites {
  readonly #tools: WriteTools;
  readonly #instances: Map<string, Instance>;
  readonly #changed = new Set<string>();
  readonly #rows = new RowSet();
  readonly #commands: Outgoing[] = [];
  readonly #effects = new Map<string, EffectRow>();
  readonly #endedEffects = new Set<string>();
  /** Keys of the dead letters that a word was taken about. */
  readonly #letters = new Set<string>();
  readonly #now: string;
  #dueMs: number | null = null;

  /**
   * @param instances as they are now, of all that something arrives for
   * @param now of the node's clock, ISO 8601
   */
  constructor(tools: WriteTools, instances: Map<string, Instance>, now: string) {
    this.#tools = tools;
    this.#instances = instances;
    this.#now = now;
  }

  /**
   * What is written whatever comes of the messages: the rows that they were read from are gone. A
   * message before it may have set the same timer anew: that row stays.
   */
  consume(rows: readonly RowWrite[]): void {
    this.#rows.addEarlier(...rows);
  }

  /**
   * An effect whose visit lasts is over with its result, which is kept from here on, be it in the
   * instance's queue: it does not run again.
   */
  endEffect(instance: Instance, message: PolicyMessage): void {
    if (message.kind !== 'effect') return;
    // None of that id runs: a migration forgot it.
    const isForgotten = instance.effects[message.id] === undefined;
    if (!isForgotten && !concerns(instance, message)) return;
    const { effect, again } = this.#tools.policy.tables;
    const key = rowKey(instance.id, message.id);
    this.#rows.remove(effect, key);
    this.#rows.remove(again, key);
  }

  /** A message was stepped. */
  take(arrival: MessageArrival, after: Transition): void {
    this.finish(arrival, after.instance);
    if (!after.handled) {
      // A state passes over an outcome or a timer as XState does; an event is never dropped.
      if (arrival.message.kind === 'event') this.#parkAlone(arrival);
      return;
    }
    this.#rows.add(...after.rows);
    this.#commands.push(...after.commands);
    for (const key of after.endedEffects) {
      this.#endedEffects.add(key);
      this.#effects.delete(key);
    }
    for (const effect of after.effects) {
      this.#effects.set(rowKey(effect.instance, effect.id), effect);
    }
    if (after.timerMs !== null) this.#due(after.timerMs);
  }

  /** A message is done with: its instance as it is after, and the next of its queue. */
  finish({ queued }: MessageArrival, instance: Instance): void {
    if (!queued) {
      this.#set(instance);
      return;
    }
    this.#removeQueued(instance.id, queued.number);
    this.#setQueue(instance, { first: queued.number + 1, parked: false });
  }

  #removeQueued(id: string, number: number): void {
    const { queue, retry } = this.#tools.policy.tables;
    this.#rows.remove(queue, rowKey(id, number));
    this.#rows.remove(retry, rowKey(id, number));
  }

  /** Moves a queue on: what is first now is tried at once. */
  #setQueue(instance: Instance, change: { first: number; parked: boolean }): void {
    const queue = { ...instance.queue, ...change };
    const isEmpty = queue.first >= queue.next;
    this.#set({ ...instance, queue: isEmpty ? { first: 0, next: 0, parked: false } : queue });
    if (!isEmpty) this.#retry(instance.id, queue.first, this.#now, 0);
  }

  queueUp(instance: Instance, { message, queued }: MessageArrival): void {
    // What is in the queue already is tried when it is the first of it.
    if (queued) {
      this.#rows.remove(this.#tools.policy.tables.retry, rowKey(instance.id, queued.number));
      return;
    }
    const { next } = instance.queue;
    this.#rows.add(queueWrite(this.#tools.policy, instance.id, next, fresh(message, this.#now)));
    this.#set({ ...instance, queue: { ...instance.queue, next: next + 1 } });
  }

  failed(instance: Instance, { message, queued }: MessageArrival, error: unknown): void {
    const { policy, log, runtime, limits } = this.#tools;
    const number = queued?.number ?? instance.queue.next;
    const tried = queued?.row ?? fresh(message, this.#now);
    const counts = !isOfNewerCode(error);
    const row = withFailure(tried, this.#now, errorText(error), counts);
    const next = Math.max(instance.queue.next, number + 1);
    const isLast = counts && row.attempts >= policy.definition.attempts;
    const queue = { first: number, next, parked: isLast };
    this.#set({ ...instance, queue });
    const fields = { err: error, policy: policy.name, instance: instance.id };
    if (!isLast) {
      log.warn(fields, 'a policy failed on a message, which is tried again');
      this.#rows.add(queueWrite(policy, instance.id, number, row));
      const failures = counts ? row.attempts : row.history.length;
      this.#retry(instance.id, number, row.at, backoffMs(runtime, limits, failures));
      return;
    }
    log.error(fields, 'a policy failed on a message for the last time: it is a dead letter');
    this.#removeQueued(instance.id, number);
    const key = rowKey(instance.id, number);
    this.#rows.add(letterWrite(policy, key, instance.id, row, errorText(error)));
  }

  /** Parks an event that its state has no rule for; what comes after it goes on. */
  #parkAlone({ instance, message, queued }: MessageArrival): void {
    const error = `NotHandled: ${JSON.stringify(this.#valueOf(instance))} has no rule for it`;
    const row = withFailure(queued?.row ?? fresh(message, this.#now), this.#now, error);
    const { policy, log } = this.#tools;
    const key = rowKey(instance, `!${messageId(message)}`);
    this.#rows.add(letterWrite(policy, key, instance, row, error));
    log.warn({ policy: policy.name, instance }, 'an event that no state handles is a dead letter');
  }

  #valueOf(id: string): unknown {
    const { policy } = this.#tools;
    return (machineOf(policy, this.instance(id)) ?? policy.first.state).value;
  }

  /** @param at since when it waits, ISO 8601 */
  #retry(id: string, number: number, at: string, ms: number): void {
    this.#rows.add(retryWrite(this.#tools.policy, id, number, at, ms));
    this.#due(ms);
  }

  /** The first word about a letter counts. */
  settle(instance: Instance, arrival: WordArrival): void {
    if (this.#letters.has(arrival.key)) return;
    this.#letters.add(arrival.key);
    const settled = settleLetter(this.#tools.policy, instance, arrival);
    this.#set(settled.instance);
    this.#rows.add(...settled.rows);
    this.#commands.push(...settled.commands);
    if (settled.due !== null) this.#retry(instance.id, settled.due, this.#now, 0);
  }

  note(instance: Instance, { note }: NoteArrival): void {
    const lasts =
      instance.incarnation === note.incarnation &&
      Object.values(instance.effects).includes(note.visit);
    if (lasts) this.#rows.add(...note.rows);
  }

  #due(ms: number): void {
    this.#dueMs = Math.min(this.#dueMs ?? ms, ms);
  }

  instance(id: string): Instance {
    const instance = this.#instances.get(id);
    if (!instance) throw new Error(`the instance ${id} was not read`);
    return instance;
  }

  #set(instance: Instance): void {
    this.#instances.set(instance.id, instance);
    this.#changed.add(instance.id);
  }

  result(): BatchResult {
    const { policy } = this.#tools;
    const instances = [...this.#changed].map((id) => this.instance(id));
    const writes = instances.flatMap((instance) => instanceWrite(policy, instance) ?? []);
    return {
      rows: [...this.#rows.all(), ...writes],
      instances: instances.map((instance) => ({ ...instance, isStored: isKept(instance) })),
      commands: this.#commands,
      effects: [...this.#effects.values()],
      endedEffects: [...this.#endedEffects],
      dueMs: this.#dueMs,
    };
  }
}
