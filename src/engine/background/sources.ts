import type { Store } from '../store.ts';
import { StoreUnavailable } from '../store.ts';
import type { RowWrite, WorkRow } from '../work-store.ts';
import type { Arrival } from './arrival.ts';
import { backoffMs } from './backoff.ts';
import type { FeedWindow } from './feed-window.ts';
import { isOfNewerCode } from './history.ts';
import { type Taken, takeIn } from './intake.ts';
import type { Pauses } from './pauses.ts';
import { inboxArrivals, queuedArrivals, timerArrivals } from './pending.ts';
import type { PolicyRuntime } from './policy-runtime.ts';
import type { StepTools } from './step-writer.ts';
import type { Looked } from './subscriber.ts';
import type { BringOver } from './transferring.ts';

interface SourceTools extends StepTools {
  readonly store: Store;
  readonly transfer: BringOver;
  readonly partition: number;
  readonly window: FeedWindow;
  readonly pauses: Pauses;
  /** Whether more may be taken, or what was taken is to be done first. */
  readonly hasRoom: () => boolean;
  /** There is something to gather. */
  readonly onNews: () => void;
  readonly ending: AbortSignal;
}

/** What was gathered for one commit. */
export interface Gathered {
  readonly arrivals: readonly Arrival[];
  /** Those among them that only memory has. */
  readonly results: readonly Arrival[];
  readonly rows: readonly RowWrite[];
  /** The checkpoint after it. */
  readonly next: number;
}

/** Where messages come from to one policy's instances on one partition. */
export class Sources {
  readonly #tools: SourceTools;
  readonly #policy: PolicyRuntime;
  /** Which of them may have something. */
  readonly #has = { feed: true, inbox: true, timers: true, retries: true };
  #results: Arrival[] = [];
  #failures = 0;
  /** It was found paused, and waits to be resumed. */
  #isWaiting = false;

  constructor(tools: SourceTools, policy: PolicyRuntime) {
    this.#tools = tools;
    this.#policy = policy;
  }

  /** A command's outcome, or what became of an effect. */
  arrive(arrival: Arrival): void {
    this.#results.push(arrival);
    this.#tools.onNews();
  }

  /** The feed has grown. */
  feed(): void {
    this.#has.feed = true;
    this.#tools.onNews();
  }

  /** A look at the store found rows. */
  look({ now, firsts: [inbox, timer, retry] }: Looked): void {
    const isDue = (order: number | null | undefined) => typeof order === 'number' && order <= now;
    this.#has.inbox ||= typeof inbox === 'number';
    this.#has.timers ||= isDue(timer);
    this.#has.retries ||= isDue(retry);
    this.#tools.onNews();
  }

  /** What was gathered was not written: it is gathered again. */
  again(results: readonly Arrival[]): void {
    this.#results.unshift(...results);
    Object.assign(this.#has, { feed: true, inbox: true, timers: true, retries: true });
  }

  /** All kinds in turn, so that none of them waits for ever. @throws StoreUnavailable */
  async gather(checkpoint: number): Promise<Gathered> {
    const results = this.#results.splice(0, this.#tools.limits.batchMessagesMax);
    try {
      const found = await this.#found(checkpoint);
      return { ...found, results, arrivals: [...results, ...found.arrivals] };
    } catch (error) {
      this.again(results);
      throw error;
    }
  }

  async #found(checkpoint: number): Promise<Omit<Gathered, 'results'>> {
    const { store, transfer, partition, runtime, hasRoom } = this.#tools;
    const { tables } = this.#policy;
    const has = this.#has;
    const now = () => new Date(runtime.now()).toISOString();
    const arrivals: Arrival[] = [];
    const rows: RowWrite[] = [];
    const take = (found: { arrivals: readonly Arrival[]; rows: readonly RowWrite[] }) => {
      arrivals.push(...found.arrivals);
      rows.push(...found.rows);
    };
    // Looking whether it is paused costs a reading, now and then: not while there is nothing to take.
    const hasNothing = !Object.values(has).includes(true);
    if (hasNothing || !hasRoom() || (await this.#isPaused())) {
      return { arrivals, rows, next: checkpoint };
    }
    // Each is taken back before it is read: what is said while that goes on counts for the next.
    if (has.retries) {
      has.retries = false;
      const due = await this.#scan(tables.retry, 'now');
      has.retries ||= this.#isFull(due);
      take(await queuedArrivals(store, this.#policy, partition, due));
    }
    if (has.timers) {
      has.timers = false;
      const due = await this.#scan(tables.timer, 'now');
      has.timers ||= this.#isFull(due);
      take({ arrivals: timerArrivals(this.#policy, due), rows: [] });
    }
    if (has.inbox) {
      has.inbox = false;
      const waiting = await this.#scan(tables.inbox, null);
      has.inbox ||= this.#isFull(waiting);
      take(await inboxArrivals({ store, transfer, partition, now }, this.#policy, waiting));
    }
    if (!has.feed) return { arrivals, rows, next: checkpoint };
    has.feed = false;
    const taken = await this.#takeIn(checkpoint, now);
    has.feed ||= taken !== null;
    has.inbox ||= taken?.hasBrought === true;
    if (taken) take(taken);
    return { arrivals, rows, next: taken?.next ?? checkpoint };
  }

  /** What there is stays where it is until it is resumed. @throws StoreUnavailable */
  async #isPaused(): Promise<boolean> {
    const { pauses, ending, onNews } = this.#tools;
    const { name } = this.#policy;
    if (this.#isWaiting) return true;
    this.#isWaiting = (await pauses.paused()).has(name);
    if (!this.#isWaiting) return false;
    void pauses.untilResumed(name, ending).then(() => {
      this.#isWaiting = false;
      onNews();
    });
    return true;
  }

  /** `null` where there is nothing, or its instances' partitions are out of reach for now. */
  async #takeIn(checkpoint: number, now: () => string): Promise<Taken | null> {
    const { runtime, limits, ending } = this.#tools;
    try {
      const taken = await takeIn({ ...this.#tools, now }, this.#policy, checkpoint);
      this.#failures = 0;
      return taken;
    } catch (error) {
      if (!(error instanceof StoreUnavailable || isOfNewerCode(error))) throw error;
      // What else there is to do is not held up by it.
      const waitMs = backoffMs(runtime, limits, this.#failures++);
      void runtime.sleep(waitMs, ending).then(() => this.feed());
      return null;
    }
  }

  #scan(table: string, until: 'now' | null): Promise<readonly WorkRow[]> {
    const { store, partition, limits } = this.#tools;
    return store.scan(partition, table, { after: null, until, limit: limits.batchMessagesMax });
  }

  /** Whether there may be more rows than were read. */
  #isFull(rows: readonly WorkRow[]): boolean {
    return rows.length >= this.#tools.limits.batchMessagesMax;
  }
}
