/** Single commands over HTTP with everything subscribed, against nothing, and the yardstick. */
import type { Spread } from '../../load/workload.ts';
import { type Sample, takeTurns, warmUp } from '../../parts/measure.ts';
import { check, heading, keep, microseconds, ms, rate, ratio, table } from '../../parts/report.ts';
import { startBare, startEverstate, startSubscribed } from '../../parts/targets.ts';
import { FOLLOWERS, type Options } from '../options.ts';

const ACCOUNTS = 20_000;
const CONNECTIONS = 64;
const SPREAD: Spread = { kind: 'spread', first: 0, followers: FOLLOWERS };
const STORES = ['redis', 'embedded'] as const;

type Subject = 'yardstick' | `${(typeof STORES)[number]}, ${'nothing' | 'all'}`;

export async function keepingUp(options: Options): Promise<void> {
  heading(
    'Single commands over HTTP, with all policies and projections on',
    `FollowAccount at ${CONNECTIONS} connections, spread over ${FOLLOWERS} accounts; the targets take turns, ` +
      `${options.rounds} rounds of\n${options.seconds} s; medians. "Kept up" counts the time that policies and ` +
      'projections took to catch up after\nthe load: what they left undone is no speed. CPU counts until then.',
  );
  const targets = await Promise.all([
    startBare('yardstick', ACCOUNTS),
    ...STORES.map((store) => startEverstate(store, ACCOUNTS)),
    ...STORES.map((store) => startSubscribed(store, ACCOUNTS, 'all')),
  ]);
  try {
    const names: Subject[] = [
      'yardstick',
      ...STORES.map((store) => `${store}, nothing` as const),
      ...STORES.map((store) => `${store}, all` as const),
    ];
    const subjects = targets.map((target, index) => {
      return { name: names[index] ?? 'yardstick', target, spread: SPREAD };
    });
    for (const { target } of subjects) await warmUp(target, SPREAD);
    const samples = await takeTurns(subjects, CONNECTIONS, options);
    print(samples);
    judge(samples);
    keep('policies, keeping up', samples);
  } finally {
    await Promise.all(targets.map((target) => target.stop()));
  }
}

function print(samples: Partial<Record<Subject, Sample>>): void {
  const base = samples.yardstick?.perSecond ?? Number.NaN;
  const rows = Object.entries(samples).map(([name, sample]) => [
    name,
    rate(sample.perSecond),
    rate(sample.settleMs),
    rate(sample.keptUpPerSecond),
    ratio(sample.keptUpPerSecond / base),
    ms(sample.p50),
    ms(sample.p99),
    microseconds(sample.serverMicros),
    microseconds(sample.redisMicros),
    String(sample.failed),
  ]);
  table(
    [
      'target, subscribed',
      '/s',
      'catch up ms',
      'kept up /s',
      'ratio',
      'p50 ms',
      'p99 ms',
      'server µs',
      'redis µs',
      'failed',
    ],
    rows,
  );
}

function judge(samples: Partial<Record<Subject, Sample>>): void {
  const keptUp = (name: Subject) => samples[name]?.keptUpPerSecond ?? Number.NaN;
  check(
    'Redis, all policies on and kept up / yardstick',
    keptUp('redis, all') / keptUp('yardstick'),
    {
      min: 0.5,
    },
  );
  for (const store of STORES) {
    const figure = keptUp(`${store}, all`) / keptUp(`${store}, nothing`);
    console.log(`          the same / nothing subscribed, ${store}: ${ratio(figure)}`);
  }
}
