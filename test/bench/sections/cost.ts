/** What a follow costs as an account's follows, the accounts and the records grow in number. */
import type { Spread } from '../load/workload.ts';
import { register } from '../parts/commands.ts';
import { load, prepare, type Sample, takeTurns, warmUp } from '../parts/measure.ts';
import { residentBytes } from '../parts/processes.ts';
import {
  check,
  heading,
  keep,
  megabytes,
  microseconds,
  ms,
  rate,
  ratio,
  table,
} from '../parts/report.ts';
import { type StoreName, startEverstate, type Target } from '../parts/targets.ts';
import { FOLLOWERS, type Options } from './options.ts';

const STORES: readonly StoreName[] = ['redis', 'embedded'];
const HEAD = ['store', 'where', '/s', 'p50 ms', 'p99 ms', 'server µs', 'redis µs', 'cost'];
const COST_MAX = 1.1;

/** Few, so that their follows are soon made, and more than the connections. */
const HEAVY = 40;
const CONNECTIONS = 16;
const FEW_FOLLOWS = 10;
const ACCOUNTS = 20_000;

export async function costOfFollows(options: Options): Promise<void> {
  const many = options.followsMany;
  heading(
    `The cost of a follow by what its account follows already`,
    `FollowAccount at ${CONNECTIONS} connections, by accounts that follow ${FEW_FOLLOWS} at first, and by ` +
      `${HEAVY} that follow ${rate(many)},\non one server, by turns. The cost is the CPU of server and ` +
      'Redis together, as a ratio.',
  );
  const rows: string[][] = [];
  for (const store of STORES) {
    const target = await startEverstate(store, ACCOUNTS);
    try {
      const heavy: Spread = { kind: 'spread', first: 0, followers: HEAVY };
      const light: Spread = { kind: 'spread', first: HEAVY, followers: FOLLOWERS };
      await prepare(target, light, FOLLOWERS * FEW_FOLLOWS);
      await prepare(target, heavy, HEAVY * many);
      const subjects = [
        { name: 'few' as const, target, spread: light },
        { name: 'many' as const, target, spread: heavy },
      ];
      for (const { spread } of subjects) await warmUp(target, spread);
      const { few, many: after } = await takeTurns(subjects, CONNECTIONS, options);
      if (!few || !after) continue;
      rows.push(row(store, `${FEW_FOLLOWS} follows`, few, few));
      rows.push(row(store, `${rate(many)} follows`, after, few));
      judge(`cost at ${rate(many)} follows, ${store}`, few, after);
      keep(`cost of follows, ${store}`, { few, many: after });
    } finally {
      await target.stop();
    }
  }
  table(HEAD, rows);
}

export async function costOfAccounts(options: Options): Promise<void> {
  const many = options.accountsMany;
  heading(
    'The cost of a follow by the number of accounts and records',
    `FollowAccount at 64 connections by ${FOLLOWERS} accounts, on a server with ${rate(FOLLOWERS)} accounts ` +
      `and one with\n${rate(many)}, which is as many records and more, by turns; each follows all over its own.`,
  );
  const rows: string[][] = [];
  for (const store of STORES) {
    const [small, large] = await Promise.all([
      startEverstate(store, FOLLOWERS),
      startEverstate(store, FOLLOWERS),
    ]);
    try {
      await fill(large, many, options);
      const spread: Spread = { kind: 'spread', first: 0, followers: FOLLOWERS };
      const subjects = [
        { name: 'few' as const, target: small, spread },
        { name: 'many' as const, target: large, spread },
      ];
      for (const { target } of subjects) await warmUp(target, spread);
      const { few, many: after } = await takeTurns(subjects, 64, options);
      if (!few || !after) continue;
      rows.push(row(store, `${rate(FOLLOWERS)} accounts`, few, few));
      rows.push(row(store, `${rate(many)} accounts`, after, few));
      judge(`cost at ${rate(many)} accounts and records, ${store}`, few, after);
      keep(`cost of accounts, ${store}`, { few, many: after });
    } finally {
      await Promise.all([small.stop(), large.stop()]);
    }
  }
  table(HEAD, rows);
}

/** Registers many accounts, and looks at the node's memory when its cache is full and at the end. */
async function fill(target: Target, accounts: number, options: Options): Promise<void> {
  const start = performance.now();
  // Twice what a node keeps in memory.
  await register(target, options.quick ? accounts / 2 : accounts / 10);
  await load(target, { connections: 64, spread: { kind: 'hot' }, seconds: 1 });
  const full = residentBytes(target.pid);
  await register(target, accounts);
  const seconds = (performance.now() - start) / 1_000;
  const end = residentBytes(target.pid);
  console.log(
    `  ${target.name}: ${rate(accounts)} accounts registered by batches in ${seconds.toFixed(0)} s, ` +
      `${rate(accounts / seconds)}/s`,
  );
  if (full === null || end === null) return;
  const from = options.quick ? accounts / 2 : accounts / 10;
  console.log(
    `  ${target.name}: the node's memory at ${rate(from)} accounts ${megabytes(full)}, at ` +
      `${rate(accounts)} ${megabytes(end)}`,
  );
  keep(`memory, ${target.name}`, { from, full, accounts, end, seconds });
  // A quick run does not fill the cache.
  if (!options.quick) {
    const what = `the node's memory at ${rate(accounts)} accounts / at ${rate(from)}, ${target.name}`;
    check(what, end / full, { max: 1.25 });
  }
}

function judge(what: string, few: Sample, many: Sample): void {
  check(what, cost(many) / cost(few), { max: COST_MAX });
}

/** CPU a command where it can be told, else time. */
function cost({ serverMicros, redisMicros, perSecond }: Sample): number {
  return serverMicros === null ? 1e6 / perSecond : serverMicros + (redisMicros ?? 0);
}

function row(store: string, where: string, sample: Sample, base: Sample): string[] {
  return [
    store,
    where,
    rate(sample.perSecond),
    ms(sample.p50),
    ms(sample.p99),
    microseconds(sample.serverMicros),
    microseconds(sample.redisMicros),
    ratio(cost(sample) / cost(base)),
  ];
}
