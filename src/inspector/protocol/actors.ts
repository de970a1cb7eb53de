/** The screen of all actors. */

/**
 * `GET /actors?q=&cursor=&limit=`. A query is words, all of which must hold: `type:account`,
 * `state:active`, `id:ann` (that one), `id:ann…` or `ann` (whose ids begin so), `stale:>1h` (nothing
 * was recorded of it for so long). Without `id`, those first that changed last; with `stale`, those
 * first that are at rest for longest; with the beginning of an id, in the order of ids.
 */
export interface ActorPage {
  readonly items: readonly ActorRow[];
  /** A page may be short, even empty, and not be the last: it ends after so many looks. */
  readonly nextCursor: string | null;
  /** How many there are by the index; `null` where it would have to count them, and on later pages. */
  readonly total: number | null;
  /** All actors of the types asked for, by state, the most first; `null` on later pages. */
  readonly counts: readonly StateCount[] | null;
  readonly index: IndexFigures;
}

export interface ActorRow {
  readonly type: string;
  readonly id: string;
  /** Paths of its active states, joined by `, `; empty for a machine without states. */
  readonly state: string;
  readonly version: number;
  /** `null`: longer ago than history is kept. */
  readonly lastAt: string | null;
}

export interface StateCount {
  readonly type: string;
  /** `*`: any of those beyond the first 64. */
  readonly state: string;
  readonly count: number;
}

/** How far the index is that actors and traces are found by. */
export interface IndexFigures {
  /** Records and actors that it has not taken yet. */
  readonly lag: number;
  /** It begins anew: some actors are not found yet, and it is not known how many. */
  readonly isBeginning: boolean;
}
