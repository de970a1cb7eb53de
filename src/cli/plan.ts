import type { History, Step } from './steps.ts';

/** How a history is cut. */
export interface PlanLimits {
  /** Most steps in one batch. */
  readonly batchSteps: number;
  /** Batch `n` is sent only after batch `n - inFlight` and all before it were acknowledged. */
  readonly inFlight: number;
}

/** Steps that are sent together. */
export type Batch = readonly Step[];

/**
 * Cuts a history into batches, always the same way for the same history and limits.
 *
 * Invariant: two steps of one pair and of different types (a follow and a block, say) keep their
 * order and lie at least `inFlight` batches apart, so that they are never on their way together.
 * Steps of one pair and one type commute: two follows do not depend on each other.
 * A batch may be empty: it only keeps that distance.
 */
export function plan(history: History, limits: PlanLimits): readonly Batch[] {
  const batches: Batch[] = [];
  for (const phase of history.phases) {
    if (batches.length > 0) {
      for (let gap = 1; gap < limits.inFlight; gap++) batches.push([]);
    }
    appendPhase(batches, phase, limits);
  }
  return batches;
}

function appendPhase(batches: Batch[], phase: readonly Step[], limits: PlanLimits): void {
  const placed = new Placements(limits.inFlight);
  let waiting: readonly Step[] = [];
  let next = 0;
  while (waiting.length > 0 || next < phase.length) {
    const batch: Step[] = [];
    const kept: Step[] = [];
    const keptPairs = new Set<string>();
    const take = (step: Step): void => {
      // What waits keeps its pair's later steps waiting behind it.
      const full = batch.length === limits.batchSteps;
      if (full || keptPairs.has(step.pair ?? '') || !placed.place(step, batches.length)) {
        kept.push(step);
        if (step.pair !== null) keptPairs.add(step.pair);
      } else {
        batch.push(step);
      }
    };
    for (const step of waiting) take(step);
    // Bounding what waits bounds how far a step can be overtaken, and this loop's work.
    while (batch.length < limits.batchSteps && kept.length < limits.batchSteps) {
      const step = phase[next];
      if (step === undefined) break;
      next++;
      take(step);
    }
    batches.push(batch);
    waiting = kept;
  }
}

/** Remembers in which batch each pair's types were placed last. */
class Placements {
  readonly #lastOfPair = new Map<string, Map<string, number>>();
  readonly #inFlight: number;

  constructor(inFlight: number) {
    this.#inFlight = inFlight;
  }

  /** True, and remembered, if nothing of another type of its pair is too near to `batch`. */
  place(step: Step, batch: number): boolean {
    if (step.pair === null) return true;
    const last = this.#lastOfPair.get(step.pair) ?? new Map<string, number>();
    for (const [type, at] of last) {
      if (type !== step.type && batch - at < this.#inFlight) return false;
    }
    last.set(step.type, batch);
    this.#lastOfPair.set(step.pair, last);
    return true;
  }
}
