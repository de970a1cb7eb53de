import type { ActorCache } from './actor-cache.ts';
import { type ActorState, decodeState, NewerState } from './actor-state.ts';
import { type ActorKey, type Address, actorKey, partitionOf } from './address.ts';
import type { AggregateRuntime } from './aggregate-runtime.ts';
import { type ClaimTools, TurnClaims, wantsClaims } from './claims.ts';
import { type Execution, execute } from './execute.ts';
import { failureOf } from './failure.ts';
import { type Fetched, isNothing, NO_ACTOR, NOTHING, planFetch } from './fetch.ts';
import { earlierTry, keptAnswer } from './idempotency.ts';
import { failed, mailboxKey, type Pending, partForgotten } from './message.ts';
import type { Failure } from './outcome.ts';
import type { Patience, TryStore } from './patience.ts';
import { outcomeOf } from './record.ts';
import type { Log } from './runtime.ts';
import { commitOf, save } from './save.ts';
import { type ActorRow, type Commit, isCheck, StoreUnavailable, type TurnId } from './store.ts';

/** What a turn works with. */
export interface TurnTools extends ClaimTools {
  readonly cache: ActorCache;
  readonly patience: Patience;
  readonly log: Log;
  /** How long replies and pointers of idempotency keys are kept, in milliseconds. */
  readonly replyTtlMs: number;
  /** Hands a message over that turned out to be another actor's. */
  readonly forward: (pending: Pending) => void;
}

/**
 * One turn of one actor: fetch, execute, save, until the messages have their outcomes. A conflict
 * repeats all of it. Every message is settled, forwarded, or left over.
 */
export class Turn {
  readonly #tools: TurnTools;
  readonly #aggregate: AggregateRuntime;
  readonly #target: Address;
  readonly #key: ActorKey;
  readonly #partition: number;
  readonly #claims = new TurnClaims();
  #waiting: Pending[];
  #conflicts = 0;
  #metNoStore = false;

  constructor(tools: TurnTools, aggregate: AggregateRuntime, target: Address, batch: Pending[]) {
    this.#tools = tools;
    this.#aggregate = aggregate;
    this.#target = target;
    this.#key = actorKey(target);
    this.#partition = partitionOf(this.#key, tools.store.partitions);
    this.#waiting = batch;
  }

