/** What an operator says of rebuilds: it is written down, and done by the node that conducts them. */
import type { ProjectionDefinition } from '../../define/index.ts';
import type { AbandonAnswer, RebuildAnswer } from '../engine.ts';
import { surveyAll } from '../partitions.ts';
import type { Store } from '../store.ts';
import { GenerationView } from './generations.ts';
import { firstLineage, type Generation, readLineages, writeLineage } from './row.ts';

/** Has a read model made anew, if its whole history is there. @throws StoreUnavailable */
export async function rebuild(
  store: Store,
  projection: ProjectionDefinition,
): Promise<Exclude<RebuildAnswer, 'unknown'>> {
  const { name, version } = projection;
  if (await isTrimmed(store)) return 'trimmed';
  for (;;) {
    const stored = (await readLineages(store, [name])).get(name) ?? null;
    const lineage = stored?.lineage ?? firstLineage(version);
    if (lineage.generations.some((each) => each.version > version)) return 'newer';
    const underWay = lineage.generations.find(isUnderWay);
    if (underWay?.version === version) return 'under_way';
    const begun = { number: lineage.next, version, phase: 'building' } as const;
    const others = lineage.generations.map((each) => (each === underWay ? gone(each) : each));
    const next = { next: lineage.next + 1, generations: [...others, begun] };
    if (await writeLineage(store, name, stored, next)) break;
  }
  // From now on nothing is trimmed that a rebuild has not passed; but what was before is gone.
  const view = new GenerationView([projection], await readLineages(store, [name]));
  const names = view.projected().map(({ subscriber }) => subscriber);
  await store.subscribe(names.map((each) => ({ name: each, from: 'beginning' })));
  if (!(await isTrimmed(store))) return 'started';
  await abandonRebuild(store, projection);
  return 'trimmed';
}

/** Gives a rebuild up. @throws StoreUnavailable */
export async function abandonRebuild(
  store: Store,
  { name }: ProjectionDefinition,
): Promise<Exclude<AbandonAnswer, 'unknown'>> {
  for (;;) {
    const stored = (await readLineages(store, [name])).get(name);
    if (!stored?.lineage.generations.some(isUnderWay)) return 'none';
    const generations = stored.lineage.generations.map((each) =>
      isUnderWay(each) ? gone(each) : each,
    );
    if (await writeLineage(store, name, stored, { ...stored.lineage, generations })) {
      return 'abandoned';
    }
  }
}

function isUnderWay({ phase }: Generation): boolean {
  return phase === 'building' || phase === 'entering';
}

function gone(generation: Generation): Generation {
  return { ...generation, phase: 'discarding' };
}

async function isTrimmed(store: Store): Promise<boolean> {
  const surveys = await surveyAll(store, []);
  return surveys.some(({ trimmed }) => trimmed > 0);
}
