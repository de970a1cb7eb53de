import type { Engine } from '../engine/engine.ts';
import { machineSummaries } from './machines.ts';
import type { Overview } from './protocol.ts';

/** How the whole system fares, read from the store. @throws StoreUnavailable */
export async function readOverview(engine: Engine): Promise<Overview> {
  const { store } = engine.inside;
  const [report, heads] = await Promise.all([engine.policies(), store.heads()]);
  const { policies, projections, idle } = report;
  const sum = (numbers: readonly number[]) => numbers.reduce((total, each) => total + each, 0);
  // Every policy is run where its partition's lease is: of all, each says the same.
  const holders = policies[0]?.holders ?? {};
  return {
    nodes: Object.entries(holders).map(([name, partitions]) => ({ name, partitions })),
    partitions: store.partitions,
    records: sum(heads),
    isIdle: idle,
    deadLetters: sum(policies.map(({ deadLetters }) => deadLetters)),
    lag: sum([...policies, ...projections].map(({ lag }) => lag)),
    paused: policies.filter(({ paused }) => paused).length,
    machines: machineSummaries(engine),
  };
}
