import type { z } from 'zod';
import { callerFile } from './caller.ts';
import type { EventData, EventMap } from './event.ts';
import { type CollectionDefinition, defineCollection, type EntryChange } from './facts.ts';
import type { Json } from './json.ts';
import type { RecordedEventInfo } from './policy.ts';

/** A change of a read model: whose entries, and what becomes of them. */
export interface ModelChange<Value> {
  /** The id under which the entries are read. */
  readonly owner: string;
  readonly change: EntryChange<Value>;
}

type ProjectionFolds<Events extends EventMap, Value> = {
  readonly [Name in keyof Events]: (
    data: EventData<Events[Name]>,
    event: RecordedEventInfo,
  ) => readonly ModelChange<Value>[];
};

/** A projection: it folds events into a read model. Made by {@link defineProjection}. */
export interface ProjectionDefinition {
  readonly kind: 'projection';
  readonly name: string;
  /** Raised with every change of what it writes. */
  readonly version: number;
  readonly model: CollectionDefinition;
  readonly on: EventMap;
  readonly folds: Readonly<
    Record<string, (data: unknown, event: RecordedEventInfo) => readonly ModelChange<unknown>[]>
  >;
  readonly file: string;
}

/** A read model that knows which of its owners have most entries. */
export interface RankedModel<Value = unknown> extends CollectionDefinition<Value> {
  readonly ranked: true;
}

/**
 * A read model: entries by owner, in the order of their time, that a projection writes. It is read
 * like a collection, in queries and in policies.
 * @param name lower-case letters, digits and `-`; unique in the app
 * @param value what an entry carries beside its key and time; nothing, unless given. `ranked`: its
 * owners are kept in the order of how many entries they have, with each change of them
 */
export function defineReadModel(name: string): CollectionDefinition<null>;
export function defineReadModel(name: string, options: { ranked: true }): RankedModel<null>;
export function defineReadModel<S extends z.ZodType<Json>>(
  name: string,
  value: S,
): CollectionDefinition<z.output<S>>;
export function defineReadModel(
  name: string,
  value?: z.ZodType<Json> | { ranked: true },
): CollectionDefinition<unknown> {
  // No aggregate's type begins with a tilde.
  const place = { aggregate: `~${name}`, name: 'entries' };
  if (value === undefined) return defineCollection(place);
  if ('ranked' in value) return { ...defineCollection(place), ...value };
  return defineCollection({ ...place, value });
}

/** The ranking of a read model's owners; `null` where it has none. */
export function rankingOf(model: CollectionDefinition): string | null {
  return 'ranked' in model ? model.aggregate : null;
}

/**
 * Declares a projection. Its folds are pure; each event changes the read model once, in the order
 * of the events of one actor. Those of different actors come in any order, so that one entry should
 * be changed by the events of one actor.
 * @example
 * defineProjection({
 *   name: 'followers', model: followers, on: { FollowCreated },
 *   folds: { FollowCreated: (data) => [{ owner: data.followeeId, change: put(…) }] },
 * })
 */
export function defineProjection<const Events extends EventMap, Value>(spec: {
  /** Lower-case letters, digits and `-`; unique in the app. */
  name: string;
  /** A whole number from 1; raise it with every change of what it writes. */
  version?: number;
  model: CollectionDefinition<Value>;
  on: Events;
  folds: ProjectionFolds<Events, NoInfer<Value>>;
}): ProjectionDefinition {
  return {
    kind: 'projection',
    name: spec.name,
    version: spec.version ?? 1,
    model: spec.model,
    on: spec.on,
    // From here on the engine hands each fold the data of its own event.
    folds: spec.folds as unknown as ProjectionDefinition['folds'],
    file: callerFile(defineProjection),
  };
}
