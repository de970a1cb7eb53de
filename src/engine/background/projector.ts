import { type ProjectionDefinition, rankingOf, upcast } from '../../define/index.ts';
import { findNonJson } from '../../define/json.ts';
import { actorKey, partitionOf } from '../address.ts';
import { MachineFault } from '../driver.ts';
import type { Generations, NamedGeneration } from '../generations/generations.ts';
import { typeOf } from '../generations/row.ts';
import { eventId } from '../record.ts';
import type { Store } from '../store.ts';
import type { TransferItem } from '../work-store.ts';
import { insist } from './backoff.ts';
import type { FeedWindow, PassedRecord } from './feed-window.ts';
import { infoOf } from './intake.ts';
import { Signal } from './signal.ts';
import type { StepTools, StepWriter, Written } from './step-writer.ts';
import type { PassesFeed } from './subscriber.ts';
import type { BringOver } from './transferring.ts';
import type { Turnstile } from './turnstile.ts';

export interface ProjectorTools extends StepTools {
  readonly store: Store;
  readonly generations: Generations;
  readonly backfills: Turnstile;
  readonly partition: number;
  readonly window: FeedWindow;
  readonly writer: StepWriter;
  readonly transfer: BringOver;
  /** Told when it is busy no longer. */
  readonly passed: () => void;
}

type Entry = TransferItem['entries'][number];

/**
 * Runs one generation of a projection on one partition. What it writes lies in the partitions of the read model's
 * owners; beside it stands the position that it came from, so that each event changes the read
 * model once. Its checkpoint moves when all of that is written.
 */
export class Projector implements PassesFeed {
  readonly tables = [];
  readonly #tools: ProjectorTools;
  readonly #projection: ProjectionDefinition;
  /** Where what it writes lies. */
  readonly #place: { readonly type: string; readonly rank: string | null };
  readonly name: string;
  readonly #news = new Signal();
  readonly #ending = new AbortController();
  /** Nobody reads it yet, and it has not come to the end of the feed. */
  #isCatchingUp: boolean;
  #checkpoint: number;
  #isBusy = false;
  /** It was fed, and has not begun with it. */
  #isCalled = false;
  #isWriting = false;
  #run: Promise<void> | null = null;

  constructor(
    tools: ProjectorTools,
    { projection, generation, subscriber }: NamedGeneration,
    checkpoint: number,
  ) {
    const { model } = projection;
    const type = typeOf(model.aggregate, generation.number);
    this.#tools = tools;
    this.#projection = projection;
    this.#place = { type, rank: rankingOf(model) === null ? null : type };
    this.name = subscriber;
    this.#isCatchingUp = generation.phase === 'building';
    this.#checkpoint = checkpoint;
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

  get isAside(): boolean {
    this.#isCatchingUp &&= !this.#tools.window.holds(this.#checkpoint);
    return this.#isCatchingUp;
  }

  start(): void {
    this.#run = this.#loop();
  }

  feed(): void {
    this.#isCalled = true;
    this.#news.set();
  }

  look(): void {}

  moveTo(checkpoint: number): void {
    this.#checkpoint = checkpoint;
    this.feed();
  }

  async stop(): Promise<void> {
    this.#ending.abort();
    this.#news.set();
    await this.#run;
  }

  async #loop(): Promise<void> {
    const { signal } = this.#ending;
    while (!signal.aborted) {
      const worked = await insist(this.#tools, signal, () => this.#turn(), this.#complain);
      if (worked === false) await this.#news.wait();
    }
  }

  readonly #complain = (error: unknown) => {
    const { log, partition } = this.#tools;
    log.error({ err: error, projection: this.name, partition }, 'a projection cannot go on');
  };

