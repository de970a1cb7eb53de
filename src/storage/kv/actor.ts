import { type ActorRow, RECENT_TURNS, type RecentTurn, type TurnId } from '../../engine/store.ts';

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

/** Turns, whether they are all, last record, held, sizes. */
type Header = readonly [
  turns: readonly (readonly [id: TurnId, position: number, records: number])[],
  all: 0 | 1,
  lastRecord: number,
  held: Readonly<Record<string, string>>,
  sizes: Readonly<Record<string, number>>,
];

/**
 * A line of JSON, then the state and, on the last line, the view as they are: what is JSON already
 * is not written as JSON once more, and a view is read without the rest. Empty: there is none.
 */
export function writeActor(actor: StoredActor): string {
  const header: Header = [
    actor.recent.map(({ turnId, position, records }) => [turnId, position, records] as const),
    actor.recentIsAll ? 1 : 0,
    actor.lastRecord,
    actor.held,
    actor.sizes,
  ];
  return `${JSON.stringify(header)}\n${actor.state ?? ''}\n${actor.view ?? ''}`;
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
    state: stored.slice(line + 1, stored.lastIndexOf('\n')) || null,
    view: readView(stored),
  };
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
