import type { Fact, FactMap } from '../define/facts.ts';
import type { Json } from '../define/index.ts';
import type { Address } from './address.ts';
import { MachineFault } from './driver.ts';
import type { CollectionRef, EntryRef, EntryRow, FetchReply } from './store.ts';

/** Where one fact is found in the reply. */
export interface FactSlot {
  readonly name: string;
  readonly fact: Fact;
  /** About the command's own actor: such a fact holds at the commit. */
  readonly own: boolean;
  /** In the reply's list of the fact's kind. */
  readonly index: number;
}

/** Gathers the reads that facts need. */
export class FactPlan {
  readonly views: Address[] = [];
  readonly entries: EntryRef[] = [];
  readonly sizes: CollectionRef[] = [];
  readonly #own: Address | null;
  readonly #typeOf: (aggregate: string) => string;

  /**
   * @param own the actor whose facts are its own; `null` for a query, which has none
   * @param typeOf under which type the owners of an aggregate's or read model's collections lie
   */
  constructor(own: Address | null, typeOf: (aggregate: string) => string) {
    this.#own = own;
    this.#typeOf = typeOf;
  }

  add(facts: FactMap): FactSlot[] {
    const slots: FactSlot[] = [];
    for (const name in facts) {
      const fact = facts[name];
      if (fact) slots.push(this.#slot(name, fact));
    }
    return slots;
  }

  #slot(name: string, fact: Fact): FactSlot {
    const type = this.#typeOf(
      fact.kind === 'view' ? fact.view.aggregate : fact.collection.aggregate,
    );
    const own = this.#own !== null && fact.id === this.#own.id && type === this.#own.type;
    const actor = { type, id: fact.id };
    switch (fact.kind) {
      case 'view':
        return { name, fact, own, index: this.views.push(actor) - 1 };
      case 'entry': {
        const ref = { actor, collection: fact.collection.name, key: fact.key };
        return { name, fact, own, index: this.entries.push(ref) - 1 };
      }
      case 'size':
        return { name, fact, own, index: this.#sizeIndex(actor, fact.collection.name) };
    }
  }

  /** Many commands of a turn ask for the same size; a query asks for many, each another. */
  #sizeIndex(actor: Address, collection: string): number {
    if (this.#own === null) return this.sizes.push({ actor, collection }) - 1;
    const index = this.sizes.findIndex(
      (ref) =>
        ref.collection === collection && ref.actor.id === actor.id && ref.actor.type === actor.type,
    );
    return index >= 0 ? index : this.sizes.push({ actor, collection }) - 1;
  }
}

/**
 * What a command's facts lie under.
 * @throws MachineFault for a read model: it lags, and another may have taken its place by the commit
 */
export function typeForCommands(aggregate: string): string {
  if (!aggregate.startsWith('~')) return aggregate;
  throw new MachineFault(`a command's facts cannot be of the read model ${aggregate.slice(1)}`);
}

/** Whether some of these facts are of read models. */
export function areOfReadModels(facts: Iterable<Fact>): boolean {
  for (const fact of facts) {
    if (fact.kind !== 'view' && fact.collection.aggregate.startsWith('~')) return true;
  }
  return false;
}

/** What was found for a fact. */
export function factValue({ fact, index }: FactSlot, reply: FetchReply): Json {
  switch (fact.kind) {
    case 'view': {
      const text = reply.views[index] ?? null;
      return text === null ? null : JSON.parse(text);
    }
    case 'entry':
      return entryValue(reply.entries[index] ?? null);
    case 'size':
      return reply.sizes[index] ?? 0;
  }
}

/** An entry as machines and queries see it. */
export function entryValue(row: EntryRow): { key: string; since: string; value: Json };
export function entryValue(
  row: EntryRow | null,
): { key: string; since: string; value: Json } | null;
export function entryValue(
  row: EntryRow | null,
): { key: string; since: string; value: Json } | null {
  if (row === null) return null;
  const value: Json = row.value === null ? null : JSON.parse(row.value);
  return { key: row.key, since: new Date(row.at).toISOString(), value };
}
