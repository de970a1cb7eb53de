import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Address } from '../../../src/engine/address.ts';
import type { ActorRow, Claim, Commit, Store, TurnId } from '../../../src/engine/store.ts';
import { RECENT_TURNS } from '../../../src/engine/store.ts';
import {
  draft,
  entry,
  fetchOf,
  HOUR_MS,
  headOf,
  keyOf,
  newActorIn,
  newTurn,
  PARTITIONS,
  record,
  type StoreUnderTest,
  unique,
} from './draft.ts';
import { Model } from './model.ts';

const RUNS = 40;
const STEPS_MAX = 60;
const ACTORS = 3;
const COLLECTIONS = ['following', 'blocked'];
/** `SEED=… npx vitest run test/contract` repeats a run. */
const SEED = Number(process.env.SEED ?? 20_250_607);

const actorIndex = fc.nat({ max: ACTORS - 1 });
const small = fc.nat({ max: 3 });
const collection = fc.constantFrom(...COLLECTIONS);

const commitStep = fc.record({
  kind: fc.constant('commit' as const),
  actor: actorIndex,
  /** The last turn, an older one, none, or the turn before sent once more. */
  turn: fc.constantFrom('next', 'next', 'next', 'next', 'stale', 'first', 'again'),
  state: fc.option(small),
  view: fc.option(small),
  held: fc.option(fc.uniqueArray(small)),
  records: small,
  entries: fc.uniqueArray(
    fc.record({ collection, key: small, at: fc.option(small), value: fc.option(small) }),
    { maxLength: 4, selector: (write) => `${write.collection} ${write.key}` },
  ),
  replies: fc.uniqueArray(fc.nat({ max: 20 }), { maxLength: 2 }),
});
const step = fc.oneof(
  { weight: 5, arbitrary: commitStep },
  fc.record({ kind: fc.constant('fetch' as const), actor: actorIndex }),
  fc.record({
    kind: fc.constant('page' as const),
    actor: actorIndex,
    collection,
    limit: fc.integer({ min: 1, max: 3 }),
    after: fc.option(fc.record({ at: small, key: small.map(String) })),
  }),
  fc.record({
    kind: fc.constant('trail' as const),
    actor: actorIndex,
    from: fc.option(fc.nat({ max: 12 })),
    limit: fc.integer({ min: 1, max: 4 }),
  }),
  fc.record({ kind: fc.constant('reply' as const), actor: actorIndex, id: fc.nat({ max: 20 }) }),
  fc.record({
    kind: fc.constant('swap' as const),
    claim: small,
    expected: fc.option(small),
    next: fc.option(small),
  }),
  fc.record({ kind: fc.constant('fence' as const), actor: actorIndex, claim: small }),
);
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;
type CommitStep = Extract<Step, { kind: 'commit' }>;

/** One run: actors of its own in a store that others have used, and the model of them. */
class Run {
  readonly #model: Model;
  readonly #tag = unique('run');
  readonly #lastSent = new Map<Address, Commit>();

  private constructor(
    private readonly store: Store,
    private readonly actors: readonly Address[],
    private readonly heads: readonly number[],
  ) {
    this.#model = new Model([...heads]);
  }

  static async begin(store: Store): Promise<Run> {
    // Two actors share a partition, the third has another.
    const actors = [newActorIn(0), newActorIn(0), newActorIn(1)];
    const heads: number[] = [];
    for (let partition = 0; partition < PARTITIONS; partition++) {
      heads.push(await headOf(store, newActorIn(partition)));
    }
    return new Run(store, actors, heads);
  }

