import type { z } from 'zod';
import type { Json } from './json.ts';

/** The public view of an aggregate: what other actors and queries may know of it. */
export interface ViewDefinition<View = unknown> {
  readonly kind: 'view';
  /** The aggregate's type. */
  readonly aggregate: string;
  readonly schema: z.ZodType<View>;
}

/** @example defineView({ aggregate: 'account', schema: z.object({ isActive: z.boolean() }) }) */
export function defineView<S extends z.ZodType<Json>>(spec: {
  aggregate: string;
  schema: S;
}): ViewDefinition<z.output<S>> {
  return {
    kind: 'view',
    aggregate: spec.aggregate,
    schema: spec.schema as unknown as z.ZodType<z.output<S>>,
  };
}

/**
 * A collection: keyed entries that belong to one actor, stored beside its snapshot, not in it.
 * Membership, size and paging cost the same however many entries there are.
 */
export interface CollectionDefinition<Value = unknown> {
  readonly kind: 'collection';
  /** The aggregate's type. */
  readonly aggregate: string;
  readonly name: string;
  readonly value: z.ZodType<Value> | null;
}

/** Declares a collection whose entries carry a value. */
export function defineCollection<S extends z.ZodType<Json>>(spec: {
  aggregate: string;
  name: string;
  value: S;
}): CollectionDefinition<z.output<S>>;
/** Declares a collection whose entries are a key and a time, nothing else. */
export function defineCollection(spec: {
  aggregate: string;
  name: string;
}): CollectionDefinition<null>;
export function defineCollection(spec: {
  aggregate: string;
  name: string;
  value?: z.ZodType;
}): CollectionDefinition<unknown> {
  return {
    kind: 'collection',
    aggregate: spec.aggregate,
    name: spec.name,
    value: spec.value ?? null,
  };
}

/** What an entry of a collection carries; `null` where that is nothing. */
export type ValueOf<C> = C extends CollectionDefinition<infer Value> ? Value : never;

/** One entry: `since` orders the collection (ISO 8601, UTC, milliseconds). */
export interface Entry<Value = unknown> {
  readonly key: string;
  readonly since: string;
  readonly value: Value;
}

/** What an event does to a collection; `null` leaves it as it is. */
export type EntryChange<Value> =
  | { readonly op: 'put'; readonly key: string; readonly since: string; readonly value: Value }
  | { readonly op: 'remove'; readonly key: string }
  | null;

/** Adds an entry, or replaces the one of that key. */
export function put(key: string, since: string): EntryChange<null>;
export function put<Value>(key: string, since: string, value: Value): EntryChange<Value>;
export function put(key: string, since: string, value: unknown = null): EntryChange<unknown> {
  return { op: 'put', key, since, value };
}

/** Removes the entry of that key, if there is one. */
export function remove(key: string): EntryChange<never> {
  return { op: 'remove', key };
}

/**
 * Something a command needs to know beyond its own actor's snapshot. A description: the engine
 * reads all of a command's facts in one round trip. Those about the command's own actor hold at
 * the commit; those about others may be stale by then.
 */
export type Fact<T = unknown> = (
  | { readonly kind: 'view'; readonly view: ViewDefinition; readonly id: string }
  | {
      readonly kind: 'entry';
      readonly collection: CollectionDefinition;
      readonly id: string;
      readonly key: string;
    }
  | { readonly kind: 'size'; readonly collection: CollectionDefinition; readonly id: string }
) & { readonly __result?: T };

/** The public view of the actor `id`; `null` when there is no such actor. */
export function view<View>(definition: ViewDefinition<View>, id: string): Fact<View | null> {
  return { kind: 'view', view: definition, id };
}

/** The entry `key` in the collection of the actor `id`; `null` when there is none. */
export function entry<Value>(
  collection: CollectionDefinition<Value>,
  id: string,
  key: string,
): Fact<Entry<Value> | null> {
  return { kind: 'entry', collection, id, key };
}

/** How many entries the collection of the actor `id` holds. */
export function size(collection: CollectionDefinition, id: string): Fact<number> {
  return { kind: 'size', collection, id };
}

/** Facts by the names that the machine knows them by. */
export type FactMap = Readonly<Record<string, Fact>>;
/** The facts of a command that needs none. */
export type NoFacts = Record<never, never>;

/** The facts as the machine sees them: each description replaced by what it found. */
export type Resolved<Facts> = {
  readonly [Name in keyof Facts]: Facts[Name] extends Fact<infer T> ? T : never;
};
