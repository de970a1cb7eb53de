import type { ConductorTools } from './conductor.ts';
import { firstLineage, readLineages, subscriberOf, writeLineage } from './row.ts';

/**
 * Writes down which read models there are of projections that nothing was written of, and says in
 * the log which of them want a rebuild.
 * @returns the subscribers to begin with
 * @throws StoreUnavailable
 */
export async function beginGenerations({
  store,
  log,
  projections,
}: ConductorTools): Promise<readonly string[]> {
  const names = [...projections.keys()];
  const known = await readLineages(store, names);
  for (const [name, { version }] of projections) {
    // Where another node does at the same time, either says the same.
    if (!known.has(name)) await writeLineage(store, name, null, firstLineage(version));
  }
  const subscribers: string[] = [];
  for (const [name, { version }] of projections) {
    const { generations } = known.get(name)?.lineage ?? firstLineage(version);
    for (const { number, phase, version: made } of generations) {
      if (phase !== 'discarding') subscribers.push(subscriberOf(name, number));
      if (phase !== 'active' || made === version) continue;
      const text =
        made < version
          ? `the projection ${name} was changed: rebuild its read model with "everstate rebuild ${name}"`
          : `the read model of the projection ${name} is of a newer version, and is left to nodes that have it`;
      log.warn({ projection: name, version, made }, text);
    }
  }
  return subscribers;
}
