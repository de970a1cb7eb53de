/** The live feed, to many who listen: how late events come, and what listening costs the server. */
import type { ChildProcess } from 'node:child_process';
import type { ListenOrder, ListenReport } from '../load/listening.ts';
import type { PacedOrder, PacedReport } from '../load/paced.ts';
import type { Workload } from '../load/workload.ts';
import { nextMessage, startNode, stop } from '../parts/children.ts';
import { warmUp } from '../parts/measure.ts';
import { cpuSeconds, residentBytes } from '../parts/processes.ts';
import { check, heading, keep, megabytes, ms, rate, ratio, table } from '../parts/report.ts';
import { type StoreName, startSubscribed, type Target } from '../parts/targets.ts';
import { FOLLOWERS, type Options } from './options.ts';

const ACCOUNTS = 20_000;
/** Of followers that the load before it does not have: each of its follows is a new one. */
const WORKLOAD: Workload = {
  spread: { kind: 'spread', first: FOLLOWERS, followers: FOLLOWERS },
  accounts: ACCOUNTS,
  sent: 0,
};
const RATES = [1_000, 3_000];
const AUDIENCES: readonly Audience[] = [
  { clients: 0, stalled: 0 },
  { clients: 10, stalled: 0 },
  { clients: 100, stalled: 0 },
  { clients: 99, stalled: 1 },
];

interface Audience {
  readonly clients: number;
  /** Those beside them that take nothing. */
  readonly stalled: number;
}

interface Heard extends Audience {
  readonly perSecond: number;
  readonly sent: PacedReport;
  /** `null` where nobody listens. */
  readonly heard: ListenReport | null;
  /** Of one core, while events were sent; `null` where it cannot be told. */
  readonly serverCpu: number | null;
  readonly memory: number | null;
}

export async function fanOut(options: Options): Promise<void> {
  const seconds = options.quick ? 4 : 15;
  heading(
    'Fan-out of the live feed',
    `Clients of GET /v1/events, while FollowAccount comes at a fixed rate for ${seconds} s, with all policies and\n` +
      'projections on. Late: from the time of an event, which is its command’s and so before its commit,\n' +
      'until a client has it. One that is stalled takes nothing from its socket. Load and clients share a core.',
  );
  const rows: string[][] = [];
  for (const store of ['redis', 'embedded'] as const) {
    const target = await startSubscribed(store, ACCOUNTS, 'all');
    try {
      await warmUp(target, { kind: 'spread', first: 0, followers: FOLLOWERS });
      const heard = await hearAll(target, seconds);
      rows.push(...heard.map((one) => row(store, one)));
      judge(store, heard);
      keep(`fan-out, ${store}`, heard);
    } finally {
      await target.stop();
    }
  }
  table(
    [
      'store',
      'wanted /s',
      'clients',
      'sent /s',
      'answer p99',
      'events /s',
      'late p50',
      'late p99',
      'server CPU',
      'memory',
    ],
    rows,
  );
}

async function hearAll(target: Target, seconds: number): Promise<Heard[]> {
  const sender = startNode(new URL('../load/paced.js', import.meta.url));
  const listener = startNode(new URL('../load/listening.js', import.meta.url));
  const heard: Heard[] = [];
  let sent = 0;
  try {
    for (const perSecond of RATES) {
      for (const audience of AUDIENCES) {
        const order = { perSecond, seconds, workload: { ...WORKLOAD, sent } };
        heard.push(await hear(target, { sender, listener }, audience, order));
        sent += perSecond * seconds;
      }
    }
  } finally {
    await stop(sender);
    await stop(listener);
  }
  return heard;
}

async function hear(
  target: Target,
  { sender, listener }: { sender: ChildProcess; listener: ChildProcess },
  audience: Audience,
  order: Omit<PacedOrder, 'port'>,
): Promise<Heard> {
  const { port, pid } = target;
  const listen = (order: ListenOrder) => {
    listener.send(order);
    return nextMessage<ListenReport>(listener);
  };
  await listen({ kind: 'begin', port, ...audience });
  const before = cpuSeconds(pid);
  sender.send({ port, ...order });
  const sent = await nextMessage<PacedReport>(sender);
  const after = cpuSeconds(pid);
  const memory = residentBytes(pid);
  if (sent.failed > 0) throw new Error(`${sent.failed} commands were not accepted`);
  const heard = await listen({ kind: 'end', events: sent.commands });
  await target.settle();
  return {
    ...audience,
    perSecond: order.perSecond,
    sent,
    heard: audience.clients === 0 ? null : heard,
    serverCpu: before === null || after === null ? null : (after - before) / sent.seconds,
    memory,
  };
}

function row(store: StoreName, one: Heard): string[] {
  const { clients, stalled, perSecond, sent, heard, serverCpu, memory } = one;
  return [
    store,
    rate(perSecond),
    stalled > 0 ? `${clients} + ${stalled} stalled` : String(clients),
    rate(sent.commands / sent.seconds),
    ms(sent.p99),
    heard ? rate(heard.events / heard.seconds) : '–',
    heard ? ms(heard.p50) : '–',
    heard ? ms(heard.p99) : '–',
    serverCpu === null ? '–' : `${(100 * serverCpu).toFixed(0)} %`,
    memory === null ? '–' : megabytes(memory),
  ];
}

/** Nobody misses anything, and one who stalls holds nobody back. */
function judge(store: StoreName, heard: readonly Heard[]): void {
  for (const { clients, stalled, perSecond, sent, heard: report } of heard) {
    if (!report || stalled === 0) continue;
    const share = report.fewest / sent.commands;
    check(`events that each client got, one stalled, ${rate(perSecond)}/s, ${store}`, share, {
      min: 1,
    });
    const whole = heard.find(
      (one) => one.perSecond === perSecond && one.clients === clients + stalled,
    );
    if (!whole?.heard) continue;
    const later = ratio(report.p99 / whole.heard.p99);
    console.log(`          late p99 with one stalled / without: ${later}`);
  }
}
