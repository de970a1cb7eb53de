import { StoreUnavailable } from '../store.ts';
import type { RowWrite, WorkRow } from '../work-store.ts';
import type { Arrival } from './arrival.ts';
import { backoffMs } from './backoff.ts';
import { Batch, type BatchResult, type BatchTools } from './batch.ts';
import { Effects } from './effects.ts';
import type { FeedWindow } from './feed-window.ts';
import { Instances } from './instance-cache.ts';
import { type Taken, takeIn } from './intake.ts';
import { inboxArrivals, queuedArrivals, timerArrivals } from './pending.ts';
import type { PolicyRuntime } from './policy-runtime.ts';
import { Relay, type RelayTools } from './relay.ts';
import { Signal } from './signal.ts';
import type { Contribution, Written } from './step-writer.ts';
import type { Looked, PassesFeed } from './subscriber.ts';

export interface RunnerTools extends Omit<RelayTools, 'arrive'>, Omit<BatchTools, 'policy'> {
  readonly window: FeedWindow;
  /** Something is due in so many milliseconds. */
  readonly due: (ms: number) => void;
  /** Told when it is busy no longer. */
  readonly passed: () => void;
}

/** What was gathered for one commit. */
interface Gathered {
  readonly arrivals: readonly Arrival[];
  /** Those among them that only memory has. */
  readonly results: readonly Arrival[];
  readonly rows: readonly RowWrite[];
  /** The checkpoint after it. */
  readonly next: number;
}

/** Runs one policy on one partition, batch after batch. */
export class PolicyRunner implements PassesFeed {
  readonly tables: readonly string[];
  readonly #tools: RunnerTools;
  readonly #policy: PolicyRuntime;
  readonly #relay: Relay;
  readonly #effects: Effects;
  readonly #news = new Signal();
  readonly #ending = new AbortController();
  readonly #instances: Instances;
  readonly #has = { feed: true, inbox: true, timers: true, retries: true };
  #results: Arrival[] = [];
  #checkpoint: number;
  #failures = 0;
  #feedFailures = 0;
  #isBusy = false;
  /** It was fed, and has not begun with it. */
  #isCalled = false;
  #isWriting = false;
  #run: Promise<void> | null = null;

  constructor(tools: RunnerTools, policy: PolicyRuntime, checkpoint: number) {
    const arrive = (arrival: Arrival) => {
      this.#results.push(arrival);
      this.#news.set();
    };
    this.#tools = tools;
    this.#policy = policy;
    this.#checkpoint = checkpoint;
    this.#relay = new Relay({ ...tools, arrive }, policy);
    this.#effects = new Effects({ ...tools, arrive }, policy);
    this.#instances = new Instances(tools, policy);
    this.tables = [policy.tables.inbox, policy.tables.timer, policy.tables.retry];
  }

  get name(): string {
    return this.#policy.name;
  }

  get checkpoint(): number {
    return this.#checkpoint;
  }

  get isBusy(): boolean {
    return this.#isBusy || this.#isCalled;
  }

  get isWriting(): boolean {
    return this.#isWriting;
  }

  start(): void {
    this.#run = this.#loop();
  }

  feed(): void {
    this.#has.feed = true;
    this.#isCalled = true;
    this.#news.set();
  }

  look({ now, firsts: [inbox, timer, retry] }: Looked): void {
    const isDue = (order: number | null | undefined) => typeof order === 'number' && order <= now;
    this.#has.inbox ||= typeof inbox === 'number';
    this.#has.timers ||= isDue(timer);
    this.#has.retries ||= isDue(retry);
    this.#news.set();
  }

  moveTo(checkpoint: number): void {
    this.#checkpoint = checkpoint;
    this.feed();
  }

