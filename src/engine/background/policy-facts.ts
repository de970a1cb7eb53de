import type {
  Fact,
  Json,
  JsonObject,
  PagePlace,
  PolicyFact,
  PolicyFactMap,
} from '../../define/index.ts';
import { entryValue, FactPlan, type FactSlot, factValue } from '../facts.ts';
import { type Generations, typesFor } from '../generations/generations.ts';
import type { Store } from '../store.ts';

/** What facts are read with. */
export interface FactTools {
  readonly store: Store;
  readonly generations: Generations;
}

/** Facts that are found one by one. */
type LongFact = Extract<PolicyFact, { kind: 'page' | 'heads' | 'passed' }>;

/**
 * Reads the facts of several messages: views, entries and sizes of all in one round trip; pages
 * beside it, and heads and checkpoints, once however many messages ask for them.
 * @throws StoreUnavailable
 */
export async function readPolicyFacts(
  tools: FactTools,
  wanted: readonly PolicyFactMap[],
): Promise<readonly JsonObject[]> {
  const { store, generations } = tools;
  const short = wanted.flatMap((facts) => Object.values(facts).filter(isShort));
  const plan = new FactPlan(null, await typesFor(generations, short));
  const slots: { readonly slot: FactSlot; readonly message: number }[] = [];
  const long: { readonly name: string; readonly fact: LongFact; readonly message: number }[] = [];
  for (const [message, facts] of wanted.entries()) {
    for (const [name, fact] of Object.entries(facts)) {
      if (fact === undefined) continue;
      if (!isShort(fact)) long.push({ name, fact, message });
      else for (const slot of plan.add({ [name]: fact })) slots.push({ slot, message });
    }
  }
  const { views, entries, sizes } = plan;
  const feeds = new Feeds(tools);
  const found: Record<string, Json>[] = wanted.map(() => ({}));
  const set = (message: number, name: string, value: Json) => {
    const facts = found[message];
    if (facts) facts[name] = value;
  };
  await Promise.all([
    ...(slots.length === 0
      ? []
      : [
          store.fetch({ pointers: [], actor: null, views, entries, sizes }).then((reply) => {
            for (const { slot, message } of slots) set(message, slot.name, factValue(slot, reply));
          }),
        ]),
    ...long.map(async ({ name, fact, message }) =>
      set(message, name, await readLong(tools, feeds, fact)),
    ),
  ]);
  return found;
}

function isShort(fact: PolicyFact): fact is Fact {
  return fact.kind !== 'page' && fact.kind !== 'heads' && fact.kind !== 'passed';
}

/** How far the feeds are, and those who follow them: each is asked of all partitions once. */
class Feeds {
  readonly #tools: FactTools;
  #heads: Promise<readonly number[]> | null = null;
  readonly #passed = new Map<string, Promise<readonly (readonly number[])[]>>();

  constructor(tools: FactTools) {
    this.#tools = tools;
  }

  heads(): Promise<readonly number[]> {
    this.#heads ??= this.#tools.store.heads();
    return this.#heads;
  }

  /** The checkpoints of a projection's generations that serve. */
  passed(projection: string): Promise<readonly (readonly number[])[]> {
    const known = this.#passed.get(projection) ?? this.#readPassed(projection);
    this.#passed.set(projection, known);
    return known;
  }

  async #readPassed(projection: string): Promise<readonly (readonly number[])[]> {
    const { store, generations } = this.#tools;
    const serving = (await generations.view()).serving(projection);
    return Promise.all(serving.map((name) => store.checkpoints(name)));
  }
}

async function readLong(tools: FactTools, feeds: Feeds, fact: LongFact): Promise<Json> {
  switch (fact.kind) {
    case 'heads':
      return feeds.heads();
    case 'passed':
      return (await feeds.passed(fact.projection)).every((checkpoints) =>
        fact.heads.every((head, partition) => (checkpoints[partition] ?? 0) >= head),
      );
    case 'page':
      return readPage(tools, fact);
  }
}

async function readPage(
  { store, generations }: FactTools,
  fact: Extract<LongFact, { kind: 'page' }>,
): Promise<Json> {
  const { collection, id, limit, after } = fact;
  const type = await generations.typeOf(collection.aggregate);
  const ref = { actor: { type, id }, collection: collection.name };
  const rows = await store.page(ref, { limit: limit + 1, after: after && rowPlace(after) });
  const items = rows.slice(0, limit).map((row) => entryValue(row));
  const last = items.at(-1);
  const next = rows.length > limit && last ? { since: last.since, key: last.key } : null;
  return { items, next };
}

function rowPlace({ since, key }: PagePlace): { at: number; key: string } {
  return { at: Date.parse(since), key };
}
