import type { Fact, ProjectionDefinition } from '../../define/index.ts';
import { areOfReadModels } from '../facts.ts';
import { Known } from '../known.ts';
import type { Runtime } from '../runtime.ts';
import { StoreUnavailable } from '../store.ts';
import type { WorkStore } from '../work-store.ts';
import {
  firstLineage,
  type Generation,
  type Lineage,
  readLineages,
  subscriberOf,
  typeOf,
} from './row.ts';

/** How old a node's knowledge of the read models may be. */
export interface GenerationLimits {
  /** From when on it is looked at anew, in milliseconds. */
  readonly viewMs: number;
  /** How old it may be at most, where the store does not tell it anew, in milliseconds. */
  readonly viewMsMax: number;
}

/** A generation of a projection, and what it is called. */
export interface NamedGeneration {
  readonly projection: ProjectionDefinition;
  readonly generation: Generation;
  readonly subscriber: string;
}

/** Which read models there are, as a node knew it at one moment. */
export class GenerationView {
  readonly #lineages = new Map<ProjectionDefinition, Lineage>();
  readonly #types = new Map<string, string>();

  constructor(
    projections: Iterable<ProjectionDefinition>,
    lineages: ReadonlyMap<string, { readonly lineage: Lineage }>,
  ) {
    for (const projection of projections) {
      const stored = lineages.get(projection.name);
      const lineage = stored?.lineage ?? firstLineage(projection.version);
      this.#lineages.set(projection, lineage);
      const { aggregate } = projection.model;
      const active = lineage.generations.find(({ phase }) => phase === 'active');
      if (active) this.#types.set(aggregate, typeOf(aggregate, active.number));
    }
  }

  /** The type under which the owners of what is read lie; of an aggregate, its own. */
  typeOf(aggregate: string): string {
    return this.#types.get(aggregate) ?? aggregate;
  }

  /**
   * The subscribers that have passed a record once the read model of a projection, or of all,
   * shows it: also to a node that learns a little later, or learned a little earlier, which is read.
   */
  serving(name?: string): readonly string[] {
    return this.all()
      .filter(({ projection }) => name === undefined || projection.name === name)
      .filter(({ generation: { phase } }) => phase !== 'building' && phase !== 'discarding')
      .map(({ subscriber }) => subscriber);
  }

  /**
   * Those that this node writes to: one that a newer version makes is left to the nodes that have
   * it, and what is discarded is left alone.
   */
  projected(): readonly NamedGeneration[] {
    return this.all().filter(
      ({ projection, generation: { version, phase } }) =>
        phase !== 'discarding' && version <= projection.version,
    );
  }

  /** What is made beside what is read of a projection; `null` where nothing is. */
  underWay(projection: ProjectionDefinition) {
    for (const each of this.all()) {
      const { phase } = each.generation;
      if (each.projection !== projection) continue;
      if (phase === 'building' || phase === 'entering') return { ...each, phase };
    }
    return null;
  }

  /** All that are there, projection by projection. */
  all(): readonly NamedGeneration[] {
    return Array.from(this.#lineages, ([projection, { generations }]) =>
      generations.map((generation) => ({
        projection,
        generation,
        subscriber: subscriberOf(projection.name, generation.number),
      })),
    ).flat();
  }
}

/**
 * What a node knows of the read models. Rebuilding one, it is made beside the one that is read, and
 * takes its place when all nodes know of it: none reads what is discarded, since a change of phase
 * waits for longer than a node goes by what it knows.
 */
export class Generations {
  readonly #store: Pick<WorkStore, 'rows'>;
  readonly #projections: ReadonlyMap<string, ProjectionDefinition>;
  readonly #known: Known<GenerationView>;

  constructor(
    projections: ReadonlyMap<string, ProjectionDefinition>,
    tools: {
      readonly store: Pick<WorkStore, 'rows'>;
      readonly runtime: Runtime;
      readonly limits: GenerationLimits;
    },
  ) {
    const { viewMs, viewMsMax } = tools.limits;
    this.#projections = projections;
    this.#store = tools.store;
    this.#known = new Known({
      read: () => this.#read(),
      runtime: tools.runtime,
      ageMsMax: viewMs,
      // A part of the store that is out of reach for a moment holds up no reads of the others.
      servesOn: (error, ageMs) => ageMs <= viewMsMax && error instanceof StoreUnavailable,
    });
  }

  /** As it is known, and lately was. @throws StoreUnavailable */
  view(): Promise<GenerationView> {
    return this.#known.get();
  }

  /** As it is in the store now. @throws StoreUnavailable */
  look(): Promise<GenerationView> {
    return this.#known.look();
  }

  async #read(): Promise<GenerationView> {
    const lineages = await readLineages(this.#store, [...this.#projections.keys()]);
    return new GenerationView(this.#projections.values(), lineages);
  }

  /** The type under which the owners of a collection lie. @throws StoreUnavailable */
  async typeOf(aggregate: string): Promise<string> {
    // Only a read model has generations, and only its type begins so.
    return aggregate.startsWith('~') ? (await this.view()).typeOf(aggregate) : aggregate;
  }
}

/**
 * Under which types the owners of what these facts are of lie, as it is known.
 * @throws StoreUnavailable
 */
export async function typesFor(
  generations: Generations,
  facts: Iterable<Fact>,
): Promise<(aggregate: string) => string> {
  if (!areOfReadModels(facts)) return (aggregate) => aggregate;
  const view = await generations.view();
  return (aggregate) => view.typeOf(aggregate);
}
