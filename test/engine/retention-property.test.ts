/** Whatever is trimmed when: policies and projections come to the same as where nothing is. */
import { describe, expect, test } from 'vitest';
import type { RetentionSettings } from '../../src/engine/background/retention.ts';
import { randomFrom, SEED, tellHowToRepeat } from '../faults/seed.ts';
import type { SimulatedNode } from '../support/simulated-nodes.ts';
import { Office } from './background/office.ts';
import { counted, feeds, historyApp, seenOn } from './history-world.ts';

const DESKS = ['a', 'b', 'c', 'd', 'e'];
const PARTITIONS = 3;
const MINUTE_MS = 60_000;

type Random = () => number;
const below = (random: Random, most: number) => Math.floor(random() * most);

/** What there is at the end. */
async function endOf(office: Office) {
  const { store } = office.nodes;
  const desks = [...DESKS, 'stamps'];
  const seen = await Promise.all(desks.map(async (desk) => [desk, await seenOn(store, desk)]));
  return {
    heads: (await store.heads()).reduce((sum, head) => sum + head, 0),
    seen: Object.fromEntries(seen),
    counted: await counted(office.counter.engine),
    letters: await office.letters(),
  };
}

function retentionOf(random: Random): RetentionSettings {
  const keepMs = random() < 0.5 ? 60 * MINUTE_MS : null;
  return { keepMs, keepRecords: keepMs === null || random() < 0.5 ? 1 + below(random, 30) : null };
}

/** Who trims: nobody, the nodes by their settings, or somebody else whatever there is to be done. */
type Trimmer = 'nobody' | 'nodes' | 'hand';

/**
 * Writes, time that passes, nodes that come, stop and die.
 * @param hours whether hours pass, which nodes need to trim by age: what waits for so long has to
 * be looked for in history, so that nobody else may trim then
 */
async function live(seed: number, trimmer: Trimmer, hours: boolean) {
  const random = randomFrom(seed);
  const trimming = randomFrom(seed + 1_000_000);
  const broken = { isBroken: false };
  const office = new Office(historyApp(broken), { partitions: PARTITIONS, seed });
  const { store } = office.nodes;
  const nodes: SimulatedNode[] = [];
  const begin = async () => {
    const retention = retentionOf(trimming);
    const backgroundLimits = { trimPage: 20, windowRecordsMax: 8, feedPage: 5 };
    nodes.push(
      await office.join(office.app, {
        backgroundLimits,
        ...(trimmer === 'nodes' && { retention }),
      }),
    );
  };
  const trimByHand = async () => {
    const partition = below(trimming, PARTITIONS);
    const [head = 0] = (await store.heads()).slice(partition, partition + 1);
    const { passed } = (await feeds(store))[partition] ?? { passed: 0 };
    expect(await store.trim(partition, below(trimming, head + 5))).toBeLessThanOrEqual(passed);
  };
  let trims = 0;
  await begin();
  for (let step = 0; step < 60; step++) {
    const desk = DESKS[below(random, DESKS.length)] ?? '';
    const kind = below(random, 12);
    if (kind < 6) {
      const texts = Array.from({ length: 1 + below(random, 8) }, (_, n) => `${step}.${n}`);
      await office.write(desk, ...texts);
    } else if (kind < 8) await office.time.jump(below(random, 90) * (hours ? MINUTE_MS : 50));
    else if (kind === 8) await office.time.advance(below(random, 3_000));
    else if (kind === 9) broken.isBroken = !broken.isBroken;
    else if (kind === 10 && nodes.length < 3) await begin();
    else if (nodes.length > 1) {
      const [gone] = nodes.splice(below(random, nodes.length), 1);
      if (random() < 0.5) gone?.crash();
      else await gone?.stop();
    }
    if (broken.isBroken) await office.write(desk, `bad ${step}`);
    if (trimmer === 'hand' && trimming() < 0.5) await trimByHand();
  }
  broken.isBroken = false;
  await office.idle();
  for (const { trimmed } of await feeds(store)) trims += trimmed;
  const end = await endOf(office);
  for (const node of nodes) await node.stop();
  return { end, trims };
}

describe.each(['nodes', 'hand'] as const)('where the %s trim', (trimmer) => {
  test.each([1, 2, 3, 4, 5])(
    'the end is the same as of whole history (SEED=%i added)',
    async (run) => {
      tellHowToRepeat('../engine/retention-property.test.ts');
      const hours = trimmer === 'nodes';
      const whole = await live(SEED + run, 'nobody', hours);
      const trimmed = await live(SEED + run, trimmer, hours);
      expect(whole.trims).toBe(0);
      expect(trimmed.trims).toBeGreaterThan(10);
      expect(trimmed.end).toEqual(whole.end);
      expect(whole.end.letters).toEqual([]);
      expect(whole.end.seen.stamps?.length).toBeGreaterThan(50);
    },
  );
});
