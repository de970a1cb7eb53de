import { effectOf } from '../../define/effect.ts';
import { findNonJson, type Json } from '../../define/json.ts';
import type { Log, Runtime } from '../runtime.ts';
import type { RowWrite, WorkStore } from '../work-store.ts';
import type { Arrival } from './arrival.ts';
import { backoffMs } from './backoff.ts';
import { errorText, plainError, withFailure } from './history.ts';
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

/** An effect on its way to its next try. */
interface Awaited {
  readonly effect: EffectRow;
  /** Aborted when it is to run no more. */
  readonly ending: AbortController;
}

/**
 * Runs the effects of a policy's instances on one partition: each at least once, until it gives a
 * result, has failed too often, or its state was left. So many run at once; what waits between two
 * tries keeps no other from running.
 */
export class Effects {
  readonly #tools: EffectTools;
  readonly #policy: PolicyRuntime;
  /** Those without a result, by key of their rows. */
  readonly #known = new Map<string, AbortController>();
  /** Those that are to be tried now. */
  readonly #line: Awaited[] = [];
  readonly #tries = new Set<Promise<void>>();
  #stopped = false;

  constructor(tools: EffectTools, policy: PolicyRuntime) {
    this.#tools = tools;
    this.#policy = policy;
  }

  /** How many have no result yet. */
  get pending(): number {
    return this.#known.size;
  }

  /** Takes up those that were under way. @throws StoreUnavailable */
  async load(): Promise<void> {
    const { store, partition } = this.#tools;
    const rows = await allRows(store, partition, this.#policy.tables.effect);
    this.add(rows.map(({ body }) => read.effect(body)));
  }

  /** Begins effects. */
  add(effects: readonly EffectRow[]): void {
    for (const effect of effects) {
      const ending = new AbortController();
      this.#known.set(keyOf(effect), ending);
      this.#line.push({ effect, ending });
    }
    this.#next();
  }

  /** Ends an effect whose state was left, or which began anew. */
  end(key: string): void {
    this.#known.get(key)?.abort(new Error('the state was left'));
    this.#known.delete(key);
  }

  /** Aborts what runs; resolves when nothing of it is told any more. */
  async stop(): Promise<void> {
    this.#stopped = true;
    for (const ending of this.#known.values()) ending.abort(new Error('the node stops'));
    await Promise.allSettled(this.#tries);
  }

  #next(): void {
    while (!this.#stopped && this.#tries.size < this.#tools.limits.effectsMax) {
      const first = this.#line.shift();
      if (!first) return;
      if (first.ending.signal.aborted) continue;
      const tried = this.#run(first).then(() => {
        this.#tries.delete(tried);
        this.#next();
      });
      this.#tries.add(tried);
    }
  }

  /** One try. Does not reject. */
  async #run({ effect, ending }: Awaited): Promise<void> {
    const { runtime, limits } = this.#tools;
    const definition = effectOf(this.#policy.definition.machine.implementations.actors[effect.src]);
    const result = definition
      ? await this.#try(effect, definition, ending.signal)
      : { error: new Error(`the machine has no effect ${effect.src}`) };
    if (ending.signal.aborted) return;
    if ('output' in result) {
      this.#tell(effect, { output: result.output });
      return;
    }
    const failed = withFailure(effect, this.#now(), errorText(result.error));
    if (failed.attempts >= (definition?.attempts ?? 1)) {
      this.#tell(effect, { error: plainError(result.error) });
      return;
    }
    const waitMs = backoffMs(runtime, limits, failed.attempts);
    this.#note(failed, waitMs);
    void this.#tryLater({ effect: failed, ending }, waitMs);
  }

  async #tryLater(next: Awaited, waitMs: number): Promise<void> {
    await this.#tools.runtime.sleep(waitMs, next.ending.signal);
    this.#line.push(next);
    this.#next();
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
    this.#known.delete(keyOf(effect));
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
    const key = keyOf(effect);
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

function keyOf({ instance, id }: EffectRow): string {
  return rowKey(instance, id);
}
