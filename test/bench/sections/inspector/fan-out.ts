/** What viewers of the live stream cost the server. */
import { setTimeout as pause } from 'node:timers/promises';
import type { LookReport } from '../../load/looking.ts';
import {
  coreShare,
  EVENTS_PER_SECOND,
  isReached,
  type Load,
  percent,
  type Viewers,
} from '../../parts/live.ts';
import { median } from '../../parts/measure.ts';
import { check, keep, rate, table } from '../../parts/report.ts';
import type { Target } from '../../parts/targets.ts';
import type { Options } from '../options.ts';

const AUDIENCES = [0, 1, 10];
const EXTRA_MAX = 0.1;
const WARM_UP_MS = 3_000;

interface Round {
  readonly viewers: number;
  /** Of one core. */
  readonly cpu: number;
  /** Beyond what it was in this round without a viewer. */
  readonly extra: number;
  readonly seen: LookReport;
}

/** The load never ends: viewers come and go by turns, so that what disturbs one disturbs all. */
export async function fanOut(
  target: Target,
  tools: { load: Load; viewers: Viewers },
  { quick }: Options,
): Promise<void> {
  const [rounds, seconds] = quick ? [3, 1.5] : [6, 2];
  const all: Round[] = [];
  await tools.load.begin(EVENTS_PER_SECOND);
  await pause(WARM_UP_MS);
  for (let round = 0; round < rounds; round++) {
    // Each other round in the other order: what grows with time is not taken for what viewers cost.
    const order = round % 2 === 0 ? AUDIENCES : AUDIENCES.toReversed();
    const taken: Omit<Round, 'extra'>[] = [];
    for (const viewers of order) {
      await tools.viewers.begin(viewers);
      const cpu = await coreShare(target.pid, seconds);
      taken.push({ viewers, cpu, seen: await tools.viewers.end() });
    }
    const alone = taken.find(({ viewers }) => viewers === 0)?.cpu ?? Number.NaN;
    all.push(...taken.map((one) => ({ ...one, extra: one.cpu - alone })));
  }
  const sent = await tools.load.end();
  print(all, sent.commands / sent.seconds);
  keep(`inspector, fan-out, ${target.name}`, { sent, all });
}

function print(all: readonly Round[], perSecond: number): void {
  const of = (viewers: number, pick: (round: Round) => number) =>
    median(all.filter((round) => round.viewers === viewers).map(pick));
  const rows = AUDIENCES.map((viewers) => [
    String(viewers),
    percent(of(viewers, ({ cpu }) => cpu)),
    percent(of(viewers, ({ extra }) => extra)),
    ((1e6 * of(viewers, ({ extra }) => extra)) / perSecond).toFixed(1),
    viewers === 0
      ? '–'
      : rate(of(viewers, ({ seen }) => seen.bytes / seen.seconds / viewers / 1_000)),
    viewers === 0
      ? '–'
      : of(viewers, ({ seen }) => seen.frames / seen.seconds / viewers).toFixed(1),
  ]);
  console.log(`\n${rate(perSecond)} events a second were recorded.`);
  table(
    ['viewers', 'server, of a core', 'more than alone', 'µs an event', 'kB/s each', 'frames/s'],
    rows,
  );
  if (!isReached(perSecond, EVENTS_PER_SECOND)) return;
  // Where the server alone takes now more, now less by as much as is judged, nothing can be told.
  const alone = all.filter(({ viewers }) => viewers === 0).map(({ cpu }) => cpu);
  const apart = Math.max(...alone) - Math.min(...alone);
  if (apart > EXTRA_MAX) {
    console.log(
      `          not judged: what the server takes alone moved by ${percent(apart)} of a core`,
    );
    return;
  }
  for (const viewers of AUDIENCES.slice(1)) {
    const extra = of(viewers, (round) => round.extra);
    check(`share of a core for ${viewers} viewers`, extra, { max: EXTRA_MAX });
  }
}
