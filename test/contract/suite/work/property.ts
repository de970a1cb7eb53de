import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Address } from '../../../../src/engine/address.ts';
import type { Store } from '../../../../src/engine/store.ts';
import type { RowWrite, WorkStep } from '../../../../src/engine/work-store.ts';
import { fetchOf, newActorIn, type StoreUnderTest, unique } from '../draft.ts';
import { at, type Held, hold, item, NEXT, newFence, row, scanAll, stepOf } from './draft.ts';
import { WorkModel } from './model.ts';

const PARTITION = 0;
const RUNS = 40;
const STEPS_MAX = 50;
/** `SEED=… npx vitest run test/contract` repeats a run. */
const SEED = Number(process.env.SEED ?? 20_251_123);
const KEYS = ['0', '1', '2', '3', '4'];

const small = fc.nat({ max: 3 });
const key = fc.constantFrom(...KEYS);
/** The first table has given orders, the second the next ones. */
const tableIndex = fc.nat({ max: 1 });
const rows = fc.uniqueArray(
  fc.record({
    table: tableIndex,
    key,
    body: fc.option(small, { freq: 3 }),
    order: fc.option(small, { freq: 4 }),
  }),
  { maxLength: 4, selector: (write) => `${write.table} ${write.key}` },
);
const entries = fc.array(
  fc.record({ owner: fc.nat({ max: 1 }), key, at: fc.option(small), value: fc.option(small) }),
  { maxLength: 3 },
);
const action = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant('step' as const),
      /** A new one, the one before sent once more, or one of a former holder. */
      turn: fc.constantFrom('new', 'new', 'new', 'again', 'fenced'),
      /** By subscriber: how far it moves, and whether from where it stands. */
      moves: fc.array(fc.record({ by: small, isStale: fc.boolean() }), { maxLength: 2 }),
      rows,
    }),
  },
  fc.record({
    kind: fc.constant('post' as const),
    expected: fc.uniqueArray(
      fc.record({ table: tableIndex, key, isRight: fc.constantFrom(true, true, true, false) }),
      { maxLength: 2, selector: (each) => `${each.table} ${each.key}` },
    ),
    rows,
  }),
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant('transfer' as const),
      cursor: fc.nat({ max: 1 }),
      from: fc.nat({ max: 20 }),
      items: fc.array(fc.record({ rows, entries }), { maxLength: 3 }),
    }),
  },
  fc.record({ kind: fc.constant('scan' as const), table: tableIndex, from: small, limit: small }),
  fc.record({ kind: fc.constant('look' as const) }),
);
type Action = typeof action extends fc.Arbitrary<infer T> ? T : never;
type Rows = typeof rows extends fc.Arbitrary<infer T> ? T : never;

/** One run: names of its own in a store that others have used, and the model of it. */
class Run {
  readonly #tag = unique('run');
  readonly #tables = [unique('at'), unique('next')];
  readonly #owners = [newActorIn(PARTITION), newActorIn(PARTITION)];
  readonly #model: WorkModel;
  #lastStep: WorkStep | null = null;

  private constructor(
    private readonly store: Store,
    private readonly held: Held,
    private readonly subscribers: readonly string[],
  ) {
    const checkpoints = Object.fromEntries(subscribers.map((name) => [name, 0]));
    this.#model = new WorkModel(held.fence, checkpoints);
  }

  static async begin(store: Store): Promise<Run> {
    const subscribers = [unique('subscriber'), unique('subscriber')];
    await store.subscribe(subscribers.map((name) => ({ name, from: 'beginning' as const })));
    return new Run(store, await hold(store, PARTITION), subscribers);
  }

  async take(next: Action): Promise<void> {
    switch (next.kind) {
      case 'step':
        return this.#step(next);
      case 'post':
        return this.#post(next);
      case 'transfer':
        return this.#transfer(next);
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
    // Other runs have left subscribers of their own.
    if (expected.kind === 'moved') expect(reply).toMatchObject(expected);
    else expect(reply).toEqual(expected);
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
    const until = await this.store.scan(PARTITION, table, {
      after: null,
      until: after.order,
      limit: 9,
    });
    expect(until).toEqual(all.filter(({ order }) => order <= after.order));
  }

  /** All there is. */
  async look(): Promise<void> {
    const { checkpoints, tables } = await this.store.survey(PARTITION, this.#tables);
    expect(checkpoints).toMatchObject(this.#model.checkpoints);
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
      }),
      { seed: SEED, numRuns: RUNS },
    );
  });
}
