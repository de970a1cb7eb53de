/** What paths cover of machines, and what they leave out. */
import { fail } from '../mismatch.ts';
import type { ItemKind, MachineItems } from './items.ts';

/** Why an item may be left out, by machine, then by the item's name. */
export type Allowed = Readonly<Record<string, Readonly<Record<string, string>>>>;

/** One machine's figures: covered, of all. */
export interface CoverageRow {
  readonly machine: string;
  readonly states: readonly [covered: number, all: number];
  readonly transitions: readonly [covered: number, all: number];
  /** Guards found closed, of all guarded transitions. */
  readonly refusals: readonly [covered: number, all: number];
  readonly missed: readonly string[];
}

/** What is covered of each machine's states, transitions and guards. */
export class Coverage {
  readonly #machines: ReadonlyMap<string, MachineItems>;
  readonly #covered = new Map<string, Set<string>>();

  constructor(machines: ReadonlyMap<string, MachineItems>) {
    this.#machines = machines;
  }

  /** Counts an item. @returns whether it is the first time */
  add(machine: string, item: string): boolean {
    const covered = this.#covered.get(machine) ?? new Set();
    this.#covered.set(machine, covered);
    if (covered.has(item)) return false;
    covered.add(item);
    return true;
  }

  /** Whether everything but what is allowed is covered. */
  isComplete(allowed: Allowed = {}): boolean {
    return this.rows().every(({ machine, missed }) =>
      missed.every((name) => allowed[machine]?.[name] !== undefined),
    );
  }

  rows(): readonly CoverageRow[] {
    return [...this.#machines].map(([machine, { all }]) => {
      const covered = this.#covered.get(machine) ?? new Set();
      const figures = (kind: ItemKind): [number, number] => {
        const items = all.filter((item) => item.kind === kind);
        return [items.filter(({ name }) => covered.has(name)).length, items.length];
      };
      const missed = all.map(({ name }) => name).filter((name) => !covered.has(name));
      return {
        machine,
        states: figures('state'),
        transitions: figures('transition'),
        refusals: figures('refusal'),
        missed,
      };
    });
  }

  /** The figures as a table, and below it what is missed. */
  table(): string {
    const rows = this.rows();
    const of = ([covered, all]: readonly [number, number]) => `${covered}/${all}`;
    const cells = [
      ['machine', 'states', 'transitions', 'guards refused'],
      ...rows.map((row) => [row.machine, of(row.states), of(row.transitions), of(row.refusals)]),
    ];
    const widths = [0, 1, 2, 3].map((at) => Math.max(...cells.map((row) => row[at]?.length ?? 0)));
    const lines = cells.map((row) =>
      row
        .map((cell, at) => cell.padEnd(widths[at] ?? 0))
        .join('  ')
        .trimEnd(),
    );
    const missed = rows.flatMap(({ machine, missed: names }) =>
      names.map((name) => `  ${machine}: ${name}`),
    );
    return [...lines, ...(missed.length > 0 ? ['not covered:', ...missed] : [])].join('\n');
  }

  /**
   * Expects everything to be covered but what is allowed, with its reason, to be left out.
   * @throws AssertionError that names what is missed, and what is allowed without need
   */
  mustBeComplete(allowed: Allowed = {}): void {
    const missed = new Map(this.rows().map((row) => [row.machine, row.missed]));
    const wrong: string[] = [];
    for (const [machine, names] of missed) {
      for (const name of names) {
        if (!allowed[machine]?.[name]) wrong.push(`${machine}: ${name} is not covered`);
      }
    }
    for (const [machine, names] of Object.entries(allowed)) {
      for (const name of Object.keys(names)) {
        if (!missed.get(machine)?.includes(name)) {
          wrong.push(`${machine}: ${name} may be left out, and is covered or unknown`);
        }
      }
    }
    if (wrong.length > 0) fail(`${wrong.join('\n')}\n${this.table()}`);
  }
}
