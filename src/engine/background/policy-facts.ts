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
 * Reads the facts of several messages: views, entries and sizes of all in one round trip; pages,
 * heads and checkpoints beside it.
 * @throws StoreUnavailable
 */
export async function readPolicyFacts(
  { store, generations }: FactTools,
  wanted: readonly PolicyFactMap[],
): Promise<readonly JsonObject[]> {
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
      set(message, name, await readLong({ store, generations }, fact)),
    ),
  ]);
  return found;
}

function isShort(fact: PolicyFact): fact is Fact {
  return fact.kind !== 'page' && fact.kind !== 'heads' && fact.kind !== 'passed';
}

async function readLong({ store, generations }: FactTools, fact: LongFact): Promise<Json> {
  switch (fact.kind) {
    case 'heads':
      return store.heads();
    case 'passed': {
      const serving = (await generations.view()).serving(fact.projection);
      const all = await Promise.all(serving.map((name) => store.checkpoints(name)));
      return all.every((checkpoints) =>
        fact.heads.every((head, partition) => (checkpoints[partition] ?? 0) >= head),
      );
    }
    case 'page':
      return readPage({ store, generations }, fact);
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
