import {
  HISTORY_STEPS_MAX,
  type HistoryPage,
  type HistoryPages,
  type HistoryStep,
} from '../protocol.ts';
import { read } from './api.ts';

/** Pages of steps that are kept at hand. */
const PAGES_KEPT_MAX = 40;

/** A step and its place: 0 is the newest when the book was opened. */
export interface PlacedStep {
  readonly index: number;
  readonly step: HistoryStep;
}

/** What is known so far of how long a history is. */
export interface Extent {
  /** All steps that there were, those that were trimmed too. */
  readonly total: number;
  /** How many of them can be read; `null` while that is not known. */
  readonly kept: number | null;
  readonly isTrimmed: boolean;
}

/**
 * An actor's history as it was when the book was opened, read page by page: nothing that is read of
 * it changes. A page far from the newest is found by walking there, since each step knows only the
 * one before it; `onWalk` is told how far that has come.
 */
export class HistoryBook {
  readonly #path: string;
  readonly #onWalk: (steps: number | null) => void;
  /** Where pages begin, from the newest on. */
  readonly #starts: string[] = [];
  readonly #pages = new Map<number, readonly HistoryStep[]>();
  #next: string | null = null;
  #lastSteps = 0;
  #total = 0;
  #isTrimmed = false;

  private constructor(path: string, onWalk: (steps: number | null) => void) {
    this.#path = path;
    this.#onWalk = onWalk;
  }

  /** @param path of the actor's history below the inspector's routes @throws Problem */
  static async open(
    path: string,
    signal: AbortSignal,
    onWalk: (steps: number | null) => void,
  ): Promise<HistoryBook> {
    const book = new HistoryBook(path, onWalk);
    const { steps, next, isTrimmed, total } = await read<HistoryPage>(path, signal);
    const [newest] = steps;
    if (newest) book.#starts.push(newest.position);
    book.#pages.set(0, steps);
    book.#next = next;
    book.#lastSteps = steps.length;
    book.#isTrimmed = isTrimmed;
    book.#total = total ?? steps.length;
    return book;
  }

  get extent(): Extent {
    const whole = (this.#starts.length - 1) * HISTORY_STEPS_MAX + this.#lastSteps;
    const kept = this.#starts.length === 0 ? 0 : whole;
    const isKnown = this.#next === null;
    return { total: this.#total, kept: isKnown ? kept : null, isTrimmed: this.#isTrimmed };
  }

  /** The steps of a page; empty where the history has none. @throws Problem */
  async page(number: number, signal: AbortSignal): Promise<readonly HistoryStep[]> {
    await this.#walkUntil(() => this.#starts.length > number, signal);
    const start = this.#starts[number];
    if (start === undefined) return [];
    const known = this.#pages.get(number);
    if (known) return known;
    const { steps } = await read<HistoryPage>(`${this.#path}?from=${start}`, signal);
    if (this.#pages.size >= PAGES_KEPT_MAX) {
      const [oldest] = this.#pages.keys();
      if (oldest !== undefined) this.#pages.delete(oldest);
    }
    this.#pages.set(number, steps);
    return steps;
  }

  /** The step at an index, or the oldest that is left. @throws Problem */
  async step(index: number, signal: AbortSignal): Promise<PlacedStep | null> {
    const number = Math.floor(index / HISTORY_STEPS_MAX);
    const steps = await this.page(number, signal);
    const step = steps[index % HISTORY_STEPS_MAX];
    return step ? { index, step } : this.oldest(signal);
  }

  /** The first step that is left of the history. @throws Problem */
  async oldest(signal: AbortSignal): Promise<PlacedStep | null> {
    await this.#walkUntil(() => false, signal);
    const number = this.#starts.length - 1;
    const steps = number < 0 ? [] : await this.page(number, signal);
    const step = steps.at(-1);
    return step ? { index: number * HISTORY_STEPS_MAX + steps.length - 1, step } : null;
  }

  /** The step at a position; `null` where the history has none there. @throws Problem */
  async find(position: string, signal: AbortSignal): Promise<PlacedStep | null> {
    const place = placeOf(position);
    const isPast = () => placeOf(this.#starts.at(-1) ?? '') <= place;
    await this.#walkUntil(isPast, signal);
    const number = this.#starts.findLastIndex((start) => placeOf(start) >= place);
    if (number < 0) return null;
    const steps = await this.page(number, signal);
    const at = steps.findIndex((step) => step.position === position);
    const step = steps[at];
    return step ? { index: number * HISTORY_STEPS_MAX + at, step } : null;
  }

  async #walkUntil(isThere: () => boolean, signal: AbortSignal): Promise<void> {
    try {
      while (!isThere() && this.#next !== null) {
        const from = this.#next;
        const found = await read<HistoryPages>(`${this.#path}/pages?from=${from}`, signal);
        // Two walks may have asked for the same. What comes may be nothing: it was trimmed meanwhile.
        if (from !== this.#next) continue;
        this.#starts.push(...found.starts);
        this.#next = found.next;
        if (found.starts.length > 0) this.#lastSteps = found.lastSteps;
        this.#isTrimmed = found.isTrimmed;
        this.#onWalk(this.#starts.length * HISTORY_STEPS_MAX);
      }
    } finally {
      this.#onWalk(null);
    }
  }
}

/** A position's place within its feed; before everything where it is none. */
function placeOf(position: string): number {
  const place = Number(position.split(':')[1]);
  return Number.isNaN(place) ? 0 : place;
}
