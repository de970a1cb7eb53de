import type { Arrival } from './arrival.ts';
import { insist } from './backoff.ts';
import { Batch, type BatchTools } from './batch.ts';
import type { BatchResult } from './batch-writes.ts';
import { Effects } from './effects.ts';
import type { FeedWindow } from './feed-window.ts';
import { Instances } from './instance-cache.ts';
import type { Pauses } from './pauses.ts';
import type { PolicyRuntime } from './policy-runtime.ts';
import { Relay, type RelayTools } from './relay.ts';
import { Signal } from './signal.ts';
import { type Gathered, Sources } from './sources.ts';
import type { Contribution, Written } from './step-writer.ts';
import type { Looked, PassesFeed } from './subscriber.ts';
import type { BringOver } from './transferring.ts';

export interface RunnerTools
  extends Omit<RelayTools, 'arrive' | 'onRoom'>,
    Omit<BatchTools, 'policy'> {
  readonly transfer: BringOver;
  readonly window: FeedWindow;
  readonly pauses: Pauses;
  /** Something is due in so many milliseconds. */
  readonly due: (ms: number) => void;
  /** Told when it is busy no longer. */
  readonly passed: () => void;
}

/** Runs one policy on one partition, batch after batch. */
export class PolicyRunner implements PassesFeed {
  readonly tables: readonly string[];
  readonly isAside = false;
  readonly #tools: RunnerTools;
  readonly #policy: PolicyRuntime;
  readonly #sources: Sources;
  readonly #relay: Relay;
  readonly #effects: Effects;
  readonly #instances: Instances;
  readonly #news = new Signal();
  readonly #ending = new AbortController();
  #checkpoint: number;
  /** The last position that it can have taken, in an earlier holding of the lease too. */
  #taken: number;
  #isBusy = false;
  /** It was fed, and has not begun with it. */
  #isCalled = false;
  #isWriting = false;
  #run: Promise<void> | null = null;

  /** @param head of the feed when the lease was taken */
  constructor(tools: RunnerTools, policy: PolicyRuntime, checkpoint: number, head: number) {
    const { outboxCommandsMax } = tools.limits;
    this.#tools = tools;
    this.#policy = policy;
    this.#checkpoint = checkpoint;
    this.#taken = head;
    this.#sources = new Sources(
      {
        ...tools,
        hasRoom: () =>
          this.#relay.pending < outboxCommandsMax && this.#effects.pending < outboxCommandsMax,
        onNews: () => this.#news.set(),
        ending: this.#ending.signal,
      },
      policy,
    );
    const arrive = (arrival: Arrival) => this.#sources.arrive(arrival);
    this.#relay = new Relay({ ...tools, arrive, onRoom: () => this.#news.set() }, policy);
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
    this.#isCalled = true;
    this.#sources.feed();
  }

  look(looked: Looked): void {
    this.#sources.look(looked);
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

  #insist<T>(attempt: () => Promise<T>): Promise<T | null> {
    return insist(this.#tools, this.#ending.signal, attempt, (error) => {
      const { log, partition } = this.#tools;
      log.error({ err: error, policy: this.name, partition }, 'a policy cannot go on');
    });
  }

  /** One commit. @returns whether there was anything to do. @throws StoreUnavailable */
  async #once(): Promise<boolean> {
    const { writer, passed } = this.#tools;
    this.#isBusy = true;
    this.#isCalled = false;
    try {
      const gathered = await this.#sources.gather(this.#checkpoint);
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

  /** @throws StoreUnavailable */
  async #execute({ arrivals, results }: Gathered): Promise<BatchResult> {
    try {
      const instances = await this.#instances.read(arrivals, this.#taken);
      return await new Batch({ ...this.#tools, policy: this.#policy }, instances).run(arrivals);
    } catch (error) {
      this.#sources.again(results);
      throw error;
    }
  }

  /** What is to be written; `null` for nothing. */
  #contribution({ rows, next }: Gathered, result: BatchResult): Contribution | null {
    const written = [...rows, ...result.rows];
    const move = { subscriber: this.name, expected: this.#checkpoint, next };
    const checkpoint = next === this.#checkpoint ? null : move;
    if (!checkpoint && written.length === 0) return null;
    const isUrgent =
      result.commands.length > 0 || result.effects.length > 0 || result.dueMs !== null;
    return { checkpoint, rows: written, isUrgent };
  }

  async #written(written: Written, gathered: Gathered, result: BatchResult): Promise<void> {
    if (written.kind === 'ended') {
      this.#ending.abort();
      return;
    }
    if (written.kind === 'moved') {
      this.#sources.again(gathered.results);
      await this.#begin(written.checkpoint);
      return;
    }
    this.#checkpoint = gathered.next;
    this.#taken = Math.max(this.#taken, gathered.next);
    for (const instance of result.instances) this.#instances.set(instance);
    for (const key of result.endedEffects) this.#effects.end(key);
    this.#effects.add(result.effects);
    this.#relay.add(result.commands);
    // What was due hid when the next of its table is: that is looked for.
    const dueMs = gathered.arrivals.some(wasDue) ? 0 : result.dueMs;
    if (dueMs !== null) this.#tools.due(dueMs);
  }

  /** Somebody set the checkpoint, or took it away: begins where it is said to. */
  async #begin(checkpoint: number | null): Promise<void> {
    const { store, partition } = this.#tools;
    const { name, from } = this.#policy.definition;
    if (checkpoint === null) await store.subscribe([{ name, from }]);
    const found = checkpoint ?? (await store.checkpoints(name))[partition];
    this.moveTo(found ?? 0);
  }
}

/** Whether it came from a table whose rows have times. */
function wasDue(arrival: Arrival): boolean {
  if (!('message' in arrival)) return false;
  return arrival.queued !== undefined || arrival.message.kind === 'timer';
}
