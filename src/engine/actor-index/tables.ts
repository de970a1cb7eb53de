/**
 * What the index of actors and traces is made of: rows in each partition, of what lies in that
 * partition. There is one table by time, the newest first, which is read backwards for those at rest
 * for longest, and one by id, where all have the same order.
 */
import { z } from 'zod';
import { type Address, actorKey } from '../address.ts';
import type { RowWrite } from '../work-store.ts';

/** Where an index stands in its partition. */
export const PLACE = 'index/place';
/** Until when somebody looks: one row, whose order is that time by the store's clock. */
export const WANTED = 'index/wanted';
/** Actors to be read although nothing of them was recorded. */
export const NAMED = 'index/named';
/** In the first partition: the listing of all actors; without an order once it is through. */
export const LISTING = 'index/listing';
/** Positions by correlation id, in the order of the last of them. */
export const TRACES = 'index/traces';

/** The key of the row of a table that has one. */
export const ONE = 'one';
/** Later than any time, in ms since 1970, and a whole number still. */
const LAST_MS = 8_640_000_000_000_000;
/** States of one type that have tables of their own, in each partition; all others share one. */
const STATES_MAX = 64;
/** The table of these. It is no state's text. */
export const OTHER_STATES = '*';
/** Positions kept of one correlation id, in each partition: the first and the last. */
export const POSITIONS_MAX = 500;

const place = z.object({
  /** The last position that was passed; nothing is left out behind it. */
  position: z.int().min(0),
  /** The listing that brings what was recorded before it was begun; 0: the feed was passed whole. */
  listing: z.int().min(0),
  /** Type → the states that have tables. */
  states: z.record(z.string(), z.array(z.string())),
});

const listing = z.object({
  number: z.int().min(1),
  /** What comes next; `null`: it is through. Who asks for one that is begun needs another. */
  next: z
    .object({
      type: z.string(),
      cursor: z.string().nullable(),
      isBegun: z.boolean(),
      /** Those that asked for it; absent: all. */
      partitions: z.array(z.int().min(0)).optional(),
    })
    .nullable(),
});

const actor = z.tuple([z.string(), z.int(), z.int()]);
const positions = z.array(z.int());

export type Place = z.output<typeof place>;
export type Listing = z.output<typeof listing>;

/** What an index knows of an actor. */
export interface IndexedActor {
  /** Its active states: the paths of the leaves, joined by `, `. */
  readonly state: string;
  readonly version: number;
  /** When its last command was recorded, in ms since 1970; 0: longer ago than what is kept. */
  readonly at: number;
}

/** How the rows are read. @throws ZodError, SyntaxError for what is no such row */
export const read = {
  place: (body: string): Place => place.parse(JSON.parse(body)),
  listing: (body: string): Listing => listing.parse(JSON.parse(body)),
  actor(body: string): IndexedActor {
    const [state, version, at] = actor.parse(JSON.parse(body));
    return { state, version, at };
  },
  positions: (body: string): readonly number[] => positions.parse(JSON.parse(body)),
};

/** Actors of a type, by id. */
export function idsTable(type: string): string {
  return `index/ids/${type}`;
}

/** Actors of a type in a state by their keys, the newest first. */
export function timesTable(type: string, state: string): string {
  return `index/newest/${type}/${state}`;
}

/** The order of a time in that table. */
export function orderOf(at: number): number {
  return LAST_MS - at;
}

/** The states of a type that have tables. */
export function statesOf(states: Place['states'], type: string): readonly string[] {
  return (Object.hasOwn(states, type) ? states[type] : undefined) ?? [];
}

/** The state whose table has a state, of those that have one. */
function tabled(states: Place['states'], type: string, state: string): string {
  return statesOf(states, type).includes(state) ? state : OTHER_STATES;
}

/** Gives a state a table, unless there are many. */
export function withState(states: Place['states'], type: string, state: string): Place['states'] {
  const known = statesOf(states, type);
  if (known.includes(state)) return states;
  if (known.length < STATES_MAX) return { ...states, [type]: [...known, state] };
  return known.includes(OTHER_STATES) ? states : { ...states, [type]: [...known, OTHER_STATES] };
}

/** What changes where an actor is not as it was; nothing where it is. */
export function actorRows(
  states: Place['states'],
  address: Address,
  before: IndexedActor | null,
  after: IndexedActor,
): readonly RowWrite[] {
  const { type, id } = address;
  const { state, version, at } = after;
  const table = tabled(states, type, state);
  const former = before && tabled(states, type, before.state);
  const isInPlace = former === table && before?.at === at;
  if (isInPlace && before.state === state && before.version === version) return [];
  const key = actorKey(address);
  const rows: RowWrite[] = [];
  if (former !== null && former !== table) {
    rows.push({ table: timesTable(type, former), key, body: null, order: null });
  }
  if (!isInPlace) {
    const order = { kind: 'at' as const, at: orderOf(at) };
    rows.push({ table: timesTable(type, table), key, body: '', order });
  }
  const body = JSON.stringify([state, version, at]);
  rows.push({ table: idsTable(type), key: id, body, order: { kind: 'at', at: 0 } });
  return rows;
}

/**
 * So many positions of a trace at most, the first and the last: who sends everything under one
 * correlation id finds the latest of it, too.
 */
export function endsOf(positions: readonly number[], max: number): readonly number[] {
  if (positions.length <= max) return positions;
  const last = Math.floor(max / 2);
  return [...positions.slice(0, max - last), ...positions.slice(positions.length - last)];
}

/** The row that a table of one row has. */
export function oneRow(table: string, body: string, order: RowWrite['order']): RowWrite {
  return { table, key: ONE, body, order };
}