  async stop(): Promise<void> {
    this.#ending.abort();
    this.#news.set();
    await Promise.all([this.#relay.stop(), this.#effects.stop()]);
    await this.#run;
  }

  async #loop(): Promise<void> {
    const { signal } = this.#ending;
    await this.#insist(() => this.#relay.load());
    await this.#insist(() => this.#effects.load());
    while (!signal.aborted) {
      const worked = await this.#insist(() => this.#once());
      if (worked === false) await this.#news.wait();
    }
  }

  /** Tries until it succeeds or the work ends. Does not reject. */
  async #insist<T>(attempt: () => Promise<T>): Promise<T | null> {
    const { runtime, limits, log, partition } = this.#tools;
    const { signal } = this.#ending;
    for (; !signal.aborted; this.#failures++) {
      try {
        const result = await attempt();
        this.#failures = 0;
        return result;
      } catch (error) {
        if (!(error instanceof StoreUnavailable)) {
          log.error({ err: error, policy: this.name, partition }, 'a policy cannot go on');
        }
        await runtime.sleep(backoffMs(runtime, limits, this.#failures), signal);
      }
    }
    return null;
  }

  /** One commit. @returns whether there was anything to do. @throws StoreUnavailable */
  async #once(): Promise<boolean> {
    const { writer, passed } = this.#tools;
    this.#isBusy = true;
    this.#isCalled = false;
    try {
      const gathered = await this.#gather();
      const result = await this.#execute(gathered);
      const contribution = this.#contribution(gathered, result);
      if (!contribution) return gathered.arrivals.length > 0;
      const writing = writer.write(contribution);
      this.#isWriting = true;
      this.#isBusy = false;
      passed();
      await this.#written(await writing, gathered, result);
      return true;
    } finally {
      this.#isWriting = false;
      this.#isBusy = false;
      passed();
    }
  }

  /** What is to be written; `null` for nothing. */
  #contribution(gathered: Gathered, result: BatchResult): Contribution | null {
    const rows = [...gathered.rows, ...result.rows];
    const { next } = gathered;
    const move = { subscriber: this.name, expected: this.#checkpoint, next };
    const checkpoint = next === this.#checkpoint ? null : move;
    if (!checkpoint && rows.length === 0) return null;
    const isUrgent =
      result.commands.length > 0 || result.effects.length > 0 || result.dueMs !== null;
    return { checkpoint, rows, isUrgent };
  }

  /** All kinds in turn, so that none of them waits for ever. @throws StoreUnavailable */
  async #gather(): Promise<Gathered> {
    const { store, limits, partition, window, runtime } = this.#tools;
    const policy = this.#policy;
    const has = this.#has;
    const results = this.#results.splice(0, limits.batchMessagesMax);
    const arrivals: Arrival[] = [...results];
    const rows: RowWrite[] = [];
    let next = this.#checkpoint;
    const now = () => new Date(runtime.now()).toISOString();
    try {
      if (has.retries) {
        const due = await this.#scan(policy.tables.retry, 'now');
        has.retries = due.length >= limits.batchMessagesMax;
        arrivals.push(...(await queuedArrivals(store, policy, partition, due)));
      }
      if (has.timers) {
        const due = await this.#scan(policy.tables.timer, 'now');
        has.timers = due.length >= limits.batchMessagesMax;
        arrivals.push(...timerArrivals(policy, due));
      }
      const hasRoom =
        this.#relay.pending < limits.outboxCommandsMax &&
        this.#effects.pending < limits.outboxCommandsMax;
      if (hasRoom && has.inbox) {
        const waiting = await this.#scan(policy.tables.inbox, null);
        has.inbox = waiting.length >= limits.batchMessagesMax;
        const found = await inboxArrivals({ store, partition, now }, policy, waiting);
        arrivals.push(...found.arrivals);
        rows.push(...found.rows);
      }
      if (hasRoom && has.feed) {
        const taken = await this.#takeIn({ store, limits, partition, window, now });
        has.feed = taken !== null;
        if (taken) {
          next = taken.next;
          arrivals.push(...taken.arrivals);
          rows.push(...taken.rows);
        }
      }
    } catch (error) {
      Object.assign(has, { feed: true, inbox: true, timers: true, retries: true });
      this.#results.unshift(...results);
      throw error;
    }
    return { arrivals, results, rows, next };
  }

  /** `null` where there is nothing, or its instances' partitions are out of reach for now. */
  async #takeIn(tools: Parameters<typeof takeIn>[0]): Promise<Taken | null> {
    const { runtime, limits } = this.#tools;
    try {
      const taken = await takeIn(tools, this.#policy, this.#checkpoint);
      this.#feedFailures = 0;
      return taken;
    } catch (error) {
      if (!(error instanceof StoreUnavailable)) throw error;
      const waitMs = backoffMs(runtime, limits, this.#feedFailures++);
      // What else there is to do is not held up by it.
      void runtime.sleep(waitMs, this.#ending.signal).then(() => this.feed());
      return null;
    }
  }

  #scan(table: string, until: 'now' | null): Promise<readonly WorkRow[]> {
    const { store, partition, limits } = this.#tools;
    return store.scan(partition, table, { after: null, until, limit: limits.batchMessagesMax });
  }

  /** @throws StoreUnavailable */
  async #execute(gathered: Gathered): Promise<BatchResult> {
    const { arrivals } = gathered;
    try {
      const instances = await this.#instances.read(arrivals);
      return await new Batch({ ...this.#tools, policy: this.#policy }, instances).run(arrivals);
    } catch (error) {
      this.#again(gathered);
      throw error;
    }
  }

  async #written(written: Written, gathered: Gathered, result: BatchResult): Promise<void> {
    if (written.kind === 'ended') {
      this.#ending.abort();
      return;
    }
    if (written.kind === 'moved') {
      this.#again(gathered);
      await this.#begin(written.checkpoint);
      return;
    }
    this.#checkpoint = gathered.next;
    for (const instance of result.instances) this.#instances.set(instance);
    for (const key of result.endedEffects) this.#effects.end(key);
    this.#effects.add(result.effects);
    this.#relay.add(result.commands);
    if (result.dueMs !== null) this.#tools.due(result.dueMs);
  }

  /** Somebody set the checkpoint, or took it away: begins where it is said to. */
  async #begin(checkpoint: number | null): Promise<void> {
    const { store, partition } = this.#tools;
    const { name, from } = this.#policy.definition;
    if (checkpoint === null) await store.subscribe([{ name, from }]);
    const found = checkpoint ?? (await store.checkpoints(name))[partition];
    this.moveTo(found ?? 0);
  }

  /** What was gathered was not written: it is gathered again. */
  #again({ results }: Gathered): void {
    this.#results.unshift(...results);
    Object.assign(this.#has, { feed: true, inbox: true, timers: true, retries: true });
  }
}
