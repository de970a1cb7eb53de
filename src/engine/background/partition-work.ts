import type { NamedGeneration } from '../generations/generations.ts';
import type { Fence, RestReply } from '../work-store.ts';
import { insist } from './backoff.ts';
import { FeedWindow } from './feed-window.ts';
import { INDEX_TABLES, Indexer } from './indexer.ts';
import type { Held } from './leases.ts';
import { PolicyRunner } from './policy-runner.ts';
import { Projector } from './projector.ts';
import { Signal } from './signal.ts';
import { StepWriter } from './step-writer.ts';
import type { PassesFeed } from './subscriber.ts';
import type { BackgroundTools } from './tools.ts';
import { type BringOver, transferring } from './transferring.ts';

type Looked = Extract<RestReply, { kind: 'looked' }>;

/** The background work of one partition, for as long as its lease is held. */
export class PartitionWork implements Held {
  readonly #tools: BackgroundTools;
  readonly #partition: number;
  readonly #fence: Fence;
  readonly #epoch: number;
  readonly #onFenced: () => void;
  readonly #writer: StepWriter;
  readonly #transfer: BringOver;
  readonly #news = new Signal();
  readonly #progress = new Signal();
  readonly #ending = new AbortController();
  readonly #run: Promise<void>;
  #policies: readonly PolicyRunner[] = [];
  #projectors: readonly Projector[] = [];
  #indexer: Indexer | null = null;
  /** Those whose read model nobody reads any more: resolves when they have ended. */
  #ended: Promise<unknown> = Promise.resolve();
  /** When something is due, by the monotonic clock. */
  #dueAt = Number.POSITIVE_INFINITY;

  /** @param onFenced told once when the fence no longer holds */
  constructor(tools: BackgroundTools, partition: number, fence: Fence, onFenced: () => void) {
    this.#tools = tools;
    this.#partition = partition;
    this.#fence = fence;
    this.#onFenced = onFenced;
    this.#epoch = tools.store.epoch();
    this.#writer = new StepWriter(tools, partition, fence, onFenced);
    this.#transfer = transferring(tools.store);
    this.#run = this.#work();
  }

  wake(): void {
    this.#news.set();
  }

