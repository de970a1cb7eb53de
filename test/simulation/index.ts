/**
 * Runs seeds of the simulation: `npm run simulate -- --seeds 2000`, or `--seconds 240`; one of them,
 * with all that happens in it: `npm run simulate -- --seed 17 --trace`.
 */
import { availableParallelism } from 'node:os';
import { parseArgs } from 'node:util';
import { isMainThread } from 'node:worker_threads';
import { runSeed } from './run.ts';
import { describe, Tally } from './tally.ts';
import { runMany, serve } from './threads.ts';

/** Seeds that fail are told of one by one, so many at most. */
const TOLD_MAX = 3;
const SEEDS_DEFAULT = 200;

const options = {
  /** How many seeds. */
  seeds: { type: 'string' },
  /** As many as fit in so many seconds. */
  seconds: { type: 'string' },
  /** The first seed. */
  from: { type: 'string', default: '0' },
  /** Every so many: of four seeds that follow one another, one is of another domain. */
  step: { type: 'string', default: '1' },
  /** This one alone. */
  seed: { type: 'string' },
  /** Everything that happens in it. */
  trace: { type: 'boolean', default: false },
  workers: { type: 'string' },
} as const;

async function main(): Promise<void> {
  const { values } = parseArgs({ options });
  if (values.seed !== undefined) return one(Number(values.seed), values.trace);
  const tally = new Tally();
  await runMany({
    from: Number(values.from),
    step: Number(values.step),
    seedsMax: values.seconds === undefined ? Number(values.seeds ?? SEEDS_DEFAULT) : null,
    msMax: values.seconds === undefined ? null : Number(values.seconds) * 1_000,
    workers: Number(values.workers ?? Math.min(2, availableParallelism())),
    onResult: (result) => tally.add(result),
    isEnough: () => tally.failed.length >= TOLD_MAX,
  });
  console.log(tally.summary());
  for (const { seed } of tally.failed.slice(0, TOLD_MAX)) await one(seed, false);
  if (tally.failed.length > 0) process.exitCode = 1;
}

/** Runs one seed once more, with all that happens in it. */
async function one(seed: number, tracesAll: boolean): Promise<void> {
  const result = await runSeed(seed, true);
  console.log(describe(result, tracesAll));
  if (result.violations.length > 0) process.exitCode = 1;
}

if (isMainThread) await main();
else serve();