  /**
   * Runs the turn.
   * @param more asked for what queued meanwhile, when the turn has waited
   * @returns the messages that must wait for the next turn, in order
   */
  async run(more: (room: number) => Pending[]): Promise<Pending[]> {
    try {
      let row: ActorRow | null = null;
      while (this.#waiting.length > 0) {
        const attempt = await this.#attempt(row);
        if (attempt.kind === 'done') return attempt.leftOver;
        row = attempt.row;
        if (attempt.kind !== 'conflict') continue;
        this.#conflicts++;
        if (this.#conflicts > this.#tools.limits.conflictsMax) this.#giveUp(more);
        else if (await this.#hasPaused()) {
          this.#waiting.push(...more(this.#tools.limits.turnCommandsMax - this.#waiting.length));
        }
      }
    } catch (error) {
      this.#tools.cache.delete(this.#key);
      this.#metNoStore = error instanceof StoreUnavailable;
      const concernsAll = this.#metNoStore || error instanceof NewerState;
      if (!concernsAll && this.#waiting.length > 1) return this.#runEachAlone();
      if (error instanceof NewerState)
        this.#tools.log.warn({ err: error }, 'another node is needed');
      for (const pending of this.#waiting) this.#fail(pending, failureOf(error), error);
    }
    return [];
  }

  /** Whether the turn ended because the store did not answer. */
  get metNoStore(): boolean {
    return this.#metNoStore;
  }

  /** One pass. `again`: some messages were settled or changed before anything was executed. */
  async #attempt(
    conflictRow: ActorRow | null,
  ): Promise<
    { kind: 'done'; leftOver: Pending[] } | { kind: 'conflict' | 'again'; row: ActorRow | null }
  > {
    const { store, cache, limits, replyTtlMs } = this.#tools;
    const epoch = store.epoch();
    const known = conflictRow
      ? decodeState(this.#aggregate, this.#target, conflictRow)
      : (cache.get(this.#key) ?? null);
    const messages = this.#waiting.map(({ message }) => message);
    const plan = planFetch(this.#target, known !== null, messages, replyTtlMs);
    const reads = isNothing(plan) ? NOTHING : await this.#try(() => store.fetch(plan.request));
    const fetched = { plan, reply: reads };
    const hasPointers = plan.request.pointers.length > 0;
    if (hasPointers && (await this.#resolvePointers(fetched))) {
      return { kind: 'again', row: conflictRow };
    }
    const before =
      known ?? decodeState(this.#aggregate, this.#target, fetched.reply.actor ?? NO_ACTOR);
    if (this.#refuseForgotten()) return { kind: 'again', row: conflictRow };
    this.#claims.begin(before);
    if (messages.some(wantsClaims)) {
      await this.#try(() => this.#claims.take(this.#tools, before, messages));
    }
    const execution = execute(
      this.#aggregate,
      before,
      messages,
      fetched,
      this.#claims,
      limits.recordsPerSnapshot,
    );
    const turnId = this.#tools.runtime.token() as TurnId;
    const commit = commitOf(
      this.#aggregate,
      before,
      turnId,
      messages,
      execution,
      this.#claims,
      replyTtlMs,
    );
    const reply = await save(this.#tools, commit, this.#try);
    switch (reply.kind) {
      case 'committed':
        await this.#committed(before, commit, execution, reply.position, epoch);
        return { kind: 'done', leftOver: this.#waiting.slice(execution.results.length) };
      case 'answered': {
        const isSettled = await this.#settleAnswered();
        return { kind: isSettled ? 'again' : 'conflict', row: conflictRow };
      }
      case 'conflict':
        // What a turn elsewhere answered, the next commit finds: most conflicts answer nothing.
        return { kind: 'conflict', row: reply.actor };
    }
  }

  async #committed(
    before: ActorState,
    commit: Commit,
    execution: Execution,
    position: number,
    epoch: number,
  ): Promise<void> {
    const lastTurn = isCheck(commit) ? before.lastTurn : commit.turnId;
    const after = { ...execution.state, lastTurn };
    this.#tools.cache.set(this.#key, after, epoch);
    if (this.#claims.concern(before, after)) {
      await this.#claims.giveBack(this.#tools.store, before, after);
    }
    const head = position + Math.max(commit.records.length - 1, 0);
    for (const [index, result] of execution.results.entries()) {
      const pending = this.#waiting[index];
      if (!pending) continue;
      if (result.kind === 'failed') {
        await this.#failUnlessAnswered(pending, result.failure, result.error);
      } else {
        const at = result.record === null ? head : position + result.record;
        pending.settle(outcomeOf(result.decision, this.#partition, at, false));
      }
    }
  }

  /** Whether a key pointed to an earlier try, so that the messages are not what they were. */
  async #resolvePointers(fetched: Fetched): Promise<boolean> {
    const tries = await Promise.all(
      this.#waiting.map(({ message }, index) => {
        const stored = fetched.reply.pointers[fetched.plan.pointers[index] ?? -1] ?? null;
        return earlierTry(this.#tools, message, stored, this.#try);
      }),
    );
    const remaining: Pending[] = [];
    for (const [index, pending] of this.#waiting.entries()) {
      const { outcome, message } = tries[index] ?? { ...pending, outcome: null };
      if (outcome) pending.settle(outcome);
      else if (mailboxKey(message) === this.#key) remaining.push({ ...pending, message });
      else this.#tools.forward({ ...pending, message });
    }
    this.#waiting = remaining;
    return tries.some(({ isFirst }) => !isFirst);
  }

  /** Refuses what may have been answered before, and the answer be forgotten; whether any was. */
  #refuseForgotten(): boolean {
    const { forgotten, others } = partForgotten(this.#waiting, this.#tools.runtime.now());
    this.#waiting = others;
    for (const pending of forgotten) this.#fail(pending, { code: 'unavailable' });
    return forgotten.length > 0;
  }

  /** Settles the messages whose command was answered by a turn elsewhere; whether there were any. */
  async #settleAnswered(): Promise<boolean> {
    const answers = await Promise.all(
      this.#waiting.map(({ message }) => keptAnswer(this.#tools.store, message, this.#try)),
    );
    const before = this.#waiting.length;
    this.#waiting = this.#waiting.filter((pending, index) => {
      const answer = answers[index];
      if (answer) pending.settle(answer);
      return !answer;
    });
    return this.#waiting.length < before;
  }

  /** Too many conflicts. What queued behind is given up too, or it would overtake a later try. */
  #giveUp(more: (room: number) => Pending[]): void {
    this.#waiting.push(...more(Number.POSITIVE_INFINITY));
    for (const pending of this.#waiting.splice(0)) {
      this.#fail(pending, { code: 'overloaded', limit: 'mailbox' });
    }
  }

  /** Waits after several conflicts in a row. @returns whether it did */
  async #hasPaused(): Promise<boolean> {
    const { limits, runtime } = this.#tools;
    const excess = this.#conflicts - limits.conflictsBeforeWait;
    if (excess <= 0) return false;
    await runtime.sleep(runtime.random() * Math.min(2 ** excess, limits.conflictWaitMsMax));
    return true;
  }

  /** One of the messages breaks the whole turn: it is to break its own alone. */
  async #runEachAlone(): Promise<Pending[]> {
    const { patience } = this.#tools;
    for (const pending of this.#waiting) {
      if (this.#metNoStore && patience.isOver(pending.enqueuedAt)) {
        this.#fail(pending, { code: 'unavailable' });
        continue;
      }
      const turn = new Turn(this.#tools, this.#aggregate, this.#target, [pending]);
      await turn.run(() => []);
      this.#metNoStore = turn.metNoStore;
    }
    return [];
  }

  /**
   * A fault is not kept, so the commit has not looked whether the command has its answer already:
   * then the fault comes of what the command did itself.
   */
  async #failUnlessAnswered(pending: Pending, failure: Failure, error: unknown): Promise<void> {
    try {
      const answer = await keptAnswer(this.#tools.store, pending.message, this.#try);
      if (answer) pending.settle(answer);
      else this.#fail(pending, failure, error);
    } catch (unread) {
      this.#fail(pending, failureOf(unread), unread);
    }
  }

  #fail(pending: Pending, failure: Failure, error?: unknown): void {
    const { message } = pending;
    if (failure.code === 'system_error') {
      const { target, command } = message;
      const { traceId } = message.identity;
      this.#tools.log.error(
        { err: error, traceId, actor: actorKey(target), command: command.type },
        'a command failed',
      );
    }
    pending.settle(failed(message, failure));
  }

  readonly #try: TryStore = (attempt, onFailure) => {
    const since = this.#waiting[0]?.enqueuedAt ?? 0;
    return this.#tools.patience.tryUntil(since, attempt, onFailure);
  };
}
