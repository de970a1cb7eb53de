/** Single commands over HTTP with everything subscribed, against nothing, and the yardstick. */
import type { Spread } from '../../load/workload.ts';
import { type Sample, takeTurns, warmUp } from '../../parts/measure.ts';
import { check, heading, keep, microseconds, ms, rate, ratio, table } from '../../parts/report.ts';
import { startBare, startEverstate, startSubscribed, type Target } from '../../parts/targets.ts';
import { FOLLOWERS, type Options } from '../options.ts';

const ACCOUNTS = 20_000;
const CONNECTIONS = 64;
const SPREAD: Spread = { kind: 'spread', first: 0, followers: FOLLOWERS };
const STORES = ['redis', 'embedded'] as const;
/** Longer runs than elsewhere: the time to catch up is the same after a short one. */
const TIMES_LONGER = 3;

type Subject = 'yardstick' | `${(typeof STORES)[number]}, ${'nothing' | 'all'}`;

export async function keepingUp(options: Options): Promise<void> {
  const seconds = options.seconds * TIMES_LONGER;
  heading(
    'Single commands over HTTP, with all policies and projections on',
    `FollowAccount at ${CONNECTIONS} connections, spread over ${FOLLOWERS} accounts; the targets take turns,\n` +
      `${options.rounds} rounds of ${seconds.toFixed(0)} s; medians. "Kept up" counts the time that policies and projections took\n` +
      'to catch up after the load: what they left undone is no speed. CPU counts until then.',
  );
  const subjects: { name: Subject; target: Target; spread: Spread }[] = [];
  const add = (name: Subject, target: Target) => subjects.push({ name, target, spread: SPREAD });
  try {
    add('yardstick', await startBare('yardstick', ACCOUNTS));
    for (const store of STORES) {
      add(`${store}, nothing`, await startEverstate(store, ACCOUNTS));
      add(`${store}, all`, await startSubscribed(store, ACCOUNTS, 'all'));
    }
    for (const { target } of subjects) await warmUp(target, SPREAD);
    const samples = await takeTurns(subjects, CONNECTIONS, { ...options, seconds });
    print(samples);
    judge(samples);
    keep('policies, keeping up', samples);
  } finally {
    await Promise.all(subjects.map(({ target }) => target.stop()));
  }
}

function print(samples: Partial<Record<Subject, Sample>>): void {
  const base = samples.yardstick?.perSecond ?? Number.NaN;
  const rows = Object.entries(samples).map(([name, sample]) => [
    name,
    rate(sample.perSecond),
    ms(sample.p50),
    ms(sample.p99),
    rate(sample.settleMs),
    rate(sample.keptUpPerSecond),
    ratio(sample.keptUpPerSecond / base),
    microseconds(sample.serverMicros),
    microseconds(sample.redisMicros),
  ]);
  table(
    [
      'target, subscribed',
      '/s',
      'p50 ms',
      'p99 ms',
      'catch up ms',
      'kept up /s',
      'ratio',
      'server µs',
      'redis µs',
    ],
    rows,
  );
}

function judge(samples: Partial<Record<Subject, Sample>>): void {
  const keptUp = (name: Subject) => samples[name]?.keptUpPerSecond ?? Number.NaN;
  const figure = keptUp('redis, all') / keptUp('yardstick');
  check('Redis, all policies on and kept up / yardstick', figure, { min: 0.5 });
  for (const store of STORES) {
    const share = keptUp(`${store}, all`) / keptUp(`${store}, nothing`);
    console.log(`          the same / nothing subscribed, ${store}: ${ratio(share)}`);
  }
}
