/** Every query, in a small graph and in a large one: how many a second, and how long each takes. */
import type { AskOrder, AskReport } from '../../load/asking.ts';
import { nextMessage, startNode, stop } from '../../parts/children.ts';
import { median, micros } from '../../parts/measure.ts';
import { type PopulatedTarget, startPopulated } from '../../parts/population.ts';
import { cpuSeconds } from '../../parts/processes.ts';
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
} from '../../parts/report.ts';
import type { StoreName, Target } from '../../parts/targets.ts';
import type { Options } from '../options.ts';
import { type Kind, kindsOf } from './kinds.ts';

const SMALL = 1_000;
const CONNECTIONS = [1, 16];
const WARM_UP_SECONDS = 0.3;
/** How many times a query may take at the large size what it takes at the small one. */
const RATIO_MAX = 2;

interface Asked {
  readonly perSecond: number;
  /** Microseconds of the server's CPU a query; `null` where it cannot be told. */
  readonly serverMicros: number | null;
  readonly p50: number;
  readonly p99: number;
}

/** One run, and the server's CPU in it. */
interface Taken {
  readonly report: AskReport;
  readonly serverMicros: number | null;
}

type Sizes<T> = Record<'small' | 'large', T>;

interface Row {
  readonly kind: string;
  readonly connections: number;
  readonly asked: Sizes<Asked>;
  readonly isComparable: boolean;
}

export async function queries(options: Options): Promise<void> {
  const large = options.quick ? 20_000 : 1_000_000;
  heading(
    'Queries',
    `Over HTTP, one request at a time on each connection, in a graph of ${rate(SMALL)} accounts and in one of\n` +
      `${rate(large)}: one of them (star) is followed by all; one follows 900 others, and one as many as one may.\n` +
      'The two sizes take turns; medians over the rounds. Ratio: p99 in the large graph to that in the small.',
  );
  for (const store of ['redis', 'embedded'] as const) await ofStore(store, large, options);
}

async function ofStore(store: StoreName, accounts: number, options: Options): Promise<void> {
  const filled = {
    small: await startPopulated(store, SMALL),
    large: await startPopulated(store, accounts),
  };
  const asking = startNode(new URL('../../load/asking.js', import.meta.url));
  try {
    describe(store, filled.large);
    const rows = await askAll(asking, filled, options);
    print(rows);
    printWork(rows);
    judge(store, rows);
    const { target: _, ...populated } = filled.large;
    keep(`queries, ${store}`, { populated, rows });
  } finally {
    await stop(asking);
    await filled.small.target.stop();
    await filled.large.target.stop();
  }
}

function describe(store: StoreName, filled: PopulatedTarget): void {
  const { accounts, follows, blocks, seconds, bytes } = filled;
  console.log(
    `\n${store}: ${rate(accounts)} accounts, ${rate(follows)} follows and ${rate(blocks)} blocks took ` +
      `${rate(seconds)} s to make, and take ${megabytes(bytes)}.`,
  );
}

async function askAll(
  asking: ReturnType<typeof startNode>,
  { small, large }: Sizes<PopulatedTarget>,
  options: Options,
): Promise<Row[]> {
  const ofSmall = new Map<string, Kind>();
  for (const kind of await kindsOf(small.target.port, small.accounts)) ofSmall.set(kind.name, kind);
  const rows: Row[] = [];
  for (const kind of await kindsOf(large.target.port, large.accounts)) {
    const { name, isComparable } = kind;
    const twin = ofSmall.get(name);
    if (!twin) throw new Error(`the small graph has nothing to ask for ${name}`);
    const subjects = {
      small: { target: small.target, paths: twin.paths },
      large: { target: large.target, paths: kind.paths },
    };
    for (const connections of CONNECTIONS) {
      const asked = await askInTurns(asking, subjects, connections, options);
      rows.push({ kind: name, connections, asked, isComparable });
    }
  }
  return rows;
}

