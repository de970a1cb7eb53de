import type { ActorKey } from '../../engine/address.ts';
import { type ActorRow, RECENT_TURNS, type RecentTurn, type TurnId } from '../../engine/store.ts';
import { isHashed } from './keys.ts';

/** What is stored of an actor, under one key. */
export interface StoredActor {
  /** The last {@link RECENT_TURNS} turns, newest first. */
  readonly recent: readonly RecentTurn[];
  readonly recentIsAll: boolean;
  /** The position of its newest record; 0 where it has none. */
  readonly lastRecord: number;
  /** Claim → token. */
  readonly held: Readonly<Record<string, string>>;
  /** Collection → entries in it. */
  readonly sizes: Readonly<Record<string, number>>;
  readonly state: string | null;
  readonly view: string | null;
}

const UNKNOWN: StoredActor = {
  recent: [],
  recentIsAll: true,
  lastRecord: 0,
  held: {},
  sizes: {},
  state: null,
  view: null,
};

/** Turns, whether they are all, last record, held, sizes; the actor's key, where it is hashed. */
type Header = readonly [
  turns: readonly (readonly [id: TurnId, position: number, records: number])[],
  all: 0 | 1,
  lastRecord: number,
  held: Readonly<Record<string, string>>,
  sizes: Readonly<Record<string, number>>,
  key?: ActorKey,
];

/**
 * A line of JSON, then the state and, on the last line, the view as they are: what is JSON already
 * is not written as JSON once more, and a view is read without the rest. Empty: there is none.
 * @returns `null` where there is nothing to store
 */
export function writeActor(key: ActorKey, actor: StoredActor): string | null {
  if (isEmpty(actor)) return null;
  const header: Header = [
    actor.recent.map(({ turnId, position, records }) => [turnId, position, records] as const),
    actor.recentIsAll ? 1 : 0,
    actor.lastRecord,
    actor.held,
    actor.sizes,
  ];
  return `${JSON.stringify(isHashed(key) ? [...header, key] : header)}\n${actor.state ?? ''}\n${actor.view ?? ''}`;
}

/** @param stored as {@link writeActor} gave it; `null` for an actor never written about */
export function readActor(stored: string | null): StoredActor {
  if (stored === null) return UNKNOWN;
  const line = stored.indexOf('\n');
  const header: Header = JSON.parse(stored.slice(0, line));
  const [turns, all, lastRecord, held, sizes] = header;
  return {
    recent: turns.map(([turnId, position, records]) => ({ turnId, position, records })),
    recentIsAll: all === 1,
    lastRecord,
    held,
    sizes,
    state: readState(stored),
    view: readView(stored),
  };
}

/** The actor's key, where the store's key does not tell it. */
export function readOwnKey(stored: string): ActorKey | null {
  const header: Header = JSON.parse(stored.slice(0, stored.indexOf('\n')));
  return header[5] ?? null;
}

/** The state alone, from the same text. */
export function readState(stored: string): string | null {
  return stored.slice(stored.indexOf('\n') + 1, stored.lastIndexOf('\n')) || null;
}

/** The view alone, from the same text. */
export function readView(stored: string | null): string | null {
  return stored?.slice(stored.lastIndexOf('\n') + 1) || null;
}

/** The actor after one more turn. */
export function withTurn(actor: StoredActor, turn: RecentTurn): StoredActor {
  const recent = [turn, ...actor.recent];
  return {
    ...actor,
    recent: recent.slice(0, RECENT_TURNS),
    recentIsAll: actor.recentIsAll && recent.length <= RECENT_TURNS,
  };
}

function isEmpty(actor: StoredActor): boolean {
  const { recent, lastRecord, held, sizes, state, view } = actor;
  const isUnknown = recent.length === 0 && lastRecord === 0 && state === null && view === null;
  const hasEntries = Object.values(sizes).some((size) => size > 0);
  return isUnknown && !hasEntries && Object.keys(held).length === 0;
}

/** How many records the actor has. */
export function recordsOf(actor: StoredActor): number {
  return actor.recent[0]?.records ?? 0;
}

/** The actor as the port shows it. */
export function toRow(actor: StoredActor): ActorRow {
  return {
    lastTurn: actor.recent[0]?.turnId ?? null,
    recent: actor.recent,
    recentIsAll: actor.recentIsAll,
    state: actor.state,
  };
}
