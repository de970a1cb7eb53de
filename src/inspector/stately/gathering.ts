import { type ActorKey, actorKey } from '../../engine/address.ts';
import type { LiveEvent } from '../../engine/live-feed.ts';
import type { StatelyLimits } from './limits.ts';

/** A command that an actor took. */
export interface Step {
  readonly commandId: string;
  readonly at: string;
  readonly principal: string;
  readonly command: { readonly type: string; readonly data: unknown };
  /** What it was decided on. */
  readonly facts: unknown;
  /** The events that it led to. */
  readonly recorded: { readonly type: string; readonly data: unknown }[];
}

/** An actor that is to be told of. */
export interface Changed {
  readonly key: ActorKey;
  /** The last that it took; none where it is only to be introduced. */
  readonly steps: Step[];
  /** How many it took, also those that are not kept. */
  count: number;
}

/** Gathers what a frame is to tell: of each actor its last commands. Holds so many, and no more. */
export class Gathering {
  readonly #limits: StatelyLimits;
  #changed = new Map<ActorKey, Changed>();
  /** The command whose events come now. */
  #latest: Step | null = null;
  #held = 0;
  #skipped = 0;

  constructor(limits: StatelyLimits) {
    this.#limits = limits;
  }

  get isEmpty(): boolean {
    return this.#changed.size === 0 && this.#skipped === 0;
  }

  /** An event of the feed; those of one command come one after another. */
  add({ event, cause: { principal, command, facts } }: LiveEvent): void {
    const { type, data, actor, causationId: commandId, occurredAt: at } = event;
    if (this.#latest?.commandId !== commandId) {
      this.#latest = { commandId, at, principal, command, facts, recorded: [] };
      this.#hold(actorKey(actor), this.#latest);
    }
    this.#latest.recorded.push({ type, data });
  }

  #hold(key: ActorKey, step: Step): void {
    const { actorStepsMax, heldStepsMax } = this.#limits;
    const isFull = this.#held === heldStepsMax;
    if (isFull && !this.#changed.has(key)) {
      this.#skipped++;
      return;
    }
    const changed = this.#of(key);
    changed.count++;
    changed.steps.push(step);
    this.#held++;
    // The newest tells most.
    if (changed.steps.length <= actorStepsMax && !isFull) return;
    changed.steps.shift();
    this.#held--;
  }

  /** Has an actor introduced, though it took nothing. */
  introduce(key: ActorKey): void {
    this.#of(key);
  }

  /** So many commands were taken of which nothing is known. */
  skip(commands: number): void {
    this.#skipped += commands;
  }

  /** The busiest of what was gathered, and how many commands are told of none; begins anew. */
  take(): { readonly changed: readonly Changed[]; readonly skipped: number } {
    const all = [...this.#changed.values()].toSorted((one, other) => other.count - one.count);
    const told = all.slice(0, this.#limits.frameActorsMax);
    const untold = all.reduce((sum, { count }) => sum + count, 0) - stepsIn(told);
    const taken = { changed: told, skipped: this.#skipped + untold };
    this.#changed = new Map();
    this.#latest = null;
    this.#held = 0;
    this.#skipped = 0;
    return taken;
  }

  #of(key: ActorKey): Changed {
    const known = this.#changed.get(key);
    if (known) return known;
    const changed: Changed = { key, steps: [], count: 0 };
    this.#changed.set(key, changed);
    return changed;
  }
}

/** Commands that are told of. */
function stepsIn(changed: readonly Changed[]): number {
  return changed.reduce((sum, { steps }) => sum + steps.length, 0);
}
