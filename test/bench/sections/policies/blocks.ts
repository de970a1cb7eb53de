/** How long after a block both follows are gone, on an idle machine. */
import { setTimeout as pause } from 'node:timers/promises';
import { accountId } from '../../load/workload.ts';
import { get, post } from '../../parts/client.ts';
import { block, follow, sendAll } from '../../parts/commands.ts';
import { percentiles } from '../../parts/measure.ts';
import { check, heading, keep, ms, rate, table } from '../../parts/report.ts';
import { startSubscribed, type Target } from '../../parts/targets.ts';
import type { Options } from '../options.ts';

/** Before each block, so that all is at rest again, and after one that nobody watches. */
const REST_MS = 25;
const WARM_UPS = 30;
const GONE_MS_MAX = 5_000;

/** One block that was watched; all in milliseconds. */
interface Watched {
  /** From the sending of the block to the answer of the first look that saw both follows gone. */
  readonly gone: number;
  readonly answered: number;
  readonly looks: number;
  /** How long the last look took: so much earlier the follows may have gone. */
  readonly look: number;
}

export async function blocks(options: Options): Promise<void> {
  const count = options.quick ? 150 : 1_000;
  heading(
    'A block, until both follows are gone',
    `${rate(count)} pairs that follow each other, one block at a time over HTTP, after ${REST_MS} ms of rest each.\n` +
      'Watched by GET /v1/relationships, look after look: the last look is the error at most, and\n' +
      'looks take turns with the work. So as many again that nobody watches, by the times in their\n' +
      'records, which are whole milliseconds.',
  );
  const rows: string[][] = [];
  for (const store of ['redis', 'embedded'] as const) {
    const target = await startSubscribed(store, 2 * (2 * count + WARM_UPS), 'all');
    try {
      const pairs = target.accounts / 2;
      await sendAll(target.port, 2 * pairs, (number) => follow(number, number ^ 1));
      await target.settle();
      const watched = await blockEach(0, WARM_UPS + count, (pair) => watch(target, pair));
      const recorded = await blockEach(WARM_UPS + count, pairs, (pair) => recordedMs(target, pair));
      rows.push(...report(store, watched.slice(WARM_UPS), recorded));
    } finally {
      await target.stop();
    }
  }
  table(['store, what', 'p50 ms', 'p99 ms', 'most ms'], rows);
}

async function blockEach<T>(
  from: number,
  to: number,
  measure: (pair: number) => Promise<T>,
): Promise<T[]> {
  const measured: T[] = [];
  for (let pair = from; pair < to; pair++) {
    await pause(REST_MS);
    measured.push(await measure(pair));
  }
  return measured;
}

async function watch(target: Target, pair: number): Promise<Watched> {
  const start = performance.now();
  await sendBlock(target, pair);
  const answered = performance.now() - start;
  for (let looks = 1; ; looks++) {
    const lookedAt = performance.now();
    const isGone = await isOver(target, pair);
    const now = performance.now();
    if (isGone) return { gone: now - start, answered, looks, look: now - lookedAt };
    if (now - start > GONE_MS_MAX) throw new Error(`the follows of pair ${pair} still stand`);
  }
}

/** From the block's record to that of the later of both removals. */
async function recordedMs(target: Target, pair: number): Promise<number> {
  const blockedAt = await sendBlock(target, pair);
  await pause(REST_MS);
  while (!(await isOver(target, pair))) await pause(REST_MS);
  const removals = await Promise.all([
    lastEvent(target, accountId(2 * pair)),
    lastEvent(target, accountId(2 * pair + 1)),
  ]);
  for (const { type } of removals) if (type !== 'FollowRemoved') throw new Error(`a late ${type}`);
  return Math.max(...removals.map(({ occurredAt }) => Date.parse(occurredAt))) - blockedAt;
}

/** @returns the block's time, in ms since 1970 */
async function sendBlock({ port }: Target, pair: number): Promise<number> {
  const { type, data } = block(2 * pair, 2 * pair + 1);
  const { status, body } = await post(
    port,
    `/v1/commands/${type}`,
    Buffer.from(JSON.stringify(data)),
  );
  if (status !== 200) throw new Error(`a block was answered ${status}: ${body}`);
  return Date.parse(JSON.parse(body).events[0].occurredAt);
}

async function isOver({ port }: Target, pair: number): Promise<boolean> {
  const path = `/v1/relationships/${accountId(2 * pair)}/${accountId(2 * pair + 1)}`;
  const { body } = await get(port, path);
  const { aFollowsB, bFollowsA } = JSON.parse(body);
  return aFollowsB === false && bFollowsA === false;
}

async function lastEvent(
  { port }: Target,
  account: string,
): Promise<{ type: string; occurredAt: string }> {
  const { body } = await get(port, `/v1/actors/account/${account}/events?limit=1`);
  return JSON.parse(body).items[0];
}

function report(
  store: string,
  watched: readonly Watched[],
  recorded: readonly number[],
): string[][] {
  const over = (pick: (one: Watched) => number) => percentiles(watched.map(pick));
  const gone = over((one) => one.gone);
  const figures = {
    'both gone, seen': gone,
    'the same, from the answer on': over((one) => one.gone - one.answered),
    'the last look alone': over((one) => one.look),
    'both gone, by the records': percentiles(recorded),
  };
  check(`block until both follows are seen gone, p99 in ms, ${store}`, gone.p99, { max: 10 });
  keep(`blocks, ${store}`, { ...figures, looks: over((one) => one.looks) });
  return Object.entries(figures).map(([what, { p50, p99, max }]) => [
    `${store}, ${what}`,
    ms(p50),
    ms(p99),
    ms(max),
  ]);
}
