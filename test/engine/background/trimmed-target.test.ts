/** Commands of policies that may have been done before, where the history that would tell is gone. */
import { describe, expect, test } from 'vitest';
import { partitionOf } from '../../../src/engine/address.ts';
import type { Fence } from '../../../src/engine/work-store.ts';
import { counted, historyApp } from '../history-world.ts';
import { Office } from './office.ts';

const MINUTE_MS = 60_000;
const PARTITIONS = 2;
const target = partitionOf('desk:stamps', PARTITIONS);
const names = Array.from({ length: 20 }, (_, n) => `d${n}`);
const inTarget = names.find((name) => partitionOf(`desk:${name}`, PARTITIONS) === target) ?? '';
const elsewhere = names.find((name) => partitionOf(`desk:${name}`, PARTITIONS) !== target) ?? '';

async function pass(office: Office, ms: number): Promise<void> {
  await office.time.jump(ms);
  await office.time.advance(2_000);
  await office.idle();
}

/** An office in which texts were stamped, whose stamps are trimmed up to a few; the texts are not. */
async function stamped(keptAfter: number) {
  const office = await Office.open(historyApp(), { partitions: PARTITIONS });
  await office.write(elsewhere, 'one', 'two');
  await office.idle();
  // So that the last records tell when those that are gone were committed.
  const texts = Array.from({ length: keptAfter }, (_, n) => `later ${n}`);
  await pass(office, 20 * MINUTE_MS);
  await office.write(inTarget, ...texts);
  await office.idle();
  const { store } = office.nodes;
  const [head = 0] = (await store.heads()).slice(target, target + 1);
  await store.trim(target, head - 16);
  return office;
}

async function setBack({ nodes: { store } }: Office, partition: number): Promise<void> {
  const { lease, checkpoints } = await store.survey(partition, []);
  const fence = lease?.fence ?? ('' as Fence);
  const move = { subscriber: 'once', expected: checkpoints.once ?? 0, next: 0 };
  const step = { partition, fence, stepId: 'by hand', checkpoints: [move], rows: [] };
  expect(await store.step(step)).toEqual({ kind: 'done' });
}

describe('a command that may have been done long ago', () => {
  test('is parked with the reason where its target was trimmed since, and never done twice', async () => {
    const office = await stamped(30);
    await pass(office, 20 * MINUTE_MS);
    await setBack(office, 1 - target);
    await office.until(async () => (await office.letters()).length === 2);
    for (const letter of await office.letters()) {
      expect(letter.error).toBe(
        'the history of desk:stamps was trimmed: whether this Stamp was run before cannot be told ' +
          'any more',
      );
      await office.settle('retry', letter);
    }
    await office.until(async () => (await office.letters()).length === 2);
    const { engine } = office.counter;
    const trail = await engine.trail({ type: 'desk', id: 'stamps' }, { limit: 200, before: null });
    expect(trail?.isTrimmed).toBe(true);
    const found = trail?.items.map(({ data }) => data.stamp);
    expect(found).not.toContain('one');
    for (const letter of await office.letters()) await office.settle('discard', letter);
    await office.idle();
    expect(await counted(engine)).toEqual({ [`desk:${elsewhere}`]: 2, [`desk:${inTarget}`]: 30 });
    await office.node.stop();
  });
});

describe('a command that waits for long', () => {
  test('is done where all that is gone of its target came before its cause', async () => {
    const office = await Office.open(historyApp(), { partitions: PARTITIONS });
    await office.write(inTarget, ...Array.from({ length: 40 }, (_, n) => `${n}`));
    await office.idle();
    await pass(office, 20 * MINUTE_MS);
    const { store } = office.nodes;
    const [head = 0] = (await store.heads()).slice(target, target + 1);
    await store.trim(target, head - 16);
    await office.node.stop();
    await office.write(elsewhere, 'late');
    await office.time.jump(60 * MINUTE_MS);
    const node = await office.join();
    await office.idle();
    expect(await office.letters()).toEqual([]);
    expect(await office.stamps()).toContain('late');
    await node.stop();
  });
});
