/** What each one more who is subscribed costs a command. */
import type { Subscribed } from '../../inner/subscribed.ts';
import type { Spread } from '../../load/workload.ts';
import { load, median, medianOf, type Sample, warmUp } from '../../parts/measure.ts';
import type { RedisCalls } from '../../parts/redis.ts';
import { heading, keep, microseconds, rate, ratio, table } from '../../parts/report.ts';
import { type StoreName, startSubscribed, type Target } from '../../parts/targets.ts';
import { FOLLOWERS, type Options } from '../options.ts';

const ACCOUNTS = 20_000;
const SPREAD: Spread = { kind: 'spread', first: 0, followers: FOLLOWERS };

const SUBJECTS: readonly (readonly [title: string, subscribed: Subscribed])[] = [
  ['nobody', 'nothing'],
  ['1 that takes nothing', { idlers: 1, taking: 'nothing' }],
  ['10 that take nothing', { idlers: 10, taking: 'nothing' }],
  ['1 that takes every event', { idlers: 1, taking: 'everything' }],
  ['10 that take every event', { idlers: 10, taking: 'everything' }],
];

interface Round {
  readonly sample: Sample;
  /** A command; `null` on the embedded store. */
  readonly calls: RedisCalls | null;
}

export async function subscribers(options: Options): Promise<void> {
  heading(
    'What subscribers cost a command',
    'FollowAccount at 64 connections. Those subscribed take an event that never comes, or every\n' +
      'event, which their machine ends with. CPU and calls of Redis count until they have caught up.\n' +
      'Scripts are what the server calls; calls are all that Redis ran, those within scripts too.',
  );
  for (const store of ['redis', 'embedded'] as const) {
    const targets: Target[] = [];
    try {
      for (const [, subscribed] of SUBJECTS) {
        targets.push(await startSubscribed(store, ACCOUNTS, subscribed));
      }
      await compare(store, targets, options);
    } finally {
      await Promise.all(targets.map((target) => target.stop()));
    }
  }
}

async function compare(
  store: StoreName,
  targets: readonly Target[],
  { rounds, seconds }: Options,
): Promise<void> {
  for (const target of targets) await warmUp(target, SPREAD);
  const taken = targets.map((): Round[] => []);
  for (let round = 0; round < rounds; round++) {
    for (const [index, target] of targets.entries()) {
      taken[index]?.push(await measure(target, seconds));
    }
  }
  const results = taken.map((all) => ({
    sample: medianOf(all.map(({ sample }) => sample)),
    scripts: median(all.map(({ calls }) => calls?.scripts ?? Number.NaN)),
    calls: median(all.map(({ calls }) => calls?.all ?? Number.NaN)),
  }));
  const base = results[0]?.sample.serverMicros ?? Number.NaN;
  table(
    [`subscribed, ${store}`, 'kept up /s', 'server µs', 'more µs', 'redis µs', 'scripts', 'calls'],
    results.map(({ sample, scripts, calls }, index) => [
      SUBJECTS[index]?.[0] ?? '',
      rate(sample.keptUpPerSecond),
      microseconds(sample.serverMicros),
      microseconds(sample.serverMicros === null ? null : sample.serverMicros - base),
      microseconds(sample.redisMicros),
      Number.isNaN(scripts) ? '–' : ratio(scripts),
      Number.isNaN(calls) ? '–' : ratio(calls),
    ]),
  );
  keep(
    `subscribers, ${store}`,
    Object.fromEntries(results.map((result, index) => [SUBJECTS[index]?.[0], result])),
  );
}

async function measure(target: Target, seconds: number): Promise<Round> {
  const before = await target.redis?.calls();
  const sample = await load(target, { connections: 64, spread: SPREAD, seconds });
  const after = await target.redis?.calls();
  // What the looks of the wait for the end called is no command's. A look that finds all at rest
  // reads everything twice, as this one does; those before it did so once.
  await target.settle();
  const looked = await target.redis?.calls();
  if (!before || !after || !looked) return { sample, calls: null };
  const looks = (sample.looks + 1) / 2;
  const aCommand = (pick: (calls: RedisCalls) => number): number =>
    (pick(after) - pick(before) - looks * (pick(looked) - pick(after))) / sample.commands;
  return { sample, calls: { scripts: aCommand(scriptsOf), all: aCommand(allOf) } };
}

const scriptsOf = ({ scripts }: RedisCalls): number => scripts;
const allOf = ({ all }: RedisCalls): number => all;
