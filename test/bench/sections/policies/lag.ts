/** Whether policies keep up while the load is full: their lag, second after second. */
import { setTimeout as pause } from 'node:timers/promises';
import type { Spread } from '../../load/workload.ts';
import { load, type Sample, warmUp } from '../../parts/measure.ts';
import { lagOf, policies } from '../../parts/policies.ts';
import { check, heading, keep, rate, table } from '../../parts/report.ts';
import { type StoreName, startSubscribed, type Target } from '../../parts/targets.ts';
import { FOLLOWERS, type Options } from '../options.ts';

const ACCOUNTS = 20_000;
const SPREAD: Spread = { kind: 'spread', first: 0, followers: FOLLOWERS };
const EVERY_MS = 1_000;
/** Of the commands, in percent: what the lag may grow by and still count as noise. */
const GROWTH_MAX = 1;

/** How far behind the hindmost was. */
interface Look {
  /** Since the load began. */
  readonly seconds: number;
  readonly lag: number;
  readonly oldestMs: number;
}

export async function lag(options: Options): Promise<void> {
  const seconds = options.quick ? 10 : 60;
  heading(
    'Lag under full load',
    `FollowAccount at 64 connections for ${seconds} s, with all policies and projections on. Each second,\n` +
      'through GET /v1/policies, the records that the hindmost has not passed, and the age of the\n' +
      'oldest. Growth is the slope of the lag; at 100 % of the commands nothing would be passed.',
  );
  const rows: string[][] = [];
  for (const store of ['redis', 'embedded'] as const) {
    const target = await startSubscribed(store, ACCOUNTS, 'all');
    try {
      await warmUp(target, SPREAD);
      const { sample, looks } = await loadAndLook(target, seconds);
      rows.push(report(store, sample, looks));
    } finally {
      await target.stop();
    }
  }
  table(
    ['store', '/s', 'lag p50', 'most', 'at the end', 'growth /s', 'oldest ms', 'catch up ms'],
    rows,
  );
}

async function loadAndLook(
  target: Target,
  seconds: number,
): Promise<{ sample: Sample; looks: Look[] }> {
  const looks: Look[] = [];
  const start = performance.now();
  const loading = load(target, { connections: 64, spread: SPREAD, seconds });
  for (let next = EVERY_MS; next < seconds * 1_000; next += EVERY_MS) {
    await pause(start + next - performance.now());
    const report = await policies(target.port);
    const oldest = [...report.policies, ...report.projections].map(
      ({ oldestPendingMs }) => oldestPendingMs,
    );
    looks.push({
      seconds: (performance.now() - start) / 1_000,
      lag: lagOf(report),
      oldestMs: Math.max(...oldest),
    });
  }
  return { sample: await loading, looks };
}

function report(store: StoreName, sample: Sample, looks: readonly Look[]): string[] {
  const growth = slope(looks);
  const lags = looks.map((look) => look.lag).sort((a, b) => a - b);
  const percent = (growth / sample.perSecond) * 100;
  check(`growth of the lag, in % of the commands, ${store}`, percent, { max: GROWTH_MAX });
  keep(`lag, ${store}`, { growth, sample, looks });
  return [
    store,
    rate(sample.perSecond),
    rate(lags[lags.length >> 1] ?? Number.NaN),
    rate(lags.at(-1) ?? Number.NaN),
    rate(looks.at(-1)?.lag ?? Number.NaN),
    rate(growth),
    rate(Math.max(...looks.map(({ oldestMs }) => oldestMs))),
    rate(sample.settleMs),
  ];
}

/** Of the line with the least squares: records a second. */
function slope(looks: readonly Look[]): number {
  const mean = (values: readonly number[]) =>
    values.reduce((sum, value) => sum + value, 0) / values.length;
  const at = mean(looks.map(({ seconds }) => seconds));
  const height = mean(looks.map((look) => look.lag));
  const rise = mean(looks.map((look) => (look.seconds - at) * (look.lag - height)));
  return rise / mean(looks.map(({ seconds }) => (seconds - at) ** 2));
}
