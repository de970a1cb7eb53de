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
   * @param records in all feeds @param at when they were asked for, in milliseconds
   */
  look(records: number, at: number): FeedGrowth | null {
    const last = this.#looks.at(-1);
    // One that was answered late says nothing of what there is by now.
    if (!last || at >= last.at) this.#keep({ records, at });
    const [first] = this.#looks;
    if (!first || at - first.at < APART_MS) return null;
    const seconds = (at - first.at) / 1_000;
    return { recordsPerSecond: (records - first.records) / seconds, seconds };
  }

  #keep(look: Look): void {
    const kept = this.#looks.filter(({ at }) => at >= look.at - BACK_MS);
    // Fewer than there were: it is another store by now.
    this.#looks = kept.some(({ records }) => records > look.records) ? [] : kept;
    const last = this.#looks.at(-1);
    if (!last || look.at - last.at >= APART_MS) this.#looks.push(look);
  }
}
