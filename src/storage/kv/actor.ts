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

/** Turns, whether they are all, last record, held, sizes, lengths of state and view (-1: null). */
type Header = readonly [
  turns: readonly (readonly [id: TurnId, position: number, records: number])[],
  all: 0 | 1,
  lastRecord: number,
  held: Readonly<Record<string, string>>,
  sizes: Readonly<Record<string, number>>,
  stateLength: number,
  viewLength: number,
];

/** A line of JSON, then state and view as they are: what is JSON already is not written as JSON once more. */
export function writeActor(actor: StoredActor): string {
  const header: Header = [
    actor.recent.map(({ turnId, position, records }) => [turnId, position, records] as const),
    actor.recentIsAll ? 1 : 0,
    actor.lastRecord,
    actor.held,
    actor.sizes,
    actor.state?.length ?? -1,
    actor.view?.length ?? -1,
  ];
  return `${JSON.stringify(header)}\n${actor.state ?? ''}${actor.view ?? ''}`;
}

/** @param stored as {@link writeActor} gave it; `null` for an actor never written about */
export function readActor(stored: string | null): StoredActor {
  if (stored === null) return UNKNOWN;
  const line = stored.indexOf('\n');
  const header: Header = JSON.parse(stored.slice(0, line));
  const [turns, all, lastRecord, held, sizes, stateLength, viewLength] = header;
  const view = line + 1 + Math.max(stateLength, 0);
  return {
    recent: turns.map(([turnId, position, records]) => ({ turnId, position, records })),
    recentIsAll: all === 1,
    lastRecord,
    held,
    sizes,
    state: stateLength < 0 ? null : stored.slice(line + 1, view),
    view: viewLength < 0 ? null : stored.slice(view),
  };
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
