import type { BackgroundLimits } from '../background/limits.ts';
import { partitionsOf, surveyAll } from '../partitions.ts';
import type { Runtime } from '../runtime.ts';
import { type Store, StoreUnavailable } from '../store.ts';
import type { Survey } from '../work-store.ts';
import { type FoundActors, type Search, searchActors } from './search.ts';
import {
  LISTING,
  NAMED,
  oneRow,
  PLACE,
  type Place,
  read,
  statesOf,
  timesTable,
  WANTED,
} from './tables.ts';
import { type FoundTrace, findTrace } from './trace.ts';

/** Of the time for which an index is wanted, how much may pass before that is said again. */
const SAID_SHARE = 0.2;

/** What {@link standingOf} makes its answer from, of each partition. */
export const STANDING_TABLES = [PLACE, NAMED, LISTING, WANTED] as const;

/** How far the indexes of all partitions are. */
export interface IndexStanding {
  /** Records and actors that are still to be taken. */
  readonly lag: number;
  /** Not all actors were named yet: some are not found, and it is not known how many. */
  readonly isListing: boolean;
  /** Somebody looks, or did a short while ago. */
  readonly isWanted: boolean;
  /** By partition; `null` where there is no index yet. */
  readonly places: readonly (Place | null)[];
  /** The store's clock, in ms since 1970. */
  readonly now: number;
}

/** The index of actors and traces, for those who look. */
export class ActorIndex {
  readonly #tools: {
    readonly store: Store;
    readonly runtime: Runtime;
    readonly limits: BackgroundLimits;
    readonly types: readonly string[];
    readonly begin: () => void;
  };
  #saidAt = Number.NEGATIVE_INFINITY;
  #saying: Promise<void> | null = null;

  /** @param tools `begin` has this node do its share, where it does no background work otherwise */
  constructor(tools: {
    readonly store: Store;
    readonly runtime: Runtime;
    readonly limits: BackgroundLimits;
    readonly types: readonly string[];
    readonly begin: () => void;
  }) {
    this.#tools = tools;
  }

  /** Has the index kept up for a while: to be called whenever somebody looks. @throws StoreUnavailable */
  async want(): Promise<void> {
    const { runtime, limits, begin } = this.#tools;
    if (runtime.monotonic() - this.#saidAt < SAID_SHARE * limits.indexWantedMs) return;
    begin();
    this.#saying ??= this.#say().finally(() => {
      this.#saying = null;
    });
    await this.#saying;
  }

  async #say(): Promise<void> {
    const { store, runtime, limits } = this.#tools;
    const at = runtime.monotonic();
    const rows = [oneRow(WANTED, '', { kind: 'in', ms: limits.indexWantedMs })];
    const said = await Promise.allSettled(
      partitionsOf(store).map((partition) => store.post({ partition, expected: [], rows })),
    );
    // A part of the store that is out of reach is told the next time.
    const failed = said.find((each) => each.status === 'rejected');
    if (!failed) this.#saidAt = at;
    else if (!(failed.reason instanceof StoreUnavailable)) throw failed.reason;
  }

  /** @throws StoreUnavailable */
  async standing(): Promise<IndexStanding> {
    const { store } = this.#tools;
    const standing = standingOf(await surveyAll(store, STANDING_TABLES), 0);
    // The store lost what it was told: the next who looks says it again.
    if (!standing.isWanted) this.#saidAt = Number.NEGATIVE_INFINITY;
    return standing;
  }

  /**
   * A page of actors.
   * @param standing where the caller has it already
   * @throws StoreUnavailable
   */
  async search(search: Search, standing?: IndexStanding): Promise<FoundActors> {
    return searchActors(this.#tools.store, standing ?? (await this.standing()), search);
  }

  /** How many actors of these types there are, by type and state. @throws StoreUnavailable */
  async counts(types: readonly string[], { places }: IndexStanding) {
    const { store } = this.#tools;
    const counts = new Map<string, { type: string; state: string; count: number }>();
    const found = places.map(async (place, partition) => {
      const states = types.flatMap((type) =>
        statesOf(place?.states ?? {}, type).map((state) => ({ type, state })),
      );
      const tables = states.map(({ type, state }) => timesTable(type, state));
      const survey = await store.survey(partition, tables);
      return states.map((each, at) => ({ ...each, count: survey.tables[at]?.rows ?? 0 }));
    });
    for (const { type, state, count } of (await Promise.all(found)).flat()) {
      const name = `${type}/${state}`;
      const before = counts.get(name);
      counts.set(name, { type, state, count: count + (before?.count ?? 0) });
    }
    return [...counts.values()].sort((a, b) => b.count - a.count);
  }

  /** What was recorded under a correlation id. @throws StoreUnavailable */
  trace(correlationId: string): Promise<FoundTrace> {
    return findTrace(this.#tools.store, correlationId);
  }
}

/**
 * How far indexes are, by surveys of all partitions.
 * @param from where the index's tables begin among those that were asked for
 */
export function standingOf(surveys: readonly Survey[], from: number): IndexStanding {
  let lag = 0;
  let isListing = false;
  let isWanted = false;
  const places = surveys.map((survey) => {
    const [place, named, listing, wanted] = survey.tables.slice(from);
    const standing = place?.first ? read.place(place.first.body) : null;
    lag += Math.max(0, survey.head - (standing?.position ?? 0)) + (named?.rows ?? 0);
    isListing ||= (listing?.ordered ?? 0) > 0;
    isWanted ||= (wanted?.first?.order ?? 0) > survey.now;
    return standing;
  });
  return { lag, isListing, isWanted, places, now: surveys[0]?.now ?? 0 };
}