async function askInTurns(
  asking: ReturnType<typeof startNode>,
  subjects: Sizes<{ readonly target: Target; readonly paths: readonly string[] }>,
  connections: number,
  { rounds, seconds }: Options,
): Promise<Sizes<Asked>> {
  const ask = async (size: keyof typeof subjects, long: number): Promise<Taken> => {
    const { target, paths } = subjects[size];
    const order: AskOrder = { port: target.port, paths, connections, seconds: long };
    const before = cpuSeconds(target.pid);
    asking.send(order);
    const report = await nextMessage<AskReport>(asking);
    if (report.failed > 0) throw new Error(`${report.failed} answers were not 200`);
    return { report, serverMicros: micros(before, cpuSeconds(target.pid), report.answers) };
  };
  const reports: Sizes<Taken[]> = { small: [], large: [] };
  for (const size of ['small', 'large'] as const) await ask(size, WARM_UP_SECONDS);
  for (let round = 0; round < rounds; round++) {
    reports.small.push(await ask('small', seconds / 4));
    reports.large.push(await ask('large', seconds / 4));
  }
  return { small: medianOf(reports.small), large: medianOf(reports.large) };
}

function medianOf(taken: readonly Taken[]): Asked {
  const over = (pick: (report: AskReport) => number) =>
    median(taken.map(({ report }) => pick(report)));
  const known = taken.map(({ serverMicros }) => serverMicros).filter((value) => value !== null);
  return {
    perSecond: over(({ answers, seconds }) => answers / seconds),
    serverMicros: known.length === 0 ? null : median(known),
    p50: over(({ p50 }) => p50),
    p99: over(({ p99 }) => p99),
  };
}

const growth = ({ asked: { small, large } }: Row): number => large.p99 / small.p99;

function print(rows: readonly Row[]): void {
  const cells = ({ perSecond, p50, p99 }: Asked) => [rate(perSecond), ms(p50), ms(p99)];
  table(
    ['query', 'at', 'small /s', 'p50 ms', 'p99 ms', 'large /s', 'p50 ms', 'p99 ms', 'ratio'],
    rows.map((row) => [
      row.kind,
      String(row.connections),
      ...cells(row.asked.small),
      ...cells(row.asked.large),
      row.isComparable ? ratio(growth(row)) : '–',
    ]),
  );
}

/** What a query takes whatever else the machine does meanwhile. */
function printWork(rows: readonly Row[]): void {
  const atMost = Math.max(...CONNECTIONS);
  console.log('\nThe server’s CPU a query, in microseconds:');
  table(
    ['query', 'small', 'large', 'ratio'],
    rows
      .filter(({ connections }) => connections === atMost)
      .map(({ kind, isComparable, asked: { small, large } }) => [
        kind,
        microseconds(small.serverMicros),
        microseconds(large.serverMicros),
        isComparable && small.serverMicros && large.serverMicros
          ? ratio(large.serverMicros / small.serverMicros)
          : '–',
      ]),
  );
}

function judge(store: StoreName, rows: readonly Row[]): void {
  for (const connections of CONNECTIONS) {
    const compared = rows.filter((row) => row.connections === connections && row.isComparable);
    const worst = compared.reduce((a, b) => (growth(b) > growth(a) ? b : a));
    const what = `p99 large / small at ${connections}, ${store}, the most: ${worst.kind}`;
    check(what, growth(worst), { max: RATIO_MAX });
  }
  const { kind, work } = rows
    .filter(({ isComparable }) => isComparable)
    .reduce(
      (most, { kind, connections, asked: { small, large } }) => {
        const work = (large.serverMicros ?? 0) / (small.serverMicros ?? Number.NaN);
        return connections === Math.max(...CONNECTIONS) && work > most.work ? { kind, work } : most;
      },
      { kind: 'none', work: 0 },
    );
  if (kind !== 'none') {
    check(`server CPU large / small, ${store}, the most: ${kind}`, work, { max: RATIO_MAX });
  }
}
