import type { Log, Runtime } from '../runtime.ts';
import { type Store, StoreUnavailable } from '../store.ts';
import type { CheckpointMove, Fence, RowWrite, StepReply, WorkStore } from '../work-store.ts';
import { backoffMs } from './backoff.ts';
import type { BackgroundLimits } from './limits.ts';

/** What one part of a partition's work wants written in one piece. */
export interface Contribution {
  readonly checkpoint: CheckpointMove | null;
  readonly rows: readonly RowWrite[];
  /** Something waits for it; what is not urgent is written with what is, or a little later. */
  readonly isUrgent: boolean;
}

/**
 * `moved`: the subscriber's checkpoint stands elsewhere, and nothing was written; `ended`: the
 * lease is lost or given back, and whether it was written no longer matters.
 */
export type Written =
  | { readonly kind: 'done' | 'ended' }
  /** `null`: it has none any more. */
  | { readonly kind: 'moved'; readonly checkpoint: number | null };

interface Waiting {
  readonly contribution: Contribution;
  readonly settle: (written: Written) => void;
}

export interface StepTools {
  readonly store: WorkStore & Pick<Store, 'epoch'>;
  readonly runtime: Runtime;
  readonly log: Log;
  readonly limits: BackgroundLimits;
}

/**
 * Writes what the parts of one partition's work contribute: one step at a time, each with all
 * that was contributed meanwhile. A step whose reply is lost is sent again under its id.
 */
export class StepWriter {
  readonly #tools: StepTools;
  readonly #partition: number;
  readonly #fence: Fence;
  readonly #onFenced: () => void;
  /** After a change of it, what steps were made from may be no more. */
  readonly #epoch: number;
  readonly #ending = new AbortController();
  #waiting: Waiting[] = [];
  #steps = 0;
  #lingers = false;
  #writing: Promise<void> | null = null;

  constructor(tools: StepTools, partition: number, fence: Fence, onFenced: () => void) {
    this.#tools = tools;
    this.#partition = partition;
    this.#fence = fence;
    this.#onFenced = onFenced;
    this.#epoch = tools.store.epoch();
  }

  /** Does not reject. */
  write(contribution: Contribution): Promise<Written> {
    if (this.#ending.signal.aborted) return Promise.resolve({ kind: 'ended' });
    return new Promise((settle) => {
      this.#waiting.push({ contribution, settle });
      if (contribution.isUrgent) this.flush();
      else if (!this.#lingers) void this.#linger();
    });
  }

  /** Has all that waits written. */
  flush(): void {
    if (this.#waiting.length > 0) this.#writing ??= this.#writeAll();
  }

  async #linger(): Promise<void> {
    const { runtime, limits } = this.#tools;
    this.#lingers = true;
    await runtime.sleep(limits.lingerMs);
    this.#lingers = false;
    this.flush();
  }

  /** Ends what waits; resolves when nothing more is written. */
  async end(): Promise<void> {
    this.#ending.abort();
    await this.#writing;
    this.#endAll([], false);
  }

  async #writeAll(): Promise<void> {
    // After the current synchronous stretch, so that what comes together is written together.
    await null;
    while (this.#waiting.length > 0 && !this.#ending.signal.aborted) {
      const group = this.#takeGroup();
      const reply = await this.#send(group);
      if (reply?.kind === 'done') for (const { settle } of group) settle({ kind: 'done' });
      else if (reply?.kind === 'moved') this.#sortOut(group, reply.checkpoints);
      else this.#endAll(group, reply?.kind === 'fenced');
    }
    this.#writing = null;
    if (this.#ending.signal.aborted) this.#endAll([], false);
  }

  #takeGroup(): Waiting[] {
    let rows = 0;
    let count = 0;
    for (const { contribution } of this.#waiting) {
      rows += contribution.rows.length;
      if (count > 0 && rows > this.#tools.limits.stepRowsMax) break;
      count++;
    }
    return this.#waiting.splice(0, count);
  }

  /** `null` when the work ends before there is a reply. */
  async #send(group: readonly Waiting[]): Promise<StepReply | null> {
    const { store, runtime, log, limits } = this.#tools;
    const step = {
      partition: this.#partition,
      fence: this.#fence,
      // Numbered: a copy that comes when later steps were made is not made again.
      stepId: `${++this.#steps}#${runtime.token()}`,
      checkpoints: group.flatMap(({ contribution }) => contribution.checkpoint ?? []),
      rows: group.flatMap(({ contribution }) => contribution.rows),
    };
    for (let tries = 0; !this.#ending.signal.aborted; tries++) {
      if (store.epoch() !== this.#epoch) return { kind: 'fenced' };
      try {
        return await store.step(step);
      } catch (error) {
        if (!(error instanceof StoreUnavailable)) {
          log.error({ err: error, partition: this.#partition }, 'background work cannot be saved');
        }
        await runtime.sleep(backoffMs(runtime, limits, tries), this.#ending.signal);
      }
    }
    return null;
  }

  /** Somebody set a checkpoint by hand: whose it is begins there; the others are written. */
  #sortOut(group: readonly Waiting[], checkpoints: Readonly<Record<string, number>>): void {
    const others: Waiting[] = [];
    for (const waiting of group) {
      const move = waiting.contribution.checkpoint;
      const actual = move === null ? null : (checkpoints[move.subscriber] ?? null);
      if (move === null || actual === move.expected) others.push(waiting);
      else waiting.settle({ kind: 'moved', checkpoint: actual });
    }
    this.#waiting.unshift(...others);
  }

  #endAll(group: readonly Waiting[], isFenced: boolean): void {
    this.#ending.abort();
    for (const { settle } of [...group, ...this.#waiting.splice(0)]) settle({ kind: 'ended' });
    if (isFenced) this.#onFenced();
  }
}
