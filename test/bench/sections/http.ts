/** Single commands over HTTP, against the yardstick; the yardstick against its floor. */
import type { Spread } from '../load/workload.ts';
import { type Sample, takeTurns, warmUp } from '../parts/measure.ts';
import { check, heading, keep, microseconds, ms, rate, ratio, table } from '../parts/report.ts';
import { startBare, startEverstate, type Target, type TargetName } from '../parts/targets.ts';
import { FOLLOWERS, type Options } from './options.ts';

/** Enough to follow for one account in a run, so that a hot one has new follows left. */
const ACCOUNTS = 20_000;
const CONNECTIONS = [1, 64, 256];
const SPREADS: readonly Spread[] = [
  { kind: 'spread', first: 0, followers: FOLLOWERS },
  { kind: 'hot' },
];

type HttpCell = Partial<Record<TargetName, Sample>>;

export async function http(options: Options): Promise<void> {
  heading(
    'Single commands over HTTP',
    `FollowAccount, each a new follow, one request at a time on each connection, spread over\n` +
      `${FOLLOWERS} accounts or all by one (hot). The targets take turns, ${options.rounds} rounds of ` +
      `${options.seconds} s; medians.\n` +
      'Ratios are to the yardstick at the same connections: of commands/s, and of server CPU a command.',
  );
  const targets = await Promise.all([
    startBare('yardstick', ACCOUNTS),
    startBare('floor', ACCOUNTS),
    startEverstate('redis', ACCOUNTS),
    startEverstate('embedded', ACCOUNTS),
  ]);
  try {
    const cells = await measureAll(targets, options);
    print(cells);
    judge(cells);
    keep('http', Object.fromEntries(cells));
  } finally {
    await Promise.all(targets.map((target) => target.stop()));
  }
}

async function measureAll(
  targets: readonly Target[],
  options: Options,
): Promise<Map<string, HttpCell>> {
  for (const spread of SPREADS) {
    for (const target of targets) await warmUp(target, spread);
  }
  const cells = new Map<string, HttpCell>();
  for (const spread of SPREADS) {
    for (const connections of CONNECTIONS) {
      // The floor stands for the yardstick's own goal, which is set where the goals are.
      const measured = targets.filter(({ name }) => name !== 'floor' || connections === 64);
      const subjects = measured.map((target) => ({ name: target.name, target, spread }));
      const cell = await takeTurns(subjects, connections, options);
      cells.set(`${spread.kind} ${connections}`, cell);
    }
  }
  return cells;
}

function print(cells: ReadonlyMap<string, HttpCell>): void {
  const rows: string[][] = [];
  for (const [title, cell] of cells) {
    for (const [name, sample] of Object.entries(cell)) {
      rows.push([
        title,
        name,
        rate(sample.perSecond),
        ratio(sample.perSecond / (cell.yardstick?.perSecond ?? Number.NaN)),
        ms(sample.p50),
        ms(sample.p99),
        microseconds(sample.serverMicros),
        cpuRatio(cell.yardstick, sample),
        microseconds(sample.redisMicros),
        microseconds(sample.generatorMicros),
        String(sample.failed),
      ]);
    }
  }
  table(
    [
      'connections',
      'target',
      '/s',
      'ratio',
      'p50 ms',
      'p99 ms',
      'server µs',
      'ratio',
      'redis µs',
      'load µs',
      'failed',
    ],
    rows,
  );
}

function cpuRatio(yardstick: Sample | undefined, sample: Sample): string {
  const [base, own] = [yardstick?.serverMicros, sample.serverMicros];
  return base && own ? ratio(base / own) : '–';
}

function judge(cells: ReadonlyMap<string, HttpCell>): void {
  const spread = cells.get('spread 64') ?? {};
  const hot = cells.get('hot 64') ?? {};
  const perSecond = (cell: HttpCell, name: TargetName): number =>
    cell[name]?.perSecond ?? Number.NaN;
  check(
    'yardstick / floor, 64 connections',
    perSecond(spread, 'yardstick') / perSecond(spread, 'floor'),
    { min: 0.75 },
  );
  check(
    'Everstate on Redis / yardstick, 64 connections',
    perSecond(spread, 'redis') / perSecond(spread, 'yardstick'),
    { min: 0.8 },
  );
  check(
    'Everstate embedded / on Redis, 64 connections',
    perSecond(spread, 'embedded') / perSecond(spread, 'redis'),
    { min: 1 },
  );
  for (const store of ['redis', 'embedded'] as const) {
    const figure = perSecond(hot, store) / perSecond(spread, store);
    check(`hot / spread, 64 connections, ${store}`, figure, { min: 0.7 });
  }
}
