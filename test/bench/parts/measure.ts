/** One run of load against one target, and what several of them come to. */
import type { LoadOrder, LoadReport } from '../load/generator.ts';
import { followOf, type Spread } from '../load/workload.ts';
import { nextMessage, startNode } from './children.ts';
import { follow, sendAll } from './commands.ts';
import { cpuSeconds } from './processes.ts';
import type { Target } from './targets.ts';

const WARM_UP_COMMANDS = 15_000;
const WARM_UP_SECONDS_MAX = 4;

/**
 * What one run measured; CPU in microseconds a command, `null` where it cannot be told. It counts
 * until what is subscribed is done with what was committed.
 */
export interface Sample {
  readonly commands: number;
  readonly perSecond: number;
  /** The same with the time counted that those who are subscribed took to catch up after it. */
  readonly keptUpPerSecond: number;
  /** That time, in milliseconds. */
  readonly settleMs: number;
  /** How often was looked whether they had. */
  readonly looks: number;
  readonly p50: number;
  readonly p99: number;
  readonly serverMicros: number | null;
  readonly redisMicros: number | null;
  readonly generatorMicros: number;
  readonly failed: number;
}

/** How many follows each kind of workload has sent to each target: the next are to be new. */
const sent = new Map<string, number>();
const generator = startNode(new URL('../load/generator.js', import.meta.url));
// It serves as long as the run lasts, and is no reason for the run to last.
generator.unref();
generator.channel?.unref();

export async function load(
  target: Target,
  how: { connections: number; spread: Spread; seconds: number },
): Promise<Sample> {
  const { connections, spread, seconds } = how;
  const workload = {
    spread,
    accounts: target.accounts,
    sent: sent.get(keyOf(target, spread)) ?? 0,
  };
  const order: LoadOrder = { port: target.port, connections, seconds, workload };
  const server = cpuSeconds(target.pid);
  const redis = cpuSeconds(target.redis?.pid);
  generator.channel?.ref();
  generator.send(order);
  const report = await nextMessage<LoadReport>(generator);
  generator.channel?.unref();
  sent.set(keyOf(target, spread), report.next);
  const end = performance.now();
  const looks = await target.settle();
  const settleMs = performance.now() - end;
  return {
    commands: report.commands,
    perSecond: report.commands / report.seconds,
    keptUpPerSecond: report.commands / (report.seconds + settleMs / 1_000),
    settleMs,
    looks,
    p50: report.p50,
    p99: report.p99,
    serverMicros: micros(server, cpuSeconds(target.pid), report.commands),
    redisMicros: micros(redis, cpuSeconds(target.redis?.pid), report.commands),
    generatorMicros: (report.cpu / report.commands) * 1e6,
    failed: report.failed,
  };
}

/** Loads a target until its code is compiled, at most some seconds. */
export async function warmUp(target: Target, spread: Spread): Promise<void> {
  let commands = 0;
  for (let second = 0; second < WARM_UP_SECONDS_MAX && commands < WARM_UP_COMMANDS; second++) {
    commands += (await load(target, { connections: 64, spread, seconds: 1 })).perSecond;
  }
}

/** Sends so many follows of that kind through the batch route, so that accounts have some. */
export async function prepare(target: Target, spread: Spread, follows: number): Promise<void> {
  const from = sent.get(keyOf(target, spread)) ?? 0;
  const workload = { spread, accounts: target.accounts, sent: from };
  await sendAll(target.port, follows, (number) => follow(...followOf(workload, from + number)));
  sent.set(keyOf(target, spread), from + follows);
}

function keyOf(target: Target, spread: Spread): string {
  return `${target.port} ${JSON.stringify(spread)}`;
}

/** Loads each subject in turn, round after round, so that what disturbs one disturbs all. */
export async function takeTurns<Name extends string>(
  subjects: readonly { name: Name; target: Target; spread: Spread }[],
  connections: number,
  { rounds, seconds }: { rounds: number; seconds: number },
): Promise<Partial<Record<Name, Sample>>> {
  const samples = new Map<Name, Sample[]>(subjects.map(({ name }) => [name, []]));
  for (let round = 0; round < rounds; round++) {
    for (const { name, target, spread } of subjects) {
      samples.get(name)?.push(await load(target, { connections, spread, seconds }));
    }
  }
  const medians: Partial<Record<Name, Sample>> = {};
  for (const [name, taken] of samples) medians[name] = medianOf(taken);
  return medians;
}

/** Several runs of one kind as one: the median of each figure. */
export function medianOf(samples: readonly Sample[]): Sample {
  const over = (pick: (sample: Sample) => number): number => median(samples.map(pick));
  const overKnown = (pick: (sample: Sample) => number | null): number | null => {
    const known = samples.map(pick).filter((value) => value !== null);
    return known.length === 0 ? null : median(known);
  };
  return {
    commands: over((sample) => sample.commands),
    perSecond: over((sample) => sample.perSecond),
    keptUpPerSecond: over((sample) => sample.keptUpPerSecond),
    settleMs: over((sample) => sample.settleMs),
    looks: over((sample) => sample.looks),
    p50: over((sample) => sample.p50),
    p99: over((sample) => sample.p99),
    serverMicros: overKnown((sample) => sample.serverMicros),
    redisMicros: overKnown((sample) => sample.redisMicros),
    generatorMicros: over((sample) => sample.generatorMicros),
    failed: samples.reduce((sum, { failed }) => sum + failed, 0),
  };
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  const upper = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : (upper + (sorted[middle - 1] ?? upper)) / 2;
}

/** The middle of many values, what one in a hundred passes, and the highest. */
export function percentiles(values: readonly number[]): { p50: number; p99: number; max: number } {
  const sorted = [...values].sort((a, b) => a - b);
  const at = (share: number) => sorted[Math.ceil(share * sorted.length) - 1] ?? Number.NaN;
  return { p50: at(0.5), p99: at(0.99), max: at(1) };
}

/** Microseconds of CPU a command between two readings. */
export function micros(
  before: number | null,
  after: number | null,
  commands: number,
): number | null {
  return before === null || after === null ? null : ((after - before) / commands) * 1e6;
}
