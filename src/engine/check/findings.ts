/** What a check finds, gathered in flat memory: alike findings are one, with a count and an example. */

interface Kind {
  /** Whether it would break what runs, or is only to be known. */
  readonly breaks: boolean;
  readonly title: string;
  /** What to do about it. */
  readonly remedy: string;
}

/** Every kind of finding, in the order in which they are told. */
export const KINDS = {
  newer: {
    breaks: true,
    title: 'written by newer code than this',
    remedy: 'Deploy that version or a newer one: nodes of this code refuse it.',
  },
  state: {
    breaks: true,
    title: 'actors whose stored state this code cannot run',
    remedy: "Raise the aggregate's version, and give it a migration from the older one.",
  },
  instance: {
    breaks: true,
    title: 'instances of policies whose stored state this code cannot run',
    remedy: "Raise the policy's version, and give it a migration from the older one.",
  },
  claim: {
    breaks: true,
    title: 'states that hold values which their actors never claimed',
    remedy: 'Let the claim be held only where it was taken: every command of such an actor fails.',
  },
  event: {
    breaks: true,
    title: 'recorded events that this code cannot read',
    remedy: 'Declare the event, raise its version with its schema, and give it an upcaster.',
  },
  command: {
    breaks: true,
    title: 'commands that wait and that this code cannot run',
    remedy: 'Keep the command as it was until they are through; see everstate dead-letters.',
  },
  effect: {
    breaks: true,
    title: 'effects under way that the policy does not have any more',
    remedy: 'Keep the effect under its name until they are through.',
  },
  row: {
    breaks: true,
    title: 'stored records and rows that cannot be read at all',
    remedy: 'They were written by something else, or damaged: restore them from a copy.',
  },
  history: {
    breaks: true,
    title: 'histories that would go otherwise by this code',
    remedy:
      'Where a rule was changed on purpose, say --accept history: what is stored stays as it is. ' +
      'Otherwise a guard or an assignment is not pure, or was changed by mistake.',
  },
  gone: {
    breaks: true,
    title: 'stored things of which the app has nothing any more',
    remedy:
      'Declare it again; or, if it is to go, see everstate subscribers: the feed is kept for it.',
  },
  waiting: {
    breaks: false,
    title: 'instances that wait for what does not come, or get what they do not wait for',
    remedy:
      'A migration can rename their timers and effects; what is new in a state begins with the next visit.',
  },
  view: {
    breaks: false,
    title: 'public views that break their schema',
    remedy:
      "Others read them as they are until the actor's next change: let them take both shapes.",
  },
  rebuild: {
    breaks: false,
    title: 'read models of older versions of their projections',
    remedy: 'Rebuild them when the new version runs: everstate rebuild NAME.',
  },
  letter: {
    breaks: false,
    title: 'dead letters',
    remedy: 'See everstate dead-letters: look, retry, discard.',
  },
} as const satisfies Record<string, Kind>;

export type FindingKind = keyof typeof KINDS;

/** What was found alike. */
export interface Finding {
  readonly kind: FindingKind;
  /** The aggregate, policy, projection or event. */
  readonly about: string;
  readonly detail: string;
  /** One of them. */
  readonly example: string;
  readonly count: number;
}

/** Of one kind: beyond that, they are told as one. */
const FINDINGS_MAX = 100;
const DETAIL_LENGTH_MAX = 400;

/** Gathers findings. */
export class Findings {
  readonly #found = new Map<string, Finding>();
  readonly #sizes = new Map<FindingKind, number>();

  add(kind: FindingKind, about: string, detail: string, example: string): void {
    const size = this.#sizes.get(kind) ?? 0;
    const short = detail.slice(0, DETAIL_LENGTH_MAX);
    const own = JSON.stringify([kind, about, short]);
    const isNew = !this.#found.has(own);
    const isMore = isNew && size >= FINDINGS_MAX;
    const key = isMore ? kind : own;
    const known = this.#found.get(key);
    if (known) {
      this.#found.set(key, { ...known, count: known.count + 1 });
      return;
    }
    if (isNew) this.#sizes.set(kind, size + 1);
    const finding = { kind, about, detail: short, example, count: 1 };
    this.#found.set(key, isMore ? { ...finding, about: 'more', detail: 'others' } : finding);
  }

  /** How many are told. */
  get size(): number {
    return this.#found.size;
  }

  /** By kind, in the order of {@link KINDS}, the most frequent first. */
  all(): readonly Finding[] {
    const order = Object.keys(KINDS);
    return [...this.#found.values()].sort(
      (a, b) => order.indexOf(a.kind) - order.indexOf(b.kind) || b.count - a.count,
    );
  }
}
