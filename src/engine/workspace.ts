import type { EntryChange, Json } from '../define/index.ts';
import type { ActorState } from './actor-state.ts';
import type { AggregateRuntime } from './aggregate-runtime.ts';
import { entryValue, type FactSlot, factValue } from './facts.ts';
import type { Fetched } from './fetch.ts';
import type { EntryRow, EntryWrite } from './store.ts';

/** A fact that this turn's own writes made unknowable: the command waits for the next turn. */
export const UNKNOWN = Symbol('unknown');

/** What the turn wrote to one collection so far. */
interface Written {
  readonly entries: Map<string, EntryWrite>;
  /** By how much it changed the collection's size; `null` where that is not known. */
  sizeChange: number | null;
}

/**
 * The actor's collections as they are within one turn: what was fetched, overlaid with what
 * earlier commands of the turn wrote.
 */
export class Workspace {
  readonly #aggregate: AggregateRuntime;
  readonly #fetched: Fetched;
  /** By collection. Most turns are one command: nothing is laid out before it is needed. */
  #written: Map<string, Written> | null = null;
  /** Of the actor's own entries that were fetched, by name: whether they were there. */
  #fetchedEntries: Map<string, boolean> | null = null;

  constructor(aggregate: AggregateRuntime, fetched: Fetched) {
    this.#aggregate = aggregate;
    this.#fetched = fetched;
  }

  /** The facts of one of the messages as of now, or {@link UNKNOWN} where one of them is. */
  factsOf(index: number, state: ActorState): Readonly<Record<string, Json>> | typeof UNKNOWN {
    const facts: Record<string, Json> = {};
    for (const slot of this.#fetched.plan.slots[index] ?? []) {
      const value = this.#fact(slot, state);
      if (value === UNKNOWN) return UNKNOWN;
      facts[slot.name] = value;
    }
    return facts;
  }

  #fact(slot: FactSlot, state: ActorState): Json | typeof UNKNOWN {
    const { fact, own } = slot;
    const { reply } = this.#fetched;
    if (!own) return factValue(slot, reply);
    if (fact.kind === 'view') return state.viewText === null ? null : JSON.parse(state.viewText);
    const written = this.#written?.get(fact.collection.name);
    if (!written) return factValue(slot, reply);
    if (fact.kind === 'entry') {
      const write = written.entries.get(fact.key);
      return write ? entryValue(rowOf(write)) : factValue(slot, reply);
    }
    if (written.sizeChange === null) return UNKNOWN;
    return (reply.sizes[slot.index] ?? 0) + written.sizeChange;
  }

  /** Applies what an event does to a collection. */
  write(collection: string, change: NonNullable<EntryChange<unknown>>): void {
    const written = this.#writtenTo(collection);
    const earlier = written.entries.get(change.key);
    const before = earlier ? earlier.at !== null : this.#wasFetched(collection, change.key);
    const isPut = change.op === 'put';
    const hasValue = isPut && this.#aggregate.definition.collections[collection]?.value != null;
    written.entries.set(change.key, {
      collection,
      key: change.key,
      at: isPut ? Date.parse(change.since) : null,
      value: hasValue ? JSON.stringify(change.value) : null,
    });
    if (before === null) written.sizeChange = null;
    else if (written.sizeChange !== null) written.sizeChange += Number(isPut) - Number(before);
  }

  /** All writes, at most one per collection and key. */
  entries(): EntryWrite[] {
    const all: EntryWrite[] = [];
    for (const { entries } of this.#written?.values() ?? []) all.push(...entries.values());
    return all;
  }

  #writtenTo(collection: string): Written {
    this.#written ??= new Map();
    const found = this.#written.get(collection);
    if (found) return found;
    const made: Written = { entries: new Map(), sizeChange: 0 };
    this.#written.set(collection, made);
    return made;
  }

  /** Whether the entry was there when the turn began; `null` where nobody asked. */
  #wasFetched(collection: string, key: string): boolean | null {
    // With one message nobody asks for a size after this write.
    if (this.#fetched.plan.slots.length === 1) return null;
    this.#fetchedEntries ??= this.#ownEntries();
    return this.#fetchedEntries.get(`${collection}/${key}`) ?? null;
  }

  #ownEntries(): Map<string, boolean> {
    const { plan, reply } = this.#fetched;
    const found = new Map<string, boolean>();
    for (const slots of plan.slots) {
      for (const { own, fact, index } of slots) {
        if (!own || fact.kind !== 'entry') continue;
        const isThere = (reply.entries[index] ?? null) !== null;
        found.set(`${fact.collection.name}/${fact.key}`, isThere);
      }
    }
    return found;
  }
}

function rowOf(write: EntryWrite): EntryRow | null {
  return write.at === null ? null : { key: write.key, at: write.at, value: write.value };
}
