/** What of a chart is lit, and in which words. */

export interface Lit {
  /** Paths of the active states. */
  readonly active: ReadonlySet<string>;
  /** Names of the transitions taken last. */
  readonly taken: ReadonlySet<string>;
  /** Names of the transitions that may be taken next. */
  readonly possible: ReadonlySet<string>;
}

export type LitKind = 'taken' | 'possible';

export const MARKS: Readonly<Record<LitKind, string>> = { taken: '▶', possible: '◇' };
export const WORDS: Readonly<Record<LitKind, string>> = {
  taken: 'taken by this step',
  possible: 'may be taken next',
};

/** How one of some transitions is lit: what was taken comes first; `null`: not at all. */
export function litKind(transitions: readonly string[], lit: Lit): LitKind | null {
  if (transitions.some((name) => lit.taken.has(name))) return 'taken';
  return transitions.some((name) => lit.possible.has(name)) ? 'possible' : null;
}

/** All that there is to say of how a transition is lit. */
export function litWords(transition: string | null, { taken, possible }: Lit): string[] {
  if (transition === null) return [];
  const words = taken.has(transition) ? [WORDS.taken] : [];
  return possible.has(transition) ? [...words, WORDS.possible] : words;
}

/** Whether a state is active: the root always is, where anything is. */
export function isActive(path: string, { active }: Lit): boolean {
  return path === '' ? active.size > 0 : active.has(path);
}
