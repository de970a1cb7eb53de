import { describe, expect, test } from 'vitest';
import type { Commit } from '../../src/engine/store.ts';
import { eventsOf } from '../support/node.ts';
import { type NodeFate, type SimulatedNode, SimulatedNodes } from '../support/simulated-nodes.ts';
import { TALLIES, tallyApp } from './tally/app.ts';

/** Longer than any target keeps its answer to a policy. */
const FORGOTTEN_MS = 60 * 60 * 1_000;
/** Records of a trail that takes more than five minutes to read, at so many ms for a hundred. */
const LONG_TRAIL = 650;
const PAGE_MS = 50_000;
const POKE = { source: 's', number: 1, group: 'red' };
const ONCE = Object.fromEntries(TALLIES.map((tally) => [tally, 1]));

/** How often the poke was added to each tally. */
async function added({ engine }: SimulatedNode): Promise<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (const tally of TALLIES) {
    counts[tally] = (await eventsOf(engine, `${tally}-${POKE.source}`, 'tally')).length;
  }
  return counts;
}

/** Sets a policy's checkpoint back to the beginning of every feed. */
async function setBack({ store }: SimulatedNodes, subscriber: string): Promise<void> {
  const leases = await store.leases();
  for (const [partition, expected] of (await store.checkpoints(subscriber)).entries()) {
    const fence = leases[partition]?.fence;
    if (fence === undefined) throw new Error(`nobody works on partition ${partition}`);
    const checkpoints = [{ subscriber, expected, next: 0 }];
    const step = { partition, fence, stepId: `by hand ${subscriber}`, checkpoints, rows: [] };
    expect(await store.step(step)).toEqual({ kind: 'done' });
  }
}

describe('a command of a policy, sent again when its answer is forgotten, has no second effect', () => {
  test.each(TALLIES)('by a node that stood still as it committed: %s', async (tally) => {
    const world = new SimulatedNodes();
    const nodes = [await world.start(tallyApp), await world.start(tallyApp)] as const;
    let stopped: SimulatedNode | null = null;
    for (const node of nodes) {
      node.fate = (method, args) => {
        const [commit] = args as [Commit];
        const isIt = method === 'commit' && commit.actor.id === `${tally}-${POKE.source}`;
        if (stopped !== null || !isIt) return 'answered';
        stopped = node;
        return 'dies before';
      };
    }
    await world.send(nodes[0], 'Poke', POKE);
    await world.until(() => stopped !== null);
    const [other = nodes[0]] = nodes.filter((node) => node !== stopped);
    await world.untilIdle(other);
    expect(await added(other)).toEqual(ONCE);
    await world.time.jump(FORGOTTEN_MS);
    for (const { runtime } of nodes) runtime.thaw();
    await world.untilIdle(other);
    await world.time.advance(10_000);
    expect(await added(other)).toEqual(ONCE);
  });

  test.each(['chain', 'gather', 'settle'])('by what is read again: %s', async (policy) => {
    const world = new SimulatedNodes();
    const node = await world.start(tallyApp);
    await world.send(node, 'Poke', POKE);
    await world.until(async () => (await world.store.heads()).some((head) => head > 0));
    await world.untilIdle(node);
    await world.time.advance(1_000);
    await world.untilIdle(node);
    expect(await added(node)).toEqual(ONCE);
    await world.time.jump(FORGOTTEN_MS);
    await setBack(world, policy);
    await world.untilIdle(node);
    await world.time.advance(1_000);
    await world.untilIdle(node);
    expect(await added(node)).toEqual(ONCE);
  });
});

test('a command that comes late is sent, though to look for it takes longer than it may be old', async () => {
  const world = new SimulatedNodes();
  const node = world.make(tallyApp);
  for (let of = 0; of < LONG_TRAIL; of++) {
    await world.send(node, 'Add', { tally: `first-${POKE.source}`, of: -of });
  }
  await world.send(node, 'Poke', POKE);
  await world.time.jump(FORGOTTEN_MS);
  node.fate = async (method): Promise<NodeFate> => {
    if (method === 'trail') await node.runtime.sleep(PAGE_MS);
    return 'answered';
  };
  await world.run(node.engine.start());
  await world.untilIdle(node);
  node.fate = () => 'answered';
  expect(await added(node)).toEqual({ ...ONCE, first: LONG_TRAIL + 1 });
});
