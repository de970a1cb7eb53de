/** Which read models there are of each projection: one row each, in the first partition. */
import { z } from 'zod';
import type { WorkStore } from '../work-store.ts';

/** Where the rows lie. */
const PARTITION = 0;
const TABLE = 'projections';

const generation = z.object({
  /** 0 is the first there was; a number is never used twice. */
  number: z.int().min(0),
  /** The projection's version that makes it. */
  version: z.int().min(1),
  /**
   * `building`: it passes the history; `entering`: it has, and reads that follow writes wait for it
   * too; `active`: it is read; `leaving`: some node may still read it; `discarding`: nobody does.
   */
  phase: z.enum(['building', 'entering', 'active', 'leaving', 'discarding']),
});

const row = z.object({
  /** The next number. */
  next: z.int().min(1),
  generations: z.array(generation),
});

/** A read model as it was made once, from the first record on. */
export type Generation = z.output<typeof generation>;
/** The read models of one projection, of which one is active. */
export type Lineage = z.output<typeof row>;

/** A lineage, and what its row says to the letter. */
export interface StoredLineage {
  readonly body: string;
  readonly lineage: Lineage;
}

/** What a projection has that was never rebuilt. */
export function firstLineage(version: number): Lineage {
  return { next: 1, generations: [{ number: 0, version, phase: 'active' }] };
}

/** @throws StoreUnavailable */
export async function readLineages(
  store: Pick<WorkStore, 'rows'>,
  projections: readonly string[],
): Promise<ReadonlyMap<string, StoredLineage>> {
  if (projections.length === 0) return new Map();
  const bodies = await store.rows(PARTITION, TABLE, projections);
  const found = new Map<string, StoredLineage>();
  for (const [index, name] of projections.entries()) {
    const body = bodies[index] ?? null;
    if (body !== null) found.set(name, { body, lineage: row.parse(JSON.parse(body)) });
  }
  return found;
}

/**
 * Replaces a lineage, if it is as it was read (`null`: there was none).
 * @returns whether it did
 * @throws StoreUnavailable
 */
export function writeLineage(
  store: Pick<WorkStore, 'post'>,
  projection: string,
  before: StoredLineage | null,
  next: Lineage,
): Promise<boolean> {
  return store.post({
    partition: PARTITION,
    expected: [{ table: TABLE, key: projection, body: before?.body ?? null }],
    rows: [{ table: TABLE, key: projection, body: JSON.stringify(next), order: null }],
  });
}

/** Separates a name from the number of a generation; it stands in no name. */
const MARK = '#';

/** What a generation of a projection is called as a subscriber. */
export function subscriberOf(projection: string, number: number): string {
  return number === 0 ? projection : `${projection}${MARK}${number}`;
}

/** The type under which the owners of a generation of a read model lie. */
export function typeOf(model: string, number: number): string {
  return number === 0 ? model : `${model}${MARK}${number}`;
}

/** The projection that a subscriber is a generation of, if it is one. */
export function projectionOf(subscriber: string): string {
  const [name = ''] = subscriber.split(MARK);
  return name;
}