  async stop(): Promise<void> {
    this.#ending.abort();
    this.#news.set();
    this.#progress.set();
    // Steps end first: what the parts wait for is answered.
    await this.#writer.end();
    await this.#run;
    await Promise.all([...this.#subscribers, this.#indexer].map((each) => each?.stop()));
    await this.#ended;
  }

  get #subscribers(): readonly PassesFeed[] {
    return [...this.#policies, ...this.#projectors];
  }

  async #work(): Promise<void> {
    const { signal } = this.#ending;
    const begun = await this.#insist(() => this.#begin());
    if (!begun) return;
    while (!signal.aborted) {
      const waitMs = await this.#insist(() => this.#cycle(begun));
      if (waitMs !== null && waitMs > 0 && !signal.aborted) {
        await this.#news.waitFor(this.#tools.runtime, waitMs);
        await this.#linger();
      }
    }
  }

  /** Where the index alone passes records it can wait, so that what comes is read together. */
  async #linger(): Promise<void> {
    const { runtime, limits } = this.#tools;
    if (this.#subscribers.length > 0) return;
    await runtime.sleep(limits.indexLingerMs, this.#ending.signal);
  }

  /** Reads on, has what was read passed, and looks. @returns how long to wait for news, in ms */
  async #cycle(window: FeedWindow): Promise<number> {
    const leave = await this.#tools.turnstile.enter();
    try {
      if (this.#ending.signal.aborted) return 0;
      await this.#followGenerations(window);
      if (await window.fill()) {
        for (const subscriber of this.#subscribers) subscriber.feed();
        this.#indexer?.feed();
        await this.#allPassed();
        const near = this.#subscribers.filter(({ isAside }) => !isAside);
        const passed = near.map(({ checkpoint }) => checkpoint);
        window.trim(Math.min(...passed, this.#indexer?.holdsAt ?? window.end));
      }
      return await this.#look(window.end);
    } finally {
      leave();
    }
  }

  /** Finds where the subscribers are, and starts them. `null` when fenced. */
  async #begin(): Promise<FeedWindow | null> {
    const looked = await this.#rest(-1);
    if (!looked) return null;
    const { store, limits, policies, generations } = this.#tools;
    const projected = (await generations.view()).projected();
    const at = (name: string) => looked.checkpoints[name] ?? 0;
    const names = [
      ...policies.map(({ name }) => name),
      ...projected.map((each) => each.subscriber),
    ];
    // Where the foremost is; a checkpoint that was set by hand may lie beyond the head.
    const foremost = names.length === 0 ? looked.head : Math.max(...names.map(at));
    const from = Math.min(looked.head, foremost);
    const window = new FeedWindow(store, this.#partition, limits, from);
    const tools = this.#toolsWith(window);
    this.#policies = policies.map(
      (policy) => new PolicyRunner(tools, policy, at(policy.name), looked.head),
    );
    this.#projectors = projected.map((each) => new Projector(tools, each, at(each.subscriber)));
    for (const subscriber of this.#subscribers) subscriber.start();
    this.#indexer = new Indexer(tools);
    return window;
  }

  #toolsWith(window: FeedWindow) {
    return {
      ...this.#tools,
      partition: this.#partition,
      window,
      writer: this.#writer,
      transfer: this.#transfer,
      due: (ms: number) => this.#due(ms),
      passed: () => this.#progress.set(),
    };
  }

  /** Takes up read models that came to be, and ends those that nobody reads any more. */
  async #followGenerations(window: FeedWindow): Promise<void> {
    const { store, generations } = this.#tools;
    const projected = (await generations.view()).projected();
    const isThere = ({ name }: Projector) =>
      projected.some(({ subscriber }) => subscriber === name);
    const gone = this.#projectors.filter((projector) => !isThere(projector));
    this.#projectors = this.#projectors.filter(isThere);
    // What they wait for from the store holds up nobody.
    for (const projector of gone) this.#ended = Promise.all([this.#ended, projector.stop()]);
    const isNew = ({ subscriber }: NamedGeneration) =>
      this.#projectors.every(({ name }) => name !== subscriber);
    const added = projected.filter(isNew);
    if (added.length === 0) return;
    const { checkpoints } = await store.survey(this.#partition, []);
    for (const each of added) {
      const projector = new Projector(
        this.#toolsWith(window),
        each,
        checkpoints[each.subscriber] ?? 0,
      );
      this.#projectors = [...this.#projectors, projector];
      projector.start();
    }
  }

  /** Looks at the partition. @returns how long to wait for news, in milliseconds; 0: not at all */
  async #look(head: number): Promise<number> {
    const before = this.#subscribers.map((subscriber) =>
      isStill(subscriber) ? subscriber.checkpoint : null,
    );
    const looked = await this.#rest(head);
    if (!looked) return 0;
    const { limits, runtime } = this.#tools;
    let firstDue = Number.POSITIVE_INFINITY;
    let place = 0;
    for (const [index, subscriber] of this.#subscribers.entries()) {
      const { name, tables, checkpoint } = subscriber;
      const firsts = looked.firsts.slice(place, place + tables.length);
      place += tables.length;
      // The inbox has no times: its first place counts as long past.
      for (const order of firsts)
        if (order !== null && order > looked.now) firstDue = Math.min(firstDue, order);
      if (firsts.some((order) => order !== null)) subscriber.look({ now: looked.now, firsts });
      const stored = looked.checkpoints[name] ?? 0;
      const stoodStill = isStill(subscriber) && before[index] === checkpoint;
      if (stoodStill && stored !== checkpoint) subscriber.moveTo(stored);
    }
    this.#indexer?.look(looked.now, looked.firsts.slice(place));
    if (!looked.resting) return 0;
    this.#dueAt = runtime.monotonic() + firstDue - looked.now;
    return Math.max(1, Math.min(limits.lookMs, firstDue - looked.now));
  }

  async #rest(head: number): Promise<Looked | null> {
    const tables = this.#tools.policies.flatMap(({ tables: { inbox, timer, retry } }) => [
      inbox,
      timer,
      retry,
    ]);
    const looks = [...tables, ...INDEX_TABLES];
    const request = { partition: this.#partition, fence: this.#fence, head, tables: looks };
    const { store } = this.#tools;
    const looked = await store.rest(request);
    // A feed that is shorter than it was lost its end: nothing kept in memory is trusted then.
    const isSame = store.epoch() === this.#epoch;
    if (isSame && looked.kind === 'looked' && looked.head >= head) return looked;
    this.#ending.abort();
    this.#onFenced();
    return null;
  }

  /** Waits until nobody is busy, though not for ever, and has what they did written. */
  async #allPassed(): Promise<void> {
    const { runtime, limits } = this.#tools;
    const until = runtime.monotonic() + limits.cycleMsMax;
    this.#writer.flush();
    while (this.#isWaitedFor() && !this.#ending.signal.aborted) {
      const leftMs = until - runtime.monotonic();
      if (leftMs <= 0) break;
      await this.#progress.waitFor(runtime, leftMs);
    }
    this.#writer.flush();
  }

  #isWaitedFor(): boolean {
    return this.#subscribers.some(({ isBusy, isAside }) => isBusy && !isAside);
  }

  /** Something is due in so many milliseconds: perhaps before what was known. */
  #due(ms: number): void {
    const now = this.#tools.runtime.monotonic();
    const isPlanned = now < this.#dueAt && this.#dueAt <= now + ms;
    if (isPlanned) return;
    this.#dueAt = now + ms;
    this.#news.set();
  }

  #insist<T>(attempt: () => Promise<T>): Promise<T | null> {
    return insist(this.#tools, this.#ending.signal, attempt, (error) => {
      const fields = { err: error, partition: this.#partition };
      this.#tools.log.error(fields, 'the background work of a partition cannot go on');
    });
  }
}

/** Whether its checkpoint in the store is as it says. */
function isStill({ isBusy, isWriting }: PassesFeed): boolean {
  return !isBusy && !isWriting;
}
