/**
 * What is stored, against the code at hand, before it is deployed: whether all of it can be run and
 * read, and whether history would still go as it went. It reads, and writes nothing.
 */
import type { App } from '../../define/index.ts';
import { prepareAggregate } from '../aggregate-runtime.ts';
import { preparePolicy } from '../background/policy-runtime.ts';
import { DEFAULT_LIMITS } from '../limits.ts';
import type { Runtime } from '../runtime.ts';
import type { Store } from '../store.ts';
import { checkActors } from './actors.ts';
import { checkFeed } from './feed.ts';
import { type Finding, Findings } from './findings.ts';
import { checkInstances } from './instances.ts';
import { checkAsync, checkReadModels, checkSubscribers } from './leftovers.ts';
import { Pace } from './pace.ts';
import type { CheckTools, Counts } from './tools.ts';

export { type Finding, type FindingKind, KINDS } from './findings.ts';

export interface CheckOptions {
  readonly app: App;
  /** Servers may run on it meanwhile. */
  readonly store: Store;
  readonly runtime: Runtime;
  /** How many actors, at most, are read in a second. */
  readonly actorsPerSecond: number;
  /** Whether histories are replayed: that costs more than all the rest. */
  readonly withHistory: boolean;
  readonly onProgress?: (progress: CheckProgress) => void;
}

/** How far a check is. */
export interface CheckProgress extends Readonly<Counts> {
  /** Alike ones count as one. */
  readonly findings: number;
}

export interface CheckReport extends Readonly<Counts> {
  readonly findings: readonly Finding[];
}

/**
 * Looks at all that is stored, in memory that does not grow with it.
 * @throws StoreUnavailable
 */
export async function checkStored(options: CheckOptions): Promise<CheckReport> {
  const { app, store, runtime, actorsPerSecond, withHistory, onProgress } = options;
  const findings = new Findings();
  const counts: Counts = {
    actors: 0,
    histories: 0,
    trimmedHistories: 0,
    skippedHistories: 0,
    records: 0,
    recordsAll: 0,
    instances: 0,
    waiting: 0,
  };
  const tools: CheckTools = {
    app,
    store,
    findings,
    counts,
    pace: new Pace(runtime, actorsPerSecond),
    onProgress: () => onProgress?.({ ...counts, findings: findings.size }),
  };
  await checkSubscribers(tools);
  await checkReadModels(tools);
  await checkAsync(tools);
  for (const policy of app.policies.values()) {
    await checkInstances(tools, preparePolicy(policy, DEFAULT_LIMITS, runtime, true));
  }
  for (const aggregate of app.aggregates.values()) {
    const prepared = prepareAggregate(aggregate, DEFAULT_LIMITS, runtime, true);
    await checkActors(tools, prepared, withHistory);
  }
  await checkFeed(tools);
  return { ...counts, findings: findings.all() };
}
