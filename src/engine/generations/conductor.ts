import type { ProjectionDefinition } from '../../define/index.ts';
import { insist } from '../background/backoff.ts';
import type { BackgroundLimits } from '../background/limits.ts';
import type { Log, Runtime } from '../runtime.ts';
import type { Store } from '../store.ts';
import { discard } from './discard.ts';
import { GenerationView } from './generations.ts';
import {
  type Generation,
  type Lineage,
  projectionOf,
  readLineages,
  type StoredLineage,
  subscriberOf,
  writeLineage,
} from './row.ts';

/** Every so many looks it is looked for what is left over. */
const LOOKS_PER_SWEEP = 20;

/** What rebuilds are conducted with. */
export interface ConductorTools {
  readonly store: Store;
  readonly runtime: Runtime;
  readonly log: Log;
  readonly limits: BackgroundLimits;
  readonly projections: ReadonlyMap<string, ProjectionDefinition>;
}

/**
 * Takes rebuilds from phase to phase. One node does, that which holds the first partition; a former
 * holder that goes on does no harm, since each step replaces a row only if it is as it was read.
 *
 * The phases follow one another so slowly that every node knows of one before the next begins: a
 * node goes by what it knows for `viewMsMax` at most.
 */
export class Conductor {
  readonly #tools: ConductorTools;
  readonly #ending = new AbortController();
  readonly #run: Promise<void>;
  #looks = 0;
  /** Since when a generation was seen in its phase, by the monotonic clock, which no one sets. */
  readonly #seenAt = new Map<string, number>();
  /** How far the read model that is read was at the last look, by partition, for each rebuild. */
  readonly #passedBefore = new Map<string, readonly number[]>();

  constructor(tools: ConductorTools) {
    this.#tools = tools;
    this.#run = this.#conduct();
  }

  async stop(): Promise<void> {
    this.#ending.abort();
    await this.#run;
  }

  async #conduct(): Promise<void> {
    const { runtime, limits, log } = this.#tools;
    const { signal } = this.#ending;
    while (!signal.aborted) {
      const isUnderWay = await insist(
        this.#tools,
        signal,
        () => this.#look(),
        (error) => log.error({ err: error }, 'a rebuild cannot go on'),
      );
      await runtime.sleep(isUnderWay ? limits.rebuildLookMs : limits.lookMs, signal);
    }
  }

  /** @returns whether there is anything to conduct */
  async #look(): Promise<boolean> {
    const { store, projections } = this.#tools;
    const lineages = await readLineages(store, [...projections.keys()]);
    const found = [...lineages].filter(([, { lineage }]) => lineage.generations.length > 1);
    for (const [name, stored] of found) await this.#advance(name, stored);
    if (this.#looks++ % LOOKS_PER_SWEEP === 0) await this.#sweep();
    return found.length > 0;
  }

  /** At most one step of one generation: after it, what was read is no more. */
  async #advance(name: string, { body, lineage }: StoredLineage): Promise<void> {
    for (const generation of lineage.generations) {
      const isKnown = this.#isKnown(name, generation);
      const next = await this.#next(name, lineage, generation, isKnown);
      if (next === null) continue;
      await writeLineage(this.#tools.store, name, { body, lineage }, next);
      return;
    }
  }

  /**
   * The lineage after the next step of one of its generations; `null` where that is not yet.
   * @param isKnown whether every node knows that the generation is in its phase
   */
  async #next(
    name: string,
    lineage: Lineage,
    generation: Generation,
    isKnown: boolean,
  ): Promise<Lineage | null> {
    switch (generation.phase) {
      case 'active':
        return null;
      case 'building': {
        const hasCaughtUp = await this.#hasCaughtUp(name, lineage, generation);
        return hasCaughtUp ? withPhases(lineage, [[generation, 'entering']]) : null;
      }
      case 'entering': {
        if (!isKnown || !(await this.#hasCaughtUp(name, lineage, generation))) return null;
        const former = activeOf(lineage);
        return withPhases(lineage, [
          [generation, 'active'],
          ...(former ? [[former, 'leaving'] as const] : []),
        ]);
      }
      case 'leaving':
        return isKnown ? withPhases(lineage, [[generation, 'discarding']]) : null;
      case 'discarding':
        return isKnown ? this.#discard(name, lineage, generation) : null;
    }
  }

  /** `null` when it is ended before it is through. */
  async #discard(name: string, lineage: Lineage, generation: Generation): Promise<Lineage | null> {
    const projection = this.#tools.projections.get(name);
    if (!projection) return null;
    await discard(this.#tools, projection, generation, this.#ending.signal);
    if (this.#ending.signal.aborted) return null;
    const generations = lineage.generations.filter((each) => each !== generation);
    return { ...lineage, generations };
  }

  #isKnown(name: string, { number, phase }: Generation): boolean {
    const { runtime, limits } = this.#tools;
    const place = `${subscriberOf(name, number)} ${phase}`;
    const seenAt = this.#seenAt.get(place) ?? runtime.monotonic();
    this.#seenAt.set(place, seenAt);
    // Half as long again: for reads under way, and for clocks that go at other speeds.
    return runtime.monotonic() - seenAt >= 1.5 * limits.viewMsMax;
  }

  /** Whether it is, on every partition, as far as what is read was at the last look. */
  async #hasCaughtUp(name: string, lineage: Lineage, { number }: Generation): Promise<boolean> {
    const { store } = this.#tools;
    const subscriber = subscriberOf(name, number);
    const before = this.#passedBefore.get(subscriber);
    const passed = await store.checkpoints(subscriber);
    const active = subscriberOf(name, activeOf(lineage)?.number ?? 0);
    this.#passedBefore.set(subscriber, await store.checkpoints(active));
    return before?.every((position, place) => (passed[place] ?? 0) >= position) === true;
  }

  /**
   * Takes away subscribers of generations that are no more: a node that stood still may have made
   * them once more, and the feed would be kept for them.
   */
  async #sweep(): Promise<void> {
    const { store, projections } = this.#tools;
    const { checkpoints } = await store.survey(0, []);
    const ours = Object.keys(checkpoints).filter((name) => projections.has(projectionOf(name)));
    // Read after the subscribers: each of these that is to be is in it.
    const lineages = await readLineages(store, [...projections.keys()]);
    const view = new GenerationView(projections.values(), lineages);
    const live = new Set(view.all().map(({ subscriber }) => subscriber));
    for (const name of ours) if (!live.has(name)) await store.unsubscribe(name);
  }
}

function activeOf({ generations }: Lineage): Generation | undefined {
  return generations.find(({ phase }) => phase === 'active');
}

function withPhases(
  lineage: Lineage,
  changes: readonly (readonly [Generation, Generation['phase']])[],
): Lineage {
  const phases = new Map(changes);
  const generations = lineage.generations.map((each) => {
    const phase = phases.get(each);
    return phase === undefined ? each : { ...each, phase };
  });
  return { ...lineage, generations };
}
