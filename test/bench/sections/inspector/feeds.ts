/** What those who look at the live feeds cost the server, beside a load that does not end. */
import { setTimeout as pause } from 'node:timers/promises';
import type { Feed, LookReport } from '../../load/looking.ts';
import { startFilled } from '../../parts/filled.ts';
import { EVENTS_PER_SECOND, isReached, Load, percent, Viewers } from '../../parts/live.ts';
import { differences, type Estimate, estimate } from '../../parts/paired.ts';
import { cpuSeconds } from '../../parts/processes.ts';
import { checkEstimate, heading, keep, rate, table } from '../../parts/report.ts';
import type { Target } from '../../parts/targets.ts';
import type { Options } from '../options.ts';

const SHARE_MAX = 0.1;
const WARM_UP_MS = 3_000;

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
  readonly perSecond: number;
  /** Seconds of the server's CPU for each event, beyond those without a viewer. */
  readonly costs: readonly number[];
  /** The share of one core, at the rate that is judged. */
  readonly share: Estimate;
  readonly seen: LookReport;
}

export async function feeds({ quick }: Options): Promise<void> {
  const accounts = quick ? 25_000 : 100_000;
  heading(
    'The inspector’s live feeds',
    `On Redis with ${rate(accounts)} accounts, FollowAccount as for the inspector, ${rate(EVENTS_PER_SECOND)} a second by 20,000 accounts in\n` +
      'turn or by 50. Viewers come and go by short turns: each share is a mean of differences between\n' +
      'neighbouring turns with and without them, and the interval that it is in with 95 % confidence.',
  );
  const filling = { store: 'redis', accounts, steps: 0, subscribed: 'nothing' } as const;
  const { target } = await startFilled(filling);
  const load = new Load(target);
  const viewers = new Viewers(target);
  const all: Found[] = [];
  try {
    for (const audience of AUDIENCES)
      all.push(await find(target, { load, viewers }, audience, quick));
  } finally {
    await load.stop();
    await viewers.stop();
    await target.stop();
  }
  print(all);
  keep('inspector, live feeds', all);
}

async function find(
  { pid }: Target,
  { load, viewers }: { load: Load; viewers: Viewers },
  audience: Audience,
  quick: boolean,
): Promise<Found> {
  let seen: LookReport | null = null;
  await load.begin(EVENTS_PER_SECOND, audience.accounts);
  await pause(WARM_UP_MS);
  const costs = await differences(
    {
      on: () => viewers.begin(audience.viewers, 0, audience.feed),
      off: async () => {
        seen = sum(seen, await viewers.end());
      },
      read: async () => ({ cost: cpuSeconds(pid) ?? Number.NaN, of: await load.count() }),
    },
    { blocks: quick ? 6 : 10, seconds: quick ? 0.7 : 1, settleMs: 300 },
  );
  const { commands, seconds } = await load.end();
  const share = estimate(costs.map((each) => each * EVENTS_PER_SECOND));
  if (seen === null) throw new Error('nobody looked');
  return { audience, perSecond: commands / seconds, costs, share, seen };
}

function sum(one: LookReport | null, other: LookReport): LookReport {
  if (one === null) return other;
  return {
    seconds: one.seconds + other.seconds,
    bytes: one.bytes + other.bytes,
    pieces: one.pieces + other.pieces,
    heldBytes: one.heldBytes + other.heldBytes,
  };
}

function print(all: readonly Found[]): void {
  const rows = all.map(({ audience: { name, viewers }, perSecond, share, seen }) => [
    name,
    rate(perSecond),
    percent(share.mean),
    `${percent(share.low)} to ${percent(share.high)}`,
    ((1e6 * share.mean) / EVENTS_PER_SECOND).toFixed(1),
    rate(seen.bytes / seen.seconds / viewers / 1_000),
    rate(seen.pieces / seen.seconds / viewers),
  ]);
  table(
    ['feed, viewers', 'events/s', 'of a core', 'with 95 %', 'µs an event', 'kB/s each', 'pieces/s'],
    rows,
  );
  for (const { audience, perSecond, share } of all) {
    if (!isReached(perSecond, EVENTS_PER_SECOND)) continue;
    checkEstimate(`share of a core: ${audience.name}`, share, { max: SHARE_MAX });
  }
}
