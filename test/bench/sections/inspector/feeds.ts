/** What those who look at the live feeds cost the server, beside a load that does not end. */
import { setTimeout as pause } from 'node:timers/promises';
import type { Feed, LookReport } from '../../load/looking.ts';
import { startFilled } from '../../parts/filled.ts';
import { EVENTS_PER_SECOND, Load, percent, Viewers } from '../../parts/live.ts';
import { cpuSeconds } from '../../parts/processes.ts';
import { checkEstimate, heading, keep, rate, table } from '../../parts/report.ts';
import { startServerOn, type Target } from '../../parts/targets.ts';
import { costs, differences, type Estimate, estimate } from '../../parts/turns.ts';
import type { Options } from '../options.ts';

const SHARE_MAX = 0.1;
const WARM_UP_MS = 3_000;
/** The rate may be so much off in a turn that counts. */
const APART = 0.1;

interface Audience {
  readonly name: string;
  readonly feed: Feed;
  readonly viewers: number;
  /** Accounts that the events are of, in turn. */
  readonly accounts: number;
}

const AUDIENCES: readonly Audience[] = [
  { name: 'the page, 10', feed: 'page', viewers: 10, accounts: 20_000 },
  { name: 'Stately’s, 1', feed: 'stately', viewers: 1, accounts: 20_000 },
  // As much as a frame tells: of each of the busiest its last commands.
  { name: 'Stately’s, 1, of 50 accounts', feed: 'stately', viewers: 1, accounts: 50 },
];

interface Found {
  readonly audience: Audience;
  /** Shares of one core: of a node that has nothing but viewers, and of the one with the commands. */
  readonly alone: Estimate;
  readonly beside: Estimate;
  readonly seen: LookReport;
}

export async function feeds(options: Options): Promise<void> {
  const accounts = options.quick ? 25_000 : 100_000;
  heading(
    'The inspector’s live feeds',
    `On Redis with ${rate(accounts)} accounts, ${rate(EVENTS_PER_SECOND)} FollowAccount a second, sent to one node, by 20,000 accounts in\n` +
      'turn or by 50. Viewers look at another node, which has nothing else to do: all of its CPU is what\n' +
      'they cost. Beside commands: at the same node, come and gone by short turns, the differences between\n' +
      'neighbours. Means, and the intervals they are in with 95 % confidence; turns without the rate do not count.',
  );
  const filling = { store: 'redis', accounts, steps: 0, subscribed: 'nothing' } as const;
  const { target } = await startFilled(filling);
  if (target.redis === null) throw new Error('two nodes share no embedded store');
  // Its background work does not begin: it holds no partition.
  const other = await startServerOn(target.redis, 'nothing');
  const load = new Load(target);
  const all: Found[] = [];
  try {
    for (const audience of AUDIENCES) {
      await load.begin(EVENTS_PER_SECOND, audience.accounts);
      await pause(WARM_UP_MS);
      all.push(await find({ target, other, load }, audience, options));
      await load.end();
    }
  } finally {
    await load.stop();
    for (const one of [other, target]) await one.stop();
  }
  print(all);
  keep('inspector, live feeds', all);
}

interface Nodes {
  readonly target: Target;
  readonly other: Target;
  readonly load: Load;
}

async function find({ target, other, load }: Nodes, audience: Audience, { quick }: Options) {
  const ofNode = (node: Target) => {
    const viewers = new Viewers(node);
    let seen: LookReport | null = null;
    return {
      on: () => viewers.begin(audience.viewers, 0, audience.feed),
      off: async () => {
        seen = await viewers.end();
      },
      read: async () => ({ cost: cpuSeconds(node.pid) ?? Number.NaN, of: await load.count() }),
      stop: () => viewers.stop(),
      get seen(): LookReport {
        if (seen === null) throw new Error('nobody looked');
        return seen;
      },
    };
  };
  const perSecond = [1 - APART, 1 + APART].map((part) => part * EVENTS_PER_SECOND);
  const [least = 0, most = 0] = perSecond;
  const turns = { settleMs: 300, perSecond: [least, most] } as const;
  const [apart, same] = [ofNode(other), ofNode(target)];
  try {
    // By then its code is compiled.
    const alone = await costs(apart, { ...turns, settleMs: 2_000, wanted: 10, seconds: 1 });
    const some = quick ? { wanted: 6, seconds: 0.7 } : { wanted: 10, seconds: 1 };
    const beside = await differences(same, { ...turns, ...some });
    const shareOf = (figures: readonly number[]) =>
      estimate(figures.map((each) => each * EVENTS_PER_SECOND));
    return { audience, alone: shareOf(alone), beside: shareOf(beside), seen: apart.seen };
  } finally {
    for (const each of [apart, same]) await each.stop();
  }
}

function print(all: readonly Found[]): void {
  const shown = ({ mean, low, high, turns }: Estimate) =>
    !Number.isFinite(high)
      ? `in ${turns} turns`
      : `${percent(mean)}, ${percent(low)} to ${percent(high)}`;
  const rows = all.map(({ audience: { name, viewers }, alone, beside, seen }) => [
    name,
    shown(alone),
    alone.turns === 0 ? '–' : ((1e6 * alone.mean) / EVENTS_PER_SECOND).toFixed(1),
    shown(beside),
    rate(seen.bytes / seen.seconds / viewers / 1_000),
    rate(seen.pieces / seen.seconds / viewers),
  ]);
  table(
    ['feed, viewers', 'of a core', 'µs an event', 'beside commands', 'kB/s each', 'pieces/s'],
    rows,
  );
  for (const { audience, alone } of all) {
    checkEstimate(`share of a core: ${audience.name}`, alone, { max: SHARE_MAX });
  }
}
