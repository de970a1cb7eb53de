import { type ActorKey, type Address, actorKey, partitionOf } from '../../../src/engine/address.ts';
import type {
  ActorRow,
  Commit,
  CommitReply,
  EntryWrite,
  FetchReply,
  FetchRequest,
  NewRecord,
  Store,
  TurnId,
} from '../../../src/engine/store.ts';

/** An empty store and what ends it. */
export interface Opened {
  readonly store: Store;
  close(): Promise<void>;
}

/** Opens an empty store of so many partitions. A store that has a clock of its own ignores `now`. */
export type OpenStore = (options: { partitions: number; now?: () => number }) => Promise<Opened>;

/** The store under test, as the tests of a suite get at it. */
export type StoreUnderTest = () => Store;

export const PARTITIONS = 4;
export const HOUR_MS = 3_600_000;

let drawn = 0;

/** A turn id that was never used. */
export function newTurn(): TurnId {
  drawn += 1;
  return `turn-${drawn}` as TurnId;
}

/** A name that was never used. */
export function unique(prefix: string): string {
  drawn += 1;
  return `${prefix}-${drawn}`;
}

/** An actor that nothing was ever written about. */
export function newActor(): Address {
  return { type: 'account', id: unique('a') };
}

/** A new actor that lives in `partition`. */
export function newActorIn(partition: number, partitions = PARTITIONS): Address {
  for (;;) {
    const actor = newActor();
    if (partitionOf(actorKey(actor), partitions) === partition) return actor;
  }
}

/** A new name that lives in `partition`. */
export function uniqueIn(partition: number, prefix: string): string {
  for (;;) {
    const name = unique(prefix);
    if (partitionOf(name, PARTITIONS) === partition) return name;
  }
}

/** What a turn writes, beside who it is. */
export type Writes = Partial<Omit<Commit, 'actor' | 'turnId' | 'expected'>>;

/** A commit of nothing but what is named. */
export function draft(
  actor: Address,
  turnId: TurnId,
  expected: TurnId | null,
  writes: Writes = {},
): Commit {
  return {
    actor,
    turnId,
    expected,
    state: null,
    view: null,
    held: null,
    records: [],
    recordCount: 0,
    entries: [],
    replies: [],
    ...writes,
  };
}

export function record(body: string): NewRecord {
  return { body, snapshot: null };
}

export function entry(
  collection: string,
  key: string,
  at: number | null,
  value: string | null = null,
): EntryWrite {
  return { collection, key, at, value };
}

/** A fetch of nothing but what is named. */
export function fetchOf(store: Store, request: Partial<FetchRequest>): Promise<FetchReply> {
  return store.fetch({
    pointers: [],
    actor: null,
    views: [],
    entries: [],
    sizes: [],
    ...request,
  });
}

/** The row of an actor. */
export async function rowOf(store: Store, actor: Address): Promise<ActorRow> {
  const { actor: row } = await fetchOf(store, { actor });
  if (row === null) throw new Error('a fetch that names an actor answers with its row');
  return row;
}

/** Commits a new turn after the actor's last one, and gives its id and position. */
export async function act(
  store: Store,
  actor: Address,
  writes: Writes,
): Promise<{ turnId: TurnId; position: number }> {
  const row = await rowOf(store, actor);
  const turnId = newTurn();
  const recordCount = (row.recent[0]?.records ?? 0) + (writes.records?.length ?? 0);
  const reply = await store.commit(draft(actor, turnId, row.lastTurn, { recordCount, ...writes }));
  return { turnId, position: positionOf(reply) };
}

/** The head of the feed that an actor's records go to. */
export async function headOf(store: Store, actor: Address): Promise<number> {
  const { lastTurn } = await rowOf(store, actor);
  return positionOf(await store.commit(draft(actor, newTurn(), lastTurn)));
}

export function positionOf(reply: CommitReply): number {
  if (reply.kind !== 'committed') throw new Error(`committed was expected, not ${reply.kind}`);
  return reply.position;
}

/** The keys of a claim's holder and of an actor's neighbours in the key space. */
export function keyOf(actor: Address): ActorKey {
  return actorKey(actor);
}
