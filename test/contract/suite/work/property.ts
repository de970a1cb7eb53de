import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Address } from '../../../../src/engine/address.ts';
import type { Store } from '../../../../src/engine/store.ts';
import type { RowWrite, Subscriber, Survey, WorkStep } from '../../../../src/engine/work-store.ts';
import { act, fetchOf, newActorIn, record, type StoreUnderTest, unique } from '../draft.ts';
import { type Action, action, KEYS, type Rows } from './actions.ts';
import { at, type Held, hold, item, NEXT, newFence, row, scanAll, stepOf } from './draft.ts';
import { WorkModel } from './model.ts';

const PARTITION = 0;
const RUNS = 40;
const STEPS_MAX = 50;
/** `SEED=… npx vitest run test/contract` repeats a run. */
const SEED = Number(process.env.SEED ?? 20_251_123);
/** One run: names of its own in a store that others have used, and the model of it. */
class Run {
  readonly #tag = unique('run');
  readonly #tables = [unique('at'), unique('next')];
  readonly #owners = [newActorIn(PARTITION), newActorIn(PARTITION)];
  readonly #actors = [newActorIn(PARTITION), newActorIn(PARTITION)];
  readonly #model: WorkModel;
  #lastStep: WorkStep | null = null;

  private constructor(
    private readonly store: Store,
    private readonly held: Held,
    private readonly subscribers: readonly string[],
    { head, trimmed }: Survey,
  ) {
    this.#model = new WorkModel(held.fence, head, trimmed);
  }

  static async begin(store: Store): Promise<Run> {
    const subscribers = [unique('subscriber'), unique('subscriber')];
    const held = await hold(store, PARTITION);
    const run = new Run(store, held, subscribers, await store.survey(PARTITION, []));
    for (const index of subscribers.keys()) await run.#subscribe(index, 'beginning');
    return run;
  }

  async take(next: Action): Promise<void> {
    switch (next.kind) {
      case 'step':
        return this.#step(next);
      case 'post':
        return this.#post(next);
      case 'transfer':
        return this.#transfer(next);
      case 'append':
        return this.#append(next);
      case 'trim':
        return this.#trim(this.#model.head - next.before);
      case 'subscribe':
        return this.#subscribe(next.index, next.from);
      case 'unsubscribe':
        return this.#unsubscribe(next.index);
      case 'clear':
        return this.#clear(next);
      case 'trail':
        return this.#trail(next);
      case 'scan':
        return this.#scan(this.#table(next.table), next.from, next.limit);
      case 'look':
        return this.look();
    }
  }

