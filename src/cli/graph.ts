import { type Highlights, highlights } from './highlights.ts';
import { type Random, seededRandom } from './random.ts';
import { between, type History, pairOf, person, registration, type Step } from './steps.ts';

/** How much is made up, and from which seed. */
export interface GraphSize {
  readonly people: number;
  readonly commands: number;
  readonly seed: number;
}

/** A made-up social history, and whom to look at in it. */
export interface Graph extends Highlights {
  readonly history: History;
}

/** How likely a target is drawn by popularity rather than evenly. */
const BY_POPULARITY = 0.7;
const BLOCKS = 0.06;
const REMOVALS = 0.04;
const UNBLOCKS = 0.02;

/**
 * A social graph as it might have come about: people follow whom many follow already, now and then
 * remove a follow, block somebody, or take a block back. The same size and seed, the same graph.
 *
 * @param size at least 2 people and 1 command
 */
export function syntheticGraph(size: GraphSize): Graph {
  const { people, commands, seed } = size;
  const id = `demo-${seed}-${people}-${commands}`;
  const names = Array.from({ length: people }, (_, n) => `demo-${seed}-${n + 1}`);
  const drawing = new Drawing(names, seededRandom(seed), id);
  const steps: Step[] = [];
  while (steps.length < commands) steps.push(drawing.next(steps.length));
  return {
    history: { id, phases: [names.map((name) => registration(id, person(name))), steps] },
    ...highlights(names, steps),
  };
}

interface Link {
  readonly from: string;
  readonly to: string;
}

/** Draws one command after another, and keeps in mind who follows and blocks whom. */
class Drawing {
  readonly #names: readonly string[];
  readonly #random: Random;
  readonly #id: string;
  /** Every target of a follow, once a follow: drawing from it evenly is drawing by popularity. */
  readonly #followed: string[] = [];
  readonly #follows: Link[] = [];
  readonly #blocks: Link[] = [];
  readonly #blockedPairs = new Set<string>();

  constructor(names: readonly string[], random: Random, id: string) {
    this.#names = names;
    this.#random = random;
    this.#id = id;
  }

  next(index: number): Step {
    const key = `${this.#id}:${index}`;
    const lot = this.#random.below(10_000) / 10_000;
    const undone =
      lot < REMOVALS
        ? take(this.#follows, this.#random)
        : lot < REMOVALS + UNBLOCKS
          ? take(this.#blocks, this.#random)
          : undefined;
    if (undone !== undefined) {
      const type = lot < REMOVALS ? 'RemoveFollower' : 'UnblockAccount';
      if (type === 'UnblockAccount') this.#blockedPairs.delete(pairOf(undone.from, undone.to));
      return between(key, type, undone.from, undone.to);
    }
    const link = this.#newLink();
    if (lot > 1 - BLOCKS) {
      this.#blocks.push(link);
      this.#blockedPairs.add(pairOf(link.from, link.to));
      return between(key, 'BlockAccount', link.from, link.to);
    }
    this.#followed.push(link.to);
    if (!this.#blockedPairs.has(pairOf(link.from, link.to))) this.#follows.push(link);
    return between(key, 'FollowAccount', link.from, link.to);
  }

  #newLink(): Link {
    const from = this.#at(this.#random.below(this.#names.length));
    const known = this.#random.chance(BY_POPULARITY)
      ? this.#random.pick(this.#followed)
      : undefined;
    const to = known ?? this.#at(this.#random.below(this.#names.length));
    if (to !== from) return { from, to };
    return { from, to: this.#at((this.#names.indexOf(from) + 1) % this.#names.length) };
  }

  #at(index: number): string {
    const name = this.#names[index];
    if (name === undefined) throw new Error(`no person ${index}`);
    return name;
  }
}

/** Takes one item out, drawn evenly. */
function take<T>(items: T[], random: Random): T | undefined {
  const index = random.below(items.length);
  const last = items.pop();
  const taken = items[index];
  if (taken === undefined || last === undefined) return last;
  items[index] = last;
  return taken;
}
