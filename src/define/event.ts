import type { z } from 'zod';
import type { Json } from './json.ts';

/** Turns the data of one event version into that of the next. Pure. */
export type Upcaster = (data: Json) => Json;

/**
 * An event: a recorded fact, or a refusal (`rejection`), which is recorded too.
 * `version` is the one written today; `upcast[n]` turns version `n` into `n + 1`.
 */
export interface EventDefinition<Data = unknown> {
  readonly kind: 'event';
  readonly schema: z.ZodType<Data>;
  readonly version: number;
  readonly rejection: boolean;
  readonly upcast: Readonly<Record<number, Upcaster>>;
}

interface EventSpec<S extends z.ZodType> {
  /** The data of the current version. */
  schema: S;
  /** A whole number from 1; raise it with every change of the schema, and add an upcaster. */
  version?: number;
  /** One step a version: the key is the version that it starts from. */
  upcast?: Record<number, Upcaster>;
}

/** Declares a fact. @example defineEvent({ schema: z.object({ orderId: OrderId }) }) */
export function defineEvent<S extends z.ZodType>(spec: EventSpec<S>): EventDefinition<z.output<S>> {
  return definition(spec, false);
}

/**
 * Declares a refusal: emitting it makes the command's outcome `rejected`, with `data.reason`
 * as the reason, and leaves the actor as it was.
 */
export function defineRejection<S extends z.ZodType<{ reason: string }>>(
  spec: EventSpec<S>,
): EventDefinition<z.output<S>> {
  return definition(spec, true);
}

function definition<S extends z.ZodType>(
  spec: EventSpec<S>,
  rejection: boolean,
): EventDefinition<z.output<S>> {
  return {
    kind: 'event',
    // The schema's input side plays no part once an event is recorded.
    schema: spec.schema as unknown as z.ZodType<z.output<S>>,
    version: spec.version ?? 1,
    rejection,
    upcast: spec.upcast ?? {},
  };
}

// biome-ignore lint/suspicious/noExplicitAny: any event definition, whatever its data
export type AnyEventDefinition = EventDefinition<any>;
/** Events by name. */
export type EventMap = Readonly<Record<string, AnyEventDefinition>>;

/** The data of an event, as its schema gives it. */
export type EventData<E> = E extends EventDefinition<infer Data> ? Data : never;

/** What a machine may `emit`: the union of `{ type, data }` over the declared events. */
export type Emitted<Events extends EventMap> = {
  [Name in keyof Events & string]: { type: Name; data: EventData<Events[Name]> };
}[keyof Events & string];

/** An event as it was recorded, possibly by an older version of the code. */
export interface RecordedEvent {
  readonly type: string;
  readonly version: number;
  readonly data: Json;
}

/** Thrown when recorded data cannot be read by the code at hand. */
export class UpcastError extends Error {
  override readonly name: string = 'UpcastError';
}

/** Thrown when recorded data is of a newer version than the code at hand, which others may have. */
export class NewerEventError extends UpcastError {
  override readonly name = 'NewerEventError';
}

/**
 * Brings recorded data to the current version of its event, one step a version.
 * @throws NewerEventError when the event is newer than the code, UpcastError when a step is missing
 */
export function upcast(definition: AnyEventDefinition, recorded: RecordedEvent): RecordedEvent {
  if (recorded.version === definition.version) return recorded;
  if (recorded.version > definition.version) {
    throw new NewerEventError(
      `${recorded.type} was recorded as version ${recorded.version}; this code knows version ${definition.version}`,
    );
  }
  let data = recorded.data;
  for (let version = recorded.version; version < definition.version; version++) {
    const step = definition.upcast[version];
    if (!step) throw new UpcastError(`${recorded.type} has no upcaster from version ${version}`);
    data = step(data);
  }
  return { type: recorded.type, version: definition.version, data };
}
