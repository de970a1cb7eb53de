import { holdersOf } from '../engine/background/figures.ts';
import type { PoliciesReport } from '../engine/engine.ts';
import { surveyAll } from '../engine/partitions.ts';
import type { SecuredHandler, Serving } from '../http/context.ts';
import { refuseSearch } from '../http/faults.ts';
import { QUANTILE_ERROR } from '../http/latest-commands.ts';
import { readResponse } from '../http/reading.ts';
import { GrowthOfFeeds } from './feed-growth.ts';
import { machineSummaries } from './machines.ts';
import type { Follower, Overview } from './protocol.ts';

/** `GET /overview`: how the whole system fares, read from the store, and what this node counts. */
export function overviewHandler(serving: Serving): SecuredHandler {
  const growth = new GrowthOfFeeds();
  return async ({ env: { incoming } }) => {
    refuseSearch(incoming);
    return readResponse(await readOverview(serving, growth));
  };
}

/** @throws StoreUnavailable */
async function readOverview({ engine, meters }: Serving, growth: GrowthOfFeeds): Promise<Overview> {
  const { store, node } = engine.inside;
  const latest = meters.latest();
  const askedAt = meters.now();
  const [report, surveys] = await Promise.all([engine.policies(), surveyAll(store, [])]);
  const records = sum(surveys.map(({ head }) => head));
  const followers = followersOf(report);
  return {
    node,
    nodes: Object.entries(holdersOf(surveys)).map(([name, partitions]) => ({ name, partitions })),
    partitions: store.partitions,
    records,
    growth: growth.look(records, askedAt),
    isIdle: report.idle,
    deadLetters: sum(followers.map(({ deadLetters }) => deadLetters)),
    lag: sum(followers.map(({ lag }) => lag)),
    paused: followers.filter(({ state }) => state === 'paused').length,
    followers,
    commands: {
      seconds: latest.seconds,
      quantileError: QUANTILE_ERROR,
      items: latest.figures(),
    },
    machines: machineSummaries(engine),
  };
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, each) => total + each, 0);
}

/** All that pass the feeds, in the app's order. */
function followersOf({ policies, projections }: PoliciesReport): readonly Follower[] {
  return [
    ...policies.map(({ name, lag, oldestPendingMs, paused, retrying, deadLetters }) => ({
      kind: 'policy' as const,
      ...{ name, lag, oldestPendingMs, retrying, deadLetters },
      state: paused ? ('paused' as const) : ('running' as const),
    })),
    ...projections.map(({ name, lag, oldestPendingMs, rebuild, wantsRebuild }) => ({
      kind: 'projection' as const,
      ...{ name, lag, oldestPendingMs, retrying: 0, deadLetters: 0 },
      state: rebuild
        ? ('rebuilding' as const)
        : wantsRebuild
          ? ('outdated' as const)
          : ('running' as const),
    })),
  ];
}
