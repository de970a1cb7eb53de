import type { FeedGrowth } from './protocol.ts';

/** How far back two looks may lie apart, in milliseconds. */
const BACK_MS = 60_000;
/** Between two looks that are kept: so there are 61 at most. */
const APART_MS = 1_000;

interface Look {
  readonly at: number;
  readonly records: number;
}

/** How fast the feeds grow, from what those who look are told anyway: it asks for nothing itself. */
export class GrowthOfFeeds {
  /** The oldest first. */
  #looks: Look[] = [];

  /**
   * Compares with the oldest look of the last minute.
   * @param records in all feeds @param at now, in milliseconds, never less than before
   */
  look(records: number, at: number): FeedGrowth | null {
    const kept = this.#looks.filter((look) => look.at >= at - BACK_MS);
    // Fewer than there were: it is another store by now.
    this.#looks = kept.some((look) => look.records > records) ? [] : kept;
    const [first] = this.#looks;
    const last = this.#looks.at(-1);
    if (!last || at - last.at >= APART_MS) this.#looks.push({ at, records });
    if (!first || at - first.at < APART_MS) return null;
    const seconds = (at - first.at) / 1_000;
    return { recordsPerSecond: (records - first.records) / seconds, seconds };
  }
}
