import { effectOf } from '../../define/effect.ts';
import { findNonJson, type Json } from '../../define/json.ts';
import type { Log, Runtime } from '../runtime.ts';
import type { RowWrite, WorkStore } from '../work-store.ts';
import type { Arrival } from './arrival.ts';
import { backoffMs } from './backoff.ts';
import { errorText, withFailure } from './history.ts';
import type { BackgroundLimits } from './limits.ts';
import { allRows } from './paging.ts';
import type { PolicyRuntime } from './policy-runtime.ts';
import { type EffectRow, read, rowKey } from './rows.ts';

export interface EffectTools {
  readonly store: WorkStore;
  readonly runtime: Runtime;
  readonly log: Log;
  readonly limits: BackgroundLimits;
  readonly partition: number;
  /** Takes a result, or the note of a failure, to its instance. */
  readonly arrive: (arrival: Arrival) => void;
}

type Result = { readonly output: Json } | { readonly error: unknown };

/**
 * Runs the effects of a policy's instances on one partition: each at least once, so many at once,
 * until it gives a result, has failed too often, or its state was left.
 */
export class Effects {
  readonly #tools: EffectTools;
  readonly #policy: PolicyRuntime;
  readonly #waiting: EffectRow[] = [];
  /** By key of its row. */
  readonly #running = new Map<string, AbortController>();
  readonly #ends = new Set<Promise<void>>();
  #stopped = false;

  constructor(tools: EffectTools, policy: PolicyRuntime) {
    this.#tools = tools;
    this.#policy = policy;
  }

  /** How many have no result yet. */
  get pending(): number {
    return this.#waiting.length + this.#running.size;
  }

  /** Takes up those that were under way. @throws StoreUnavailable */
  async load(): Promise<void> {
    const { store, partition } = this.#tools;
    const rows = await allRows(store, partition, this.#policy.tables.effect);
    this.add(rows.map(({ body }) => read.effect(body)));
  }

  /** Begins effects. */
  add(effects: readonly EffectRow[]): void {
    this.#waiting.push(...effects);
    this.#next();
  }

  /** Ends an effect whose state was left, or which began anew. */
  end(key: string): void {
    this.#running.get(key)?.abort(new Error('the state was left'));
    this.#running.delete(key);
    const place = this.#waiting.findIndex(({ instance, id }) => rowKey(instance, id) === key);
    if (place >= 0) this.#waiting.splice(place, 1);
  }

  /** Aborts what runs; resolves when nothing of it is told any more. */
  async stop(): Promise<void> {
    this.#stopped = true;
    for (const running of this.#running.values()) running.abort(new Error('the node stops'));
    await Promise.allSettled(this.#ends);
  }

  #next(): void {
    while (!this.#stopped && this.#running.size < this.#tools.limits.effectsMax) {
      const effect = this.#waiting.shift();
      if (!effect) return;
      const key = rowKey(effect.instance, effect.id);
      const ending = new AbortController();
      this.#running.set(key, ending);
      const end = this.#run(effect, ending).then(() => {
        this.#ends.delete(end);
        if (this.#running.get(key) === ending) this.#running.delete(key);
        this.#next();
      });
      this.#ends.add(end);
    }
  }

  /** Until there is a result, or it is ended. Does not reject. */
  async #run(effect: EffectRow, ending: AbortController): Promise<void> {
    const { runtime, limits } = this.#tools;
    const definition = effectOf(this.#policy.definition.machine.implementations.actors[effect.src]);
    let current = effect;
    while (!ending.signal.aborted) {
      const result = definition
        ? await this.#try(current, definition, ending.signal)
        : { error: new Error(`the machine has no effect ${effect.src}`) };
      if (ending.signal.aborted) return;
      if ('output' in result) {
        this.#tell(current, { output: result.output });
        return;
      }
      const failed = withFailure(current, this.#now(), errorText(result.error));
      if (failed.attempts >= (definition?.attempts ?? 1)) {
        this.#tell(current, { error: plainError(result.error) });
        return;
      }
      const waitMs = backoffMs(runtime, limits, failed.attempts);
      this.#note(failed, waitMs);
      current = failed;
      await runtime.sleep(waitMs, ending.signal);
    }
  }

  async #try(
    effect: EffectRow,
    definition: NonNullable<ReturnType<typeof effectOf>>,
    ended: AbortSignal,
  ): Promise<Result> {
    const { runtime } = this.#tools;
    const over = new AbortController();
    const { signal } = over;
    const onEnd = () => over.abort(ended.reason);
    ended.addEventListener('abort', onEnd);
    const name = [this.#policy.name, effect.instance, effect.incarnation, effect.id, effect.visit];
    const idempotencyKey = runtime.digest(JSON.stringify(name)).slice(0, 22);
    const call = { input: effect.input, signal, idempotencyKey, attempt: effect.attempts + 1 };
    const run = async (): Promise<Result> => {
      try {
        const output: unknown = (await definition.run(call)) ?? null;
        const found = findNonJson(output, 'output');
        if (found) return { error: new TypeError(`${found.path}: ${found.reason}`) };
        return { output: output as Json };
      } catch (error) {
        return { error };
      }
    };
    const timeOut = async (): Promise<Result> => {
      await runtime.sleep(definition.timeoutMs, signal);
      return { error: new Error(`no result within ${definition.timeoutMs} ms`) };
    };
    const result = await Promise.race([run(), timeOut()]);
    ended.removeEventListener('abort', onEnd);
    over.abort(new Error('the time for it is over'));
    return result;
  }

  #tell(effect: EffectRow, result: { output: Json } | { error: Json }): void {
    const { instance, incarnation, id, visit, correlationId } = effect;
    const identity = { id, visit, incarnation, at: this.#now(), correlationId };
    // The row goes with the visit, in the step that takes the result.
    this.#tools.arrive({
      instance,
      message: { kind: 'effect', ...identity, result },
      consumes: [],
    });
  }

  /** Has a failure written down, if its visit still lasts then. */
  #note(effect: EffectRow, waitMs: number): void {
    const { log, arrive } = this.#tools;
    const { name, tables } = this.#policy;
    const { instance, id, visit, incarnation } = effect;
    const key = rowKey(instance, id);
    const err = effect.history.at(-1)?.error;
    log.warn({ policy: name, effect: effect.src, err }, 'an effect failed, and is tried again');
    const rows: RowWrite[] = [
      { table: tables.effect, key, body: JSON.stringify(effect), order: { kind: 'next' } },
      { table: tables.again, key, body: effect.at, order: { kind: 'in', ms: waitMs } },
    ];
    arrive({ instance, note: { id, visit, incarnation, rows } });
  }

  #now(): string {
    return new Date(this.#tools.runtime.now()).toISOString();
  }
}

/** An error as data, as the machine gets it. */
function plainError(error: unknown): Json {
  if (error instanceof Error) return { name: error.name, message: error.message };
  return { name: 'Error', message: String(error) };
}
