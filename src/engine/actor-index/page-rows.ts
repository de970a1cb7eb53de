/** What a page of records, or of named actors, changes in the index. */
import { type ActorKey, type Address, actorKey, parseActorKey } from '../address.ts';
import type { PassedRecord } from '../background/feed-window.ts';
import { grouped } from '../grouped.ts';
import type { Store } from '../store.ts';
import type { RowWrite } from '../work-store.ts';
import { readActors } from './state.ts';
import {
  actorRows,
  endsOf,
  idsTable,
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

/** Actors that records are of, as they are now, each with the time of its last record here. */
export async function recordRows(
  tools: Tools,
  states: Place['states'],
  records: readonly PassedRecord[],
): Promise<PageRows> {
  const times = new Map<ActorKey, string>();
  for (const { record } of records) times.set(record.actor, record.at);
  const actors = [...times.keys()];
  const ats = Array.from(times.values(), (at) => Date.parse(at));
  const reading = readActors(tools.store, tools.partition, actors, ats);
  return changesOf(tools, states, actors, reading);
}

/** Actors that a listing named. */
export async function namedRows(
  tools: Tools,
  states: Place['states'],
  names: readonly string[],
): Promise<PageRows> {
  const actors = names.map((name) => actorKey(addressOf(name)));
  const reading = readActors(tools.store, tools.partition, actors);
  return changesOf(tools, states, actors, reading);
}

function addressOf(key: string): Address {
  const address = parseActorKey(key);
  if (!address) throw new Error(`this names no actor: ${key}`);
  return address;
}

/** @param reading what they are as it is being read: what the index says is read beside it */
async function changesOf(
  { store, partition }: Tools,
  before: Place['states'],
  actors: readonly ActorKey[],
  reading: ReturnType<typeof readActors>,
): Promise<PageRows> {
  const named = actors.map((key, place) => ({ place, address: addressOf(key) }));
  const byType = [...grouped(named, ({ address }) => address.type)];
  const bodies = byType.map(([type, those]) => {
    const ids = those.map(({ address }) => address.id);
    return store.rows(partition, idsTable(type), ids);
  });
  const [found, ...known] = await Promise.all([reading, ...bodies]);
  const rows: RowWrite[] = [];
  let states = before;
  for (const [group, [type, those]] of byType.entries()) {
    for (const [index, { place, address }] of those.entries()) {
      const after = found[place] ?? null;
      if (after === null) continue;
      const body = known[group]?.[index] ?? null;
      states = withState(states, type, after.state);
      rows.push(...actorRows(states, address, body === null ? null : read.actor(body), after));
    }
  }
  return { rows, states };
}

/** How many records come between two looks for what is too old to be kept, at most. */
const SWEEP_RECORDS_MAX = 256;
/** The same as a share of what is kept. */
const SWEEP_SHARE = 1 / 16;

/**
 * Positions by the correlation ids of records, and now and then what is too old to be kept.
 * @param kept of so many records at least, the last ones
 */
export async function traceRows(
  { store, partition }: Tools,
  records: readonly PassedRecord[],
  kept: number,
): Promise<readonly RowWrite[]> {
  const byTrace = grouped(records, ({ record }) => record.correlationId);
  const traces = [...byTrace.keys()];
  const [first, last] = [records[0]?.position ?? 0, records.at(-1)?.position ?? 0];
  const sweep = Math.max(1, Math.min(SWEEP_RECORDS_MAX, Math.floor(SWEEP_SHARE * kept)));
  const isDue = last > kept && Math.floor(last / sweep) > Math.floor((first - 1) / sweep);
  const page = { after: null, until: last - kept, limit: 2 * (sweep + records.length) };
  const [bodies, old] = await Promise.all([
    store.rows(partition, TRACES, traces),
    isDue ? store.scan(partition, TRACES, page) : [],
  ]);
  const rows = new Map<string, RowWrite>();
  for (const { key } of old) rows.set(key, { table: TRACES, key, body: null, order: null });
  for (const [index, key] of traces.entries()) {
    const known = read.positions(bodies[index] ?? '[]');
    const found = (byTrace.get(key) ?? []).map(({ position }) => position);
    const order = { kind: 'at', at: found.at(-1) ?? 0 } as const;
    const body = JSON.stringify(endsOf([...new Set([...known, ...found])], POSITIONS_MAX));
    rows.set(key, { table: TRACES, key, body, order });
  }
  return [...rows.values()];
}
