import type { EntryChange, Json } from '../define/index.ts';
import type { ActorState } from './actor-state.ts';
import type { AggregateRuntime } from './aggregate-runtime.ts';
import { entryValue, type FactSlot, factValue } from './facts.ts';
import type { Fetched } from './fetch.ts';
import type { EntryRow, EntryWrite } from './store.ts';

/** A fact that this turn's own writes made unknowable: the command waits for the next turn. */
export const UNKNOWN = Symbol('unknown');

/**
 * The actor's collections as they are within one turn: what was fetched, overlaid with what
 * earlier commands of the turn wrote.
 */
export class Workspace {
  readonly #aggregate: AggregateRuntime;
  readonly #fetched: Fetched;
  /** By collection, then key. */
  readonly #writes = new Map<string, Map<string, EntryWrite>>();
  /** By collection; `null` where a write did not know what it replaced. */
  readonly #sizeChanges = new Map<string, number | null>();
  /** Own entries that were fetched: by collection, then key; whether the entry was there. */
  readonly #present = new Map<string, Map<string, boolean>>();

  constructor(aggregate: AggregateRuntime, fetched: Fetched) {
    this.#aggregate = aggregate;
    this.#fetched = fetched;
    for (const slots of fetched.plan.slots) {
      for (const { own, fact, index } of slots) {
        if (!own || fact.kind !== 'entry') continue;
        const row = fetched.reply.entries[index] ?? null;
        mapIn(this.#present, fact.collection.name).set(fact.key, row !== null);
      }
    }
  }

  /** A fact's value as of now, or {@link UNKNOWN}. */
  fact(slot: FactSlot, state: ActorState): Json | typeof UNKNOWN {
    const { fact, own } = slot;
    const { reply } = this.#fetched;
    if (!own) return factValue(slot, reply);
    switch (fact.kind) {
      case 'view':
        return state.viewText === null ? null : JSON.parse(state.viewText);
      case 'entry': {
        const write = this.#writes.get(fact.collection.name)?.get(fact.key);
        return write ? entryValue(rowOf(write)) : factValue(slot, reply);
      }
      case 'size': {
        const change = this.#sizeChanges.get(fact.collection.name) ?? 0;
        const isUnknown = this.#sizeChanges.get(fact.collection.name) === null;
        return isUnknown ? UNKNOWN : (reply.sizes[slot.index] ?? 0) + change;
      }
    }
  }

  /** Applies what an event does to a collection. */
  write(collection: string, change: NonNullable<EntryChange<unknown>>): void {
    const writes = mapIn(this.#writes, collection);
    const earlier = writes.get(change.key);
    const before = earlier ? earlier.at !== null : this.#present.get(collection)?.get(change.key);
    const isPut = change.op === 'put';
    const hasValue = isPut && this.#aggregate.definition.collections[collection]?.value != null;
    writes.set(change.key, {
      collection,
      key: change.key,
      at: isPut ? Date.parse(change.since) : null,
      value: hasValue ? JSON.stringify(change.value) : null,
    });
    const size = this.#sizeChanges.get(collection);
    if (size === null) return;
    const difference = before === undefined ? null : Number(isPut) - Number(before);
    this.#sizeChanges.set(collection, difference === null ? null : (size ?? 0) + difference);
  }

  /** All writes, at most one per collection and key. */
  entries(): EntryWrite[] {
    return [...this.#writes.values()].flatMap((writes) => [...writes.values()]);
  }
}

function rowOf(write: EntryWrite): EntryRow | null {
  return write.at === null ? null : { key: write.key, at: write.at, value: write.value };
}

function mapIn<K, V>(maps: Map<string, Map<K, V>>, key: string): Map<K, V> {
  const found = maps.get(key);
  if (found) return found;
  const made = new Map<K, V>();
  maps.set(key, made);
  return made;
}
