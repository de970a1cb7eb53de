/** How fast policies pass what was committed while they stood still. */
import { accountId, type Spread } from '../../load/workload.ts';
import { get } from '../../parts/client.ts';
import { block, follow, register, sendAll } from '../../parts/commands.ts';
import { load, micros, warmUp } from '../../parts/measure.ts';
import { lagOf, policies } from '../../parts/policies.ts';
import { cpuSeconds } from '../../parts/processes.ts';
import { heading, keep, microseconds, rate, ratio, table } from '../../parts/report.ts';
import { type StoreName, startServer, type Target } from '../../parts/targets.ts';
import { FOLLOWERS, type Options } from '../options.ts';

const ACCOUNTS = 20_000;
const SPREAD: Spread = { kind: 'spread', first: 0, followers: FOLLOWERS };

/** What a backlog came to. */
interface Passed {
  readonly store: StoreName;
  readonly backlog: string;
  readonly records: number;
  readonly removals: number;
  readonly seconds: number;
  /** CPU a record. */
  readonly serverMicros: number | null;
  readonly redisMicros: number | null;
  /** Of single commands over HTTP to the same server before; `null` where it was not measured. */
  readonly commandsPerSecond: number | null;
}

export async function backlog(options: Options): Promise<void> {
  heading(
    'A backlog of follows, and of blocks',
    'Committed while no policy ran; then the policies begin, until they are done. Follows were made\n' +
      'by single commands over HTTP at 64 connections: the ratio is of records passed to commands\n' +
      'answered a second. Each block removes two follows: two policies see it, and send four commands.',
  );
  const passed: Passed[] = [];
  for (const store of ['redis', 'embedded'] as const) {
    passed.push(await follows(store, options));
    passed.push(await blocks(store, options));
  }
  table(
    [
      'store',
      'backlog',
      'records',
      's',
      'records/s',
      'ratio',
      'removals/s',
      'server µs',
      'redis µs',
    ],
    passed.map(row),
  );
  keep('policies, backlog', passed);
}

async function follows(store: StoreName, options: Options): Promise<Passed> {
  const target = await startServer(store, 'all');
  try {
    await register(target, ACCOUNTS);
    await warmUp(target, SPREAD);
    const seconds = options.quick ? 1 : 4;
    const { perSecond } = await load(target, { connections: 64, spread: SPREAD, seconds });
    const passing = await pass(target);
    return { store, backlog: 'follows', ...passing, removals: 0, commandsPerSecond: perSecond };
  } finally {
    await target.stop();
  }
}

async function blocks(store: StoreName, options: Options): Promise<Passed> {
  const pairs = options.quick ? 2_000 : 20_000;
  const target = await startServer(store, 'all');
  try {
    await register(target, 2 * pairs);
    await sendAll(target.port, 2 * pairs, (number) => follow(number, number ^ 1));
    await sendAll(target.port, pairs, (number) => block(2 * number, 2 * number + 1));
    const passing = await pass(target);
    for (let pair = 0; pair < pairs; pair += pairs / 100) await assertOver(target, pair);
    return {
      store,
      backlog: 'follows, blocks',
      ...passing,
      removals: 2 * pairs,
      commandsPerSecond: null,
    };
  } finally {
    await target.stop();
  }
}

type Passing = Pick<Passed, 'records' | 'seconds' | 'serverMicros' | 'redisMicros'>;

/** Has the policies begin, and waits until they are done. */
async function pass(target: Target): Promise<Passing> {
  const records = lagOf(await policies(target.port));
  const server = cpuSeconds(target.pid);
  const redis = cpuSeconds(target.redis?.pid);
  const start = performance.now();
  await target.begin();
  await target.settle();
  return {
    records,
    seconds: (performance.now() - start) / 1_000,
    serverMicros: micros(server, cpuSeconds(target.pid), records),
    redisMicros: micros(redis, cpuSeconds(target.redis?.pid), records),
  };
}

async function assertOver({ port }: Target, pair: number): Promise<void> {
  const path = `/v1/relationships/${accountId(2 * pair)}/${accountId(2 * pair + 1)}`;
  const { body } = await get(port, path);
  const { aFollowsB, bFollowsA } = JSON.parse(body);
  if (aFollowsB !== false || bFollowsA !== false) throw new Error(`a follow of ${path} stands`);
}

function row(passed: Passed): string[] {
  const { store, backlog, records, seconds, removals, commandsPerSecond } = passed;
  const perSecond = records / seconds;
  return [
    `${store}, ${backlog}`,
    rate(records),
    seconds.toFixed(2),
    rate(perSecond),
    commandsPerSecond === null ? '–' : ratio(perSecond / commandsPerSecond),
    removals === 0 ? '–' : rate(removals / seconds),
    microseconds(passed.serverMicros),
    microseconds(passed.redisMicros),
  ];
}
