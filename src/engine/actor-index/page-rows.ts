/** What a page of records, or of named actors, changes in the index. */
import { type ActorKey, type Address, parseActorKey } from '../address.ts';
import type { PassedRecord } from '../background/feed-window.ts';
import { grouped } from '../grouped.ts';
import type { Store } from '../store.ts';
import type { RowWrite } from '../work-store.ts';
import { readActor, readState } from './state.ts';
import {
  actorRows,
  endsOf,
  type IndexedActor,
  idsTable,
  NAMED,
  type Place,
  POSITIONS_MAX,
  read,
  TRACES,
  withState,
} from './tables.ts';

/** Rows of the page, and the states that have tables after it. */
export interface PageRows {
  readonly rows: readonly RowWrite[];
  readonly states: Place['states'];
}

interface Tools {
  readonly store: Store;
  readonly partition: number;
}

type Seen = readonly (readonly [Address, IndexedActor])[];

/** Actors that records are of, as they are now, each with the time of its last record here. */
export async function recordRows(
  tools: Tools,
  states: Place['states'],
  records: readonly PassedRecord[],
): Promise<PageRows> {
  const times = new Map<ActorKey, number>();
  for (const { record } of records) times.set(record.actor, Date.parse(record.at));
  const seen = await Promise.all(
    Array.from(times, async ([key, at]) => {
      const address = addressOf(key);
      const state = await readState(tools.store, address);
      return state && ([address, { ...state, at }] as const);
    }),
  );
  const found = seen.filter((each) => each !== null);
  return changesOf(tools, states, found);
}

/** Actors that a listing named. Their names go with what is written. */
export async function namedRows(
  tools: Tools,
  states: Place['states'],
  names: readonly string[],
): Promise<PageRows> {
  const seen = await Promise.all(
    names.map(async (key) => {
      const address = addressOf(key);
      const actor = await readActor(tools.store, address);
      return actor && ([address, actor] as const);
    }),
  );
  const found = seen.filter((each) => each !== null);
  const changed = await changesOf(tools, states, found);
  const gone = names.map((key) => ({ table: NAMED, key, body: null, order: null }));
  return { ...changed, rows: [...gone, ...changed.rows] };
}

function addressOf(key: string): Address {
  const address = parseActorKey(key);
  if (!address) throw new Error(`this names no actor: ${key}`);
  return address;
}

async function changesOf(
  { store, partition }: Tools,
  before: Place['states'],
  seen: Seen,
): Promise<PageRows> {
  const byType = grouped(seen, ([{ type }]) => type);
  const rows: RowWrite[] = [];
  let states = before;
  for (const [type, actors] of byType) {
    const ids = actors.map(([{ id }]) => id);
    const bodies = await store.rows(partition, idsTable(type), ids);
    for (const [place, [address, after]] of actors.entries()) {
      const body = bodies[place] ?? null;
      states = withState(states, type, after.state);
      rows.push(...actorRows(states, address, body === null ? null : read.actor(body), after));
    }
  }
  return { rows, states };
}

/**
 * Positions by the correlation ids of records, and what is too old to be kept.
 * @param keepAfter a position: those whose last record is there or before it go
 */
export async function traceRows(
  { store, partition }: Tools,
  records: readonly PassedRecord[],
  keepAfter: number,
): Promise<readonly RowWrite[]> {
  const byTrace = grouped(records, ({ record }) => record.correlationId);
  const traces = [...byTrace.keys()];
  const page = { after: null, until: Math.max(0, keepAfter), limit: 2 * records.length };
  const [bodies, old] = await Promise.all([
    store.rows(partition, TRACES, traces),
    store.scan(partition, TRACES, page),
  ]);
  const rows = new Map<string, RowWrite>();
  for (const { key } of old) rows.set(key, { table: TRACES, key, body: null, order: null });
  for (const [index, key] of traces.entries()) {
    const known = read.positions(bodies[index] ?? '[]');
    const found = (byTrace.get(key) ?? []).map(({ position }) => position);
    const last = found.at(-1) ?? 0;
    const body = JSON.stringify(endsOf([...new Set([...known, ...found])], POSITIONS_MAX));
    rows.set(key, { table: TRACES, key, body, order: { kind: 'at', at: last } });
  }
  return [...rows.values()];
}
