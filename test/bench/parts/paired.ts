/**
 * What something costs a process that is busy beside: by many short turns with and without it. What the
 * process takes on its own moves by more than that, but slowly, and so is the same in turns that are
 * neighbours.
 */
import { setTimeout as pause } from 'node:timers/promises';

/** A figure, and the interval that it is in with 95 % confidence. */
export interface Estimate {
  readonly mean: number;
  readonly low: number;
  readonly high: number;
}

/** What is switched on and off, and what is read at both ends of a turn. */
export interface Switched {
  on(): Promise<unknown>;
  off(): Promise<unknown>;
  /** The two figures whose growth is compared: a turn counts by how much the one grew for the other. */
  read(): Promise<{ readonly cost: number; readonly of: number }>;
}

export interface Turns {
  /** Each of four turns: without, with, with, without, or the other way round. */
  readonly blocks: number;
  readonly seconds: number;
  /** After each switch, before a turn begins, in milliseconds. */
  readonly settleMs: number;
}

/** What it costs, for each of what it is counted by: a difference for each block. */
export async function differences(switched: Switched, turns: Turns): Promise<readonly number[]> {
  const found: number[] = [];
  for (let block = 0; block < turns.blocks; block++) {
    // What grows steadily within a block is as much in both.
    const order = block % 2 === 0 ? [false, true, true, false] : [true, false, false, true];
    let difference = 0;
    for (const isOn of order)
      difference += ((isOn ? 1 : -1) * (await turn(switched, isOn, turns))) / 2;
    found.push(difference);
  }
  return found;
}

async function turn({ on, off, read }: Switched, isOn: boolean, { seconds, settleMs }: Turns) {
  if (isOn) await on();
  await pause(settleMs);
  const before = await read();
  await pause(seconds * 1_000);
  const after = await read();
  if (isOn) await off();
  return (after.cost - before.cost) / (after.of - before.of);
}

/** The mean of several figures, and where it may lie: by Student's distribution. */
export function estimate(figures: readonly number[]): Estimate {
  const count = figures.length;
  const mean = figures.reduce((sum, each) => sum + each, 0) / count;
  const squares = figures.reduce((sum, each) => sum + (each - mean) ** 2, 0);
  const half = student(count - 1) * Math.sqrt(squares / (count - 1) / count);
  return { mean, low: mean - half, high: mean + half };
}

/** What 95 % of Student's distribution lies within, from three degrees of freedom on. */
function student(freedom: number): number {
  const z = 1.96;
  return (
    z + (z ** 3 + z) / (4 * freedom) + (5 * z ** 5 + 16 * z ** 3 + 3 * z) / (96 * freedom ** 2)
  );
}