  /** One page, in its turn where others are not to wait for it. */
  async #turn(): Promise<boolean> {
    if (!this.isAside) return this.#once();
    const leave = await this.#tools.backfills.enter();
    try {
      return await this.#once();
    } finally {
      leave();
    }
  }

  /** One page. @returns whether there was one. @throws StoreUnavailable, and what a fold throws */
  async #once(): Promise<boolean> {
    const { window, transfer, partition, writer, passed } = this.#tools;
    this.#isBusy = true;
    this.#isCalled = false;
    try {
      const records = await window.after(this.#checkpoint);
      const next = records.at(-1)?.position;
      if (next === undefined) return false;
      if (this.#isCatchingUp && records[0]?.position !== this.#checkpoint + 1) {
        throw new Error(`what comes after position ${this.#checkpoint} was trimmed`);
      }
      const cursor = `${this.name}@${partition}`;
      const transfers = Array.from(this.#itemsOf(records), ([target, items]) =>
        transfer({ partition: target, cursor, items }),
      );
      await Promise.all(transfers);
      const checkpoint = { subscriber: this.name, expected: this.#checkpoint, next };
      const writing = writer.write({ checkpoint, rows: [], isUrgent: false });
      this.#isWriting = true;
      this.#isBusy = false;
      passed();
      await this.#written(await writing, next);
      return true;
    } finally {
      this.#isWriting = false;
      this.#isBusy = false;
      passed();
    }
  }

  async #written(written: Written, next: number): Promise<void> {
    if (written.kind === 'done') this.#checkpoint = next;
    if (written.kind === 'ended') this.#ending.abort();
    if (written.kind !== 'moved') return;
    const { store, partition, generations } = this.#tools;
    const { name } = this;
    if (written.checkpoint === null) {
      const view = await generations.look();
      // It was discarded, and this node did not know yet.
      if (!view.projected().some(({ subscriber }) => subscriber === name))
        return this.#ending.abort();
      await store.subscribe([{ name, from: 'beginning' }]);
    }
    this.#checkpoint = written.checkpoint ?? (await store.checkpoints(name))[partition] ?? 0;
  }

  /** What the records change, by the partition that it lies in. */
  #itemsOf(records: readonly PassedRecord[]): Map<number, TransferItem[]> {
    const items = new Map<number, TransferItem[]>();
    for (const passed of records) {
      const byPartition = new Map<number, Entry[]>();
      for (const entry of this.#entriesOf(passed)) {
        const target = partitionOf(actorKey(entry.owner), this.#tools.store.partitions);
        const entries = byPartition.get(target);
        if (entries) entries.push(entry);
        else byPartition.set(target, [entry]);
      }
      for (const [target, entries] of byPartition) {
        const item = { position: passed.position, rows: [], entries };
        const before = items.get(target);
        if (before) before.push(item);
        else items.set(target, [item]);
      }
    }
    return items;
  }

  *#entriesOf({ record }: PassedRecord): Generator<Entry> {
    const { on, folds, model } = this.#projection;
    const { type, rank } = this.#place;
    for (const [index, recorded] of record.events.entries()) {
      const definition = Object.hasOwn(on, recorded.type) ? on[recorded.type] : undefined;
      const fold = folds[recorded.type];
      if (!definition || !fold) continue;
      const { data } = upcast(definition, recorded);
      const event = infoOf(record, eventId(record.commandId, index));
      for (const { owner, change } of fold(data, event)) {
        if (!change) continue;
        const address = { type, id: owner };
        const place = {
          owner: address,
          collection: model.name,
          key: change.key,
          ...(rank !== null && { rank }),
        };
        if (change.op === 'remove') yield { ...place, at: null, value: null };
        else yield { ...place, at: timeOf(change.since), value: textOf(change.value) };
      }
    }
  }
}

function timeOf(since: string): number {
  const at = Date.parse(since);
  if (Number.isNaN(at)) throw new MachineFault(`since is no time: ${since}`);
  return at;
}

function textOf(value: unknown): string | null {
  if (value === null || value === undefined) return null;
  const found = findNonJson(value, 'value');
  if (found) throw new MachineFault(`${found.path}: ${found.reason}`);
  return JSON.stringify(value);
}