  async #step(next: Extract<Action, { kind: 'step' }>): Promise<void> {
    const step = this.#draft(next);
    if (next.turn !== 'fenced') this.#lastStep = step;
    const expected = this.#model.step(step);
    const reply = await this.store.step(step);
    expect(reply).toEqual(expected);
  }

  async #append({ actor: index, records }: Extract<Action, { kind: 'append' }>): Promise<void> {
    const actor = this.#actor(index);
    const bodies = Array.from({ length: records }, () => JSON.stringify(unique('record')));
    const { position } = await act(this.store, actor, { state: '{}', records: bodies.map(record) });
    expect(position).toBe(this.#model.append(actor.id, bodies));
  }

  async #trim(through: number): Promise<void> {
    const { trimmed } = this.#model;
    const end = this.#model.trim(through);
    for (let reached = trimmed; ; ) {
      const next = await this.store.trim(PARTITION, through);
      expect(next).toBeGreaterThanOrEqual(reached);
      expect(next).toBeLessThanOrEqual(end);
      if (next === reached) break;
      reached = next;
    }
    expect((await this.store.survey(PARTITION, [])).trimmed).toBe(end);
  }

  async #subscribe(index: number, from: Subscriber['from']): Promise<void> {
    const subscriber = { name: this.subscribers[index] ?? '', from };
    await this.store.subscribe([subscriber]);
    this.#model.subscribe(subscriber);
  }

  async #unsubscribe(index: number): Promise<void> {
    const name = this.subscribers[index] ?? '';
    await this.store.unsubscribe(name);
    this.#model.unsubscribe(name);
  }

  async #clear({ owner, limit }: Extract<Action, { kind: 'clear' }>): Promise<void> {
    const ref = { actor: this.#owner(owner), collection: 'entries' };
    let left = this.#model.entries(ref.actor.id, ref.collection).length;
    for (let hasMore = true; hasMore; left = Math.max(0, left - limit)) {
      hasMore = await this.store.clear(ref, { rank: this.#tag, limit });
      expect(hasMore).toBe(left > limit);
    }
    this.#model.clear(ref.actor.id, ref.collection);
  }

  async #trail({ actor, from, limit }: Extract<Action, { kind: 'trail' }>): Promise<void> {
    const { id } = this.#actor(actor);
    const start = from === null ? null : Math.max(0, this.#model.head + 1 - from);
    const trail = await this.store.trail(this.#actor(actor), start, limit);
    expect(trail).toEqual(this.#model.trail(id, start, limit));
  }

  #draft({ turn, moves, rows: written }: Extract<Action, { kind: 'step' }>): WorkStep {
    if (turn === 'again' && this.#lastStep !== null) return this.#lastStep;
    const held = turn === 'fenced' ? { ...this.held, fence: newFence() } : this.held;
    return stepOf(held, {
      checkpoints: moves.map(({ by, isStale }, index) => {
        const subscriber = this.subscribers[index] ?? '';
        const stands = this.#model.checkpoints[subscriber] ?? 0;
        return { subscriber, expected: isStale && by > 1 ? stands + 1 : stands, next: stands + by };
      }),
      rows: this.#rows(written),
    });
  }

  async #post({ expected, rows: written }: Extract<Action, { kind: 'post' }>): Promise<void> {
    const post = {
      partition: PARTITION,
      expected: expected.map(({ table, key: name, isRight }) => {
        const stands = this.#model.body(this.#table(table), name);
        const body = isRight ? stands : stands === null ? '0' : null;
        return { table: this.#table(table), key: name, body };
      }),
      rows: this.#rows(written),
    };
    expect(await this.store.post(post)).toBe(this.#model.post(post));
  }

  async #transfer(next: Extract<Action, { kind: 'transfer' }>): Promise<void> {
    const items = next.items.map(({ rows: written, entries: brought }, index) =>
      item(next.from + index + 1, {
        rows: this.#rows(written),
        entries: brought.map(({ owner, key: name, at: time, value }) => ({
          owner: this.#owner(owner),
          rank: this.#tag,
          collection: 'entries',
          key: name,
          at: time,
          value: time === null || value === null ? null : String(value),
        })),
      }),
    );
    const transfer = { partition: PARTITION, cursor: `${this.#tag} ${next.cursor}`, items };
    this.#model.transfer(transfer);
    await this.store.transfer(transfer);
  }

  /** A page that begins behind one of the rows, or at the first. */
  async #scan(table: string, from: number, limit: number): Promise<void> {
    const all = await scanAll(this.store, PARTITION, table);
    const after = from === 0 ? null : (all[from - 1] ?? null);
    const page = await this.store.scan(PARTITION, table, { after, until: null, limit: limit + 1 });
    const start = after === null ? 0 : from;
    expect(page).toEqual(all.slice(start, start + limit + 1));
    if (after === null) return;
    const back = { after, until: null, limit: limit + 1, isReverse: true };
    const before = all.slice(Math.max(0, from - 2 - limit), from - 1).reverse();
    expect(await this.store.scan(PARTITION, table, back)).toEqual(before);
    const until = await this.store.scan(PARTITION, table, {
      after: null,
      until: after.order,
      limit: 9,
    });
    expect(until).toEqual(all.filter(({ order }) => order <= after.order));
  }

  /** All there is. */
  async look(): Promise<void> {
    const survey = await this.store.survey(PARTITION, this.#tables);
    const { checkpoints, head, trimmed } = this.#model;
    expect(survey).toMatchObject({ head, trimmed });
    expect(survey.checkpoints).toEqual(checkpoints);
    const feed = await this.store.readFeed(PARTITION, 0, 1_000);
    expect(feed).toEqual(
      this.#model.feed.map(({ actor: id, ...rest }) => ({ actor: `account:${id}`, ...rest })),
    );
    const { tables } = survey;
    for (const [index, table] of this.#tables.entries()) {
      const expected = this.#model.scan(table);
      const scanned = await scanAll(this.store, PARTITION, table);
      expect(withoutOrder(scanned)).toEqual(withoutOrder(expected));
      if (index === 0) expect(scanned).toEqual(expected);
      expect(tables[index]).toEqual({
        rows: this.#model.size(table),
        ordered: expected.length,
        first: scanned[0] ?? null,
      });
      const bodies = KEYS.map((name) => this.#model.body(table, name));
      expect(await this.store.rows(PARTITION, table, KEYS)).toEqual(bodies);
      const orders = KEYS.map((name) => scanned.find(({ key }) => key === name)?.order ?? null);
      expect(await this.store.orders(PARTITION, table, KEYS)).toEqual(orders);
    }
    expect(await this.store.ranking(this.#tag, 9)).toEqual(this.#model.ranking('entries'));
    for (const actor of this.#owners) {
      const expected = this.#model.entries(actor.id, 'entries');
      const collection = { actor, collection: 'entries' };
      expect(await this.store.page(collection, { limit: 9, after: null })).toEqual(expected);
      const { sizes } = await fetchOf(this.store, { sizes: [collection] });
      expect(sizes).toEqual([expected.length]);
    }
  }

  /** Leaves nothing that later runs would see. */
  async end(): Promise<void> {
    for (const index of this.subscribers.keys()) await this.#unsubscribe(index);
    await this.#trim(this.#model.head);
  }

  #actor(index: number): Address {
    const actor = this.#actors[index];
    if (actor === undefined) throw new RangeError(`no actor ${index}`);
    return actor;
  }

  #rows(written: Rows): RowWrite[] {
    return written.map(({ table, key: name, body, order }) => {
      const place = order === null ? null : table === 0 ? at(order) : NEXT;
      return row(this.#table(table), name, body === null ? null : String(body), place);
    });
  }

  #table(index: number): string {
    return this.#tables[index] ?? '';
  }

  #owner(index: number): Address {
    const owner = this.#owners[index];
    if (owner === undefined) throw new RangeError(`no owner ${index}`);
    return owner;
  }
}

function withoutOrder(scanned: readonly { readonly key: string; readonly body: string }[]) {
  return scanned.map(({ key: name, body }) => ({ key: name, body }));
}

/** Steps, posts and transfers leave what a plain model of them has, in whatever order they come. */
export function workPropertyContract(store: StoreUnderTest): void {
  test(`takes random background work as a plain model does (SEED=${SEED})`, async () => {
    const actions = fc.array(action, { maxLength: STEPS_MAX, size: 'max' });
    await fc.assert(
      fc.asyncProperty(actions, async (taken) => {
        const run = await Run.begin(store());
        for (const next of taken) await run.take(next);
        await run.look();
        await run.end();
      }),
      { seed: SEED, numRuns: RUNS },
    );
  });
}
