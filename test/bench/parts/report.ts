/** What the run prints and keeps: at most 100 columns, figures with their goals. */
import { writeFileSync } from 'node:fs';
import type { Estimate } from './turns.ts';

/** A figure that has a goal. */
export interface Check {
  readonly what: string;
  readonly figure: number;
  readonly goal: number;
  readonly met: boolean;
}

const checks: Check[] = [];
const figures: Record<string, unknown> = {};

export function heading(title: string, note: string): void {
  console.log(`\n${title}`);
  console.log('─'.repeat(title.length));
  console.log(note);
}

/** Prints rows under a head; the first column to the left, the others to the right. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): void {
  const all = [head, ...rows];
  const widths = head.map((_, column) => Math.max(...all.map((row) => row[column]?.length ?? 0)));
  for (const row of all) {
    const cells = row.map((cell, column) =>
      column === 0 ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0),
    );
    console.log(`  ${cells.join('  ')}`);
  }
}

/** Judges a figure by its goal and prints both. */
export function check(what: string, figure: number, goal: { min: number } | { max: number }): void {
  const isMin = 'min' in goal;
  const limit = isMin ? goal.min : goal.max;
  const met = isMin ? figure >= limit : figure <= limit;
  checks.push({ what, figure, goal: limit, met });
  const bound = isMin ? 'at least' : 'at most';
  console.log(
    `${met ? '  met    ' : '  MISSED '} ${what}: ${ratio(figure)} (goal: ${bound} ${limit})`,
  );
}

/**
 * Judges a figure that is known to lie within an interval: where all of that is on one side of its goal,
 * and it comes from turns enough.
 */
export function checkEstimate(what: string, estimate: Estimate, goal: { max: number }): void {
  const { mean, low, high, turns } = estimate;
  if (!Number.isFinite(high)) {
    console.log(`          not judged: ${what}: only ${turns} turns came to what they are to`);
    return;
  }
  const figure = `${what}, ${ratio(low)} to ${ratio(high)}`;
  if (high <= goal.max || low > goal.max) check(figure, mean, goal);
  else console.log(`          not judged: ${figure}, on both sides of ${goal.max}`);
}

/** Keeps figures for `last-run.json`. */
export function keep(section: string, values: unknown): void {
  figures[section] = values;
}

/** Prints all goals once more, and writes what was kept. */
export function conclude(file: URL, about: Readonly<Record<string, unknown>>): void {
  heading('Goals', `${checks.filter(({ met }) => met).length} of ${checks.length} met`);
  for (const { what, figure, goal, met } of checks) {
    console.log(`${met ? '  met    ' : '  MISSED '} ${what}: ${ratio(figure)} (${goal})`);
  }
  writeFileSync(file, `${JSON.stringify({ ...about, checks, figures }, null, 2)}\n`);
}

export const ratio = (value: number): string => value.toFixed(2);
export const rate = (value: number): string => Math.round(value).toLocaleString('en-US');
export const ms = (value: number): string => value.toFixed(2);
export const microseconds = (value: number | null): string =>
  value === null ? '–' : value.toFixed(1);
export const megabytes = (value: number): string => `${(value / 1e6).toFixed(0)} MB`;
