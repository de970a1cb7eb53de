/**
 * What something costs a process, in many short turns: each counts by how much one figure grew for
 * another, and only where that other grew as fast as it is to.
 */
import { setTimeout as pause } from 'node:timers/promises';

/** A figure, and the interval that it is in with 95 % confidence. */
export interface Estimate {
  readonly mean: number;
  readonly low: number;
  readonly high: number;
  /** How many turns it comes from. */
  readonly turns: number;
}

/** What is switched on and off, and what is read at both ends of a turn. */
export interface Switched {
  on(): Promise<unknown>;
  off(): Promise<unknown>;
  read(): Promise<{ readonly cost: number; readonly of: number }>;
}

export interface Turns {
  /** So many are wanted; those that do not count are made up for by as many others at most. */
  readonly wanted: number;
  readonly seconds: number;
  /** After each switch, before a turn begins, in milliseconds. */
  readonly settleMs: number;
  /** What costs are counted by grows by so much a second, where a turn counts. */
  readonly perSecond: readonly [least: number, most: number];
}

/** Of a process that does nothing else: all that it takes while it is switched on. */
export async function costs(switched: Switched, turns: Turns): Promise<readonly number[]> {
  const found: number[] = [];
  await switched.on();
  await pause(turns.settleMs);
  for (let tried = 0; found.length < turns.wanted && tried < 2 * turns.wanted; tried++) {
    const cost = await turn(switched, turns);
    if (cost !== null) found.push(cost);
  }
  await switched.off();
  return found;
}

/**
 * Of a process that is busy beside: what it takes more than in the turns before and after. That moves
 * by more than what is looked for, but slowly, and is nearly the same in neighbouring turns.
 */
export async function differences(switched: Switched, turns: Turns): Promise<readonly number[]> {
  const found: number[] = [];
  for (let tried = 0; found.length < turns.wanted && tried < 2 * turns.wanted; tried++) {
    // What grows steadily within these four is as much in both.
    const order = tried % 2 === 0 ? [false, true, true, false] : [true, false, false, true];
    let sum: number | null = 0;
    for (const isOn of order) {
      if (isOn) await switched.on();
      await pause(turns.settleMs);
      const cost = await turn(switched, turns);
      if (isOn) await switched.off();
      sum = sum === null || cost === null ? null : sum + (isOn ? cost : -cost) / 2;
    }
    if (sum !== null) found.push(sum);
  }
  return found;
}

/** @returns `null` where it does not count */
async function turn({ read }: Switched, { seconds, perSecond }: Turns): Promise<number | null> {
  const start = performance.now();
  const before = await read();
  await pause(seconds * 1_000);
  const after = await read();
  const grown = after.of - before.of;
  const rate = grown / ((performance.now() - start) / 1_000);
  const [least, most] = perSecond;
  return rate < least || rate > most ? null : (after.cost - before.cost) / grown;
}

/** The mean of figures, and where it may lie by Student's distribution: anywhere, of fewer than five. */
export function estimate(figures: readonly number[]): Estimate {
  const count = figures.length;
  const mean = figures.reduce((sum, each) => sum + each, 0) / count;
  const squares = figures.reduce((sum, each) => sum + (each - mean) ** 2, 0);
  const half =
    count < 5
      ? Number.POSITIVE_INFINITY
      : student(count - 1) * Math.sqrt(squares / (count - 1) / count);
  return { mean, low: mean - half, high: mean + half, turns: count };
}

/** What 95 % of Student's distribution lies within, from four degrees of freedom on. */
function student(freedom: number): number {
  const z = 1.96;
  return (
    z + (z ** 3 + z) / (4 * freedom) + (5 * z ** 5 + 16 * z ** 3 + 3 * z) / (96 * freedom ** 2)
  );
}
