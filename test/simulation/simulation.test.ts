import { describe, expect, test } from 'vitest';
import { FAULTS_MIN, type Result, runSeed } from './run.ts';
import { describe as inWords } from './tally.ts';
import { COMMANDS_MIN } from './workload/load.ts';
import { NODES } from './world/world.ts';

/** Where these seeds begin: other ones than those of `npm run simulate`. */
const FROM = 1_000_000;
const SEEDS = 100;
/** Seeds of one test. */
const SHARE = 20;

describe('whole nodes on one store, whatever goes wrong', () => {
  const shares = Array.from({ length: SEEDS / SHARE }, (_, share) => FROM + share * SHARE);
  test.each(shares)('keep every rule: seeds from %i', { timeout: 240_000 }, async (from) => {
    for (let seed = from; seed < from + SHARE; seed++) {
      const result = await runSeed(seed);
      expect(result.commands).toBeGreaterThanOrEqual(COMMANDS_MIN);
      expect(result.nodes).toBeGreaterThanOrEqual(NODES);
      expect(result.faults).toBeGreaterThanOrEqual(FAULTS_MIN);
      if (result.violations.length > 0) expect.fail(await told(seed));
    }
  });
});

/** A seed that failed, with the end of what happened in it. */
async function told(seed: number): Promise<string> {
  return inWords(await runSeed(seed, true), false);
}

describe('a seed', () => {
  // One of the graph, and one with timers, effects and events from elsewhere.
  test.each([FROM, FROM + 3])('repeats a run to the letter: %i', async (seed) => {
    const [first, second] = [await runSeed(seed, true), await runSeed(seed, true)];
    expect(second.lines).toEqual(first.lines);
    expect(second).toEqual(first);
    expect(first.lines?.length).toBeGreaterThanOrEqual(first.events);
    // Whether the lines are kept changes nothing.
    const bare: Result = await runSeed(seed);
    expect(bare.hash).toBe(first.hash);
  });

  test('is another run than the next', async () => {
    const hashes = [await runSeed(FROM), await runSeed(FROM + 1)].map(({ hash }) => hash);
    expect(new Set(hashes).size).toBe(2);
  });
});
