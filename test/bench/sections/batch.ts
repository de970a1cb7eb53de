/** The batch route: commands in arrays of 1,000, and in one stream of lines. */

import { followOf, type Workload } from '../load/workload.ts';
import { batchBody, follow, linesBody, sendBatch } from '../parts/commands.ts';
import { median, micros } from '../parts/measure.ts';
import { cpuSeconds } from '../parts/processes.ts';
import { heading, keep, microseconds, rate, table } from '../parts/report.ts';
import { type StoreName, startEverstate, type Target } from '../parts/targets.ts';
import { FOLLOWERS, type Options } from './options.ts';

const ACCOUNTS = 20_000;
const BATCH = 1_000;
const LINES = 20_000;

interface Result {
  readonly perSecond: number;
  readonly serverMicros: number | null;
}

export async function batch(options: Options): Promise<void> {
  heading(
    'Batches over HTTP',
    `FollowAccount spread over ${FOLLOWERS} accounts: JSON arrays of ${BATCH}, two on their way at a ` +
      `time,\nand one stream of ${LINES} lines. Medians of ${options.rounds} rounds.`,
  );
  const rows: string[][] = [];
  const kept: Record<string, Result> = {};
  for (const store of ['redis', 'embedded'] as const) {
    for (const [form, result] of await measure(store, options)) {
      rows.push([`${store}, ${form}`, rate(result.perSecond), microseconds(result.serverMicros)]);
      kept[`${store} ${form}`] = result;
    }
  }
  table(['store and form', 'commands/s', 'server µs'], rows);
  keep('batch', kept);
}

async function measure(store: StoreName, options: Options): Promise<[string, Result][]> {
  const target = await startEverstate(store, ACCOUNTS);
  try {
    const follows = new Follows();
    const json: Result[] = [];
    const lines: Result[] = [];
    // The first round of each warms up, and is left out.
    for (let round = 0; round <= options.rounds; round++) {
      const bodies = Array.from({ length: LINES / BATCH }, () => batchBody(BATCH, follows.take));
      json.push(await timed(target, LINES, () => sendArrays(target.port, bodies)));
      const body = linesBody(LINES, follows.take);
      lines.push(await timed(target, LINES, () => sendBatch(target.port, body, LINES, 'x-ndjson')));
    }
    return [
      ['arrays', summary(json.slice(1))],
      ['lines', summary(lines.slice(1))],
    ];
  } finally {
    await target.stop();
  }
}

/** New follows, one after another. */
class Follows {
  readonly #workload: Workload = {
    spread: { kind: 'spread', first: 0, followers: FOLLOWERS },
    accounts: ACCOUNTS,
    sent: 0,
  };
  #next = 0;

  readonly take = () => follow(...followOf(this.#workload, this.#next++));
}

async function timed(target: Target, commands: number, send: () => Promise<void>): Promise<Result> {
  const cpu = cpuSeconds(target.pid);
  const start = performance.now();
  await send();
  const seconds = (performance.now() - start) / 1_000;
  const serverMicros = micros(cpu, cpuSeconds(target.pid), commands);
  return { perSecond: commands / seconds, serverMicros };
}

async function sendArrays(port: number, bodies: Buffer[]): Promise<void> {
  const sendSome = async (): Promise<void> => {
    for (let body = bodies.pop(); body; body = bodies.pop()) await sendBatch(port, body, BATCH);
  };
  await Promise.all([sendSome(), sendSome()]);
}

function summary(results: readonly Result[]): Result {
  const known = results.map(({ serverMicros }) => serverMicros).filter((value) => value !== null);
  return {
    perSecond: median(results.map(({ perSecond }) => perSecond)),
    serverMicros: known.length === 0 ? null : median(known),
  };
}
