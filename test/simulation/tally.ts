import type { Result } from './run.ts';

/** How much of a trace is told of a seed that failed. */
const LINES_TOLD = 60;

/** What a thread tells of a seed. */
export type Told = Pick<
  Result,
  'seed' | 'violations' | 'commands' | 'faults' | 'nodes' | 'events' | 'hash'
> & {
  readonly kinds: Readonly<Record<string, number>>;
};

export function toldOf({ kinds, lines: _, ms: __, ...result }: Result): Told {
  return { ...result, kinds: Object.fromEntries(kinds) };
}

/** Many seeds, added up. */
export class Tally {
  readonly failed: Told[] = [];
  readonly #kinds: Record<string, number> = {};
  #seeds = 0;
  #events = 0;
  #least = {
    commands: Number.POSITIVE_INFINITY,
    faults: Number.POSITIVE_INFINITY,
    nodes: Number.POSITIVE_INFINITY,
  };
  #commands = 0;
  #faults = 0;

  add(told: Told): void {
    const { commands, faults, nodes } = told;
    this.#seeds += 1;
    this.#events += told.events;
    this.#commands += commands;
    this.#faults += faults;
    this.#least = {
      commands: Math.min(this.#least.commands, commands),
      faults: Math.min(this.#least.faults, faults),
      nodes: Math.min(this.#least.nodes, nodes),
    };
    for (const [kind, count] of Object.entries(told.kinds)) {
      this.#kinds[kind] = (this.#kinds[kind] ?? 0) + count;
    }
    if (told.violations.length > 0) this.failed.push(told);
  }

  summary(): string {
    const { commands, faults, nodes } = this.#least;
    const kinds = Object.entries(this.#kinds)
      .sort(([, a], [, b]) => b - a)
      .map(([kind, count]) => `  ${String(count).padStart(8)} ${kind}`);
    return [
      `${this.#seeds} seeds: ${this.#commands} commands, ${this.#faults} faults, ${this.#events} events`,
      `each of at least ${commands} commands, ${nodes} nodes and ${faults} faults:`,
      ...kinds,
      this.failed.length === 0
        ? 'every rule held'
        : `${this.failed.length} seeds broke a rule: ${this.failed.map(({ seed }) => seed).join(', ')}`,
    ].join('\n');
  }
}

/** One seed in words: what it broke, where it was then, and how to see it again. */
export function describe(result: Result, tracesAll: boolean): string {
  const { seed, violations, commands, faults, nodes, events, hash, lines } = result;
  const shown = tracesAll ? lines : violations.length > 0 ? lines?.slice(-LINES_TOLD) : [];
  return [
    ...(shown ?? []),
    `seed ${seed}: ${commands} commands, ${faults} faults, ${nodes} nodes, ${events} events, trace ${hash}`,
    ...violations.map((violation) => `  broken: ${violation}`),
    ...(violations.length === 0
      ? ['  every rule held']
      : [`  to repeat: npm run simulate -- --seed ${seed} --trace`]),
  ].join('\n');
}