  async take(step: Step): Promise<void> {
    const { store } = this;
    switch (step.kind) {
      case 'commit':
        return this.#commit(step);
      case 'fetch':
        return this.#fetch(this.#actor(step.actor));
      case 'page': {
        const { collection, limit, after } = step;
        const actor = this.#actor(step.actor);
        expect(await store.page({ actor, collection }, { limit, after })).toEqual(
          this.#model.page(actor.id, collection, { limit, after }),
        );
        return;
      }
      case 'trail': {
        const actor = this.#actor(step.actor);
        const from = step.from === null ? null : step.from + (this.heads[this.#home(actor)] ?? 0);
        expect(await store.trail(actor, from, step.limit)).toEqual(
          this.#model.trail(actor.id, from, step.limit),
        );
        return;
      }
      case 'reply': {
        const actor = this.#actor(step.actor);
        const expected = this.#model.actor(actor.id).replies.get(String(step.id)) ?? null;
        expect(await store.reply(actor, String(step.id))).toEqual(expected);
        return;
      }
      case 'swap': {
        const claim = `${this.#tag} ${step.claim}`;
        const [expected, next] = [this.#claim(step.expected), this.#claim(step.next)];
        expect(await store.swapClaim(claim, expected, next)).toEqual(
          this.#model.swapClaim(claim, expected, next),
        );
        return;
      }
      case 'fence': {
        const actor = this.#actor(step.actor);
        const fence = newTurn();
        expect(await store.fenceClaim(keyOf(actor), String(step.claim), fence)).toBe(
          this.#model.fenceClaim(this.#home(actor), actor.id, String(step.claim), fence),
        );
      }
    }
  }

  async #commit(step: CommitStep): Promise<void> {
    const actor = this.#actor(step.actor);
    const commit = this.#draft(actor, step);
    this.#lastSent.set(actor, commit);
    const expected = this.#model.commit(this.#home(actor), commit);
    const reply = await this.store.commit(commit);
    if (reply.kind !== 'conflict' || expected.kind !== 'conflict') expect(reply).toEqual(expected);
    else expectRow(reply.actor, expected.actor);
  }

  #draft(actor: Address, step: CommitStep): Commit {
    const { recent } = this.#model.row(actor.id);
    const sent = this.#lastSent.get(actor);
    const isRecent = recent.slice(0, RECENT_TURNS).some(({ turnId }) => turnId === sent?.turnId);
    if (step.turn === 'again' && sent !== undefined && isRecent) return sent;
    const expected: TurnId | null =
      step.turn === 'first' ? null : (recent[step.turn === 'stale' ? 1 : 0]?.turnId ?? null);
    return draft(actor, newTurn(), expected, {
      state: step.state === null ? null : `{"s":${step.state}}`,
      view: step.view === null ? null : `{"v":${step.view}}`,
      held: step.held === null ? null : Object.fromEntries(step.held.map((name) => [name, 't'])),
      records: Array.from({ length: step.records }, (_, n) => record(`{"n":${n}}`)),
      recordCount: (recent[0]?.records ?? 0) + step.records,
      entries: step.entries.map(({ collection, key, at, value }) =>
        entry(collection, String(key), at, at === null || value === null ? null : String(value)),
      ),
      replies: step.replies.map((id, n) => ({
        commandId: String(id),
        body: `{"n":${n}}`,
        record: n < step.records ? n : null,
        ttlMs: HOUR_MS,
      })),
    });
  }

  async #fetch(actor: Address): Promise<void> {
    const keys = COLLECTIONS.flatMap((name) =>
      ['0', '1', '2', '3'].map((key) => ({ actor, collection: name, key })),
    );
    const fetched = await fetchOf(this.store, {
      actor,
      views: this.actors,
      entries: keys,
      sizes: COLLECTIONS.map((name) => ({ actor, collection: name })),
    });
    if (fetched.actor === null) throw new Error('the row is missing');
    expectRow(fetched.actor, this.#model.row(actor.id));
    expect(fetched.views).toEqual(this.actors.map(({ id }) => this.#model.actor(id).view));
    expect(fetched.entries).toEqual(
      keys.map(
        ({ collection, key }) =>
          this.#model.entries(actor.id, collection).find((row) => row.key === key) ?? null,
      ),
    );
    expect(fetched.sizes).toEqual(
      COLLECTIONS.map((name) => this.#model.entries(actor.id, name).length),
    );
  }

  #actor(index: number): Address {
    const actor = this.actors[index];
    if (actor === undefined) throw new RangeError(`no actor ${index}`);
    return actor;
  }

  #home(actor: Address): number {
    return actor === this.actors[2] ? 1 : 0;
  }

  #claim(index: number | null): Claim | null {
    if (index === null) return null;
    return { holder: keyOf(this.#actor(index % ACTORS)), token: `t${index}` };
  }
}

/** A store names the last turns, the model all of them. */
function expectRow(row: ActorRow, model: ActorRow): void {
  const count = row.recent.length;
  expect(count).toBeGreaterThanOrEqual(Math.min(RECENT_TURNS, model.recent.length));
  expect(row).toEqual({
    ...model,
    recent: model.recent.slice(0, count),
    recentIsAll: count === model.recent.length,
  });
}

/** The store and a plain model of it answer alike, whatever is asked in whatever order. */
export function propertyContract(store: StoreUnderTest): void {
  test(`answers random requests as a plain model does (SEED=${SEED})`, async () => {
    const steps = fc.array(step, { maxLength: STEPS_MAX, size: 'max' });
    await fc.assert(
      fc.asyncProperty(steps, async (taken) => {
        const run = await Run.begin(store());
        for (const next of taken) await run.take(next);
      }),
      { seed: SEED, numRuns: RUNS },
    );
  });
}
