import { describe, expect, test } from 'vitest';
import { definePolicy } from '../../../src/define/index.ts';
import { deskApp, onWritten, stampOnce } from '../../support/desk/index.ts';
import type { SimulatedNode } from '../../support/simulated-nodes.ts';
import { Office } from './office.ts';

const app = deskApp([definePolicy({ name: 'once', machine: stampOnce, on: onWritten })]);

/** How many partitions are held, over all nodes. */
async function held(office: Office): Promise<number> {
  return (await office.nodes.store.leases()).filter((lease) => lease?.node).length;
}

async function twoNodes(): Promise<{ office: Office; one: SimulatedNode; other: SimulatedNode }> {
  const office = new Office(app, { partitions: 8 });
  const [one, other] = [await office.join(), await office.join()];
  await office.time.advance(2_500);
  expect(Object.keys((await office.figures('once')).holders)).toHaveLength(2);
  return { office, one, other };
}

/** One text for every partition, on desks of their own. */
const desks = Array.from({ length: 40 }, (_, number) => `desk${number}`);

async function writeAll(office: Office, word: string): Promise<void> {
  await Promise.all(desks.map((desk) => office.write(desk, `${word} ${desk}`)));
}

function expectEach(stamps: readonly string[], word: string): void {
  expect(stamps.toSorted()).toEqual(desks.map((desk) => `${word} ${desk}`).toSorted());
}

describe('a node that is drained', () => {
  test('hands its work over at once', async () => {
    const { office, one } = await twoNodes();
    const since = office.time.now();
    await one.stop();
    await office.time.settle();
    expect(await held(office)).toBe(8);
    await writeAll(office, 'text');
    await office.until(async () => (await office.stamps()).length === desks.length);
    // Far less than what a dead node's leases take.
    expect(office.time.now() - since).toBeLessThan(500);
    expectEach(await office.stamps(), 'text');
  });

  test('in the middle of its work loses none of it, and does none twice', async () => {
    const { office, one } = await twoNodes();
    await writeAll(office, 'text');
    const drained = one.engine.drain();
    await office.nodes.run(drained);
    await office.idle();
    expectEach(await office.stamps(), 'text');
  });

  test('makes no further call to the store', async () => {
    const { office, one } = await twoNodes();
    await one.stop();
    one.calls.clear();
    await writeAll(office, 'text');
    await office.time.advance(60_000);
    expect(Object.fromEntries(one.calls)).toEqual({});
    expectEach(await office.stamps(), 'text');
  });

  test.each([0, 1, 2, 3, 5, 8])('while it starts (%i) holds nothing after', async (turns) => {
    const office = new Office(app);
    const node = office.nodes.make(app);
    const started = node.engine.start();
    for (let turn = 0; turn < turns; turn++) await Promise.resolve();
    await office.nodes.run(node.engine.drain());
    await office.nodes.run(started);
    await office.time.advance(10_000);
    expect(await held(office)).toBe(0);
  });
});

describe('a node that is frozen', () => {
  test('changes nothing when it goes on, and takes part again', async () => {
    const { office, one } = await twoNodes();
    await writeAll(office, 'early');
    one.runtime.freeze();
    await office.until(async () => (await office.stamps()).length === desks.length);
    await office.idle();
    one.runtime.thaw();
    await office.time.advance(3_000);
    expectEach(await office.stamps(), 'early');
    expect(Object.keys((await office.figures('once')).holders)).toHaveLength(2);
    await writeAll(office, 'late');
    await office.idle();
    expect((await office.stamps()).length).toBe(2 * desks.length);
  });
});

describe('a start', () => {
  test('that is asked for twice is one', async () => {
    const office = new Office(app);
    const node = office.nodes.make(app);
    await office.nodes.run(Promise.all([node.engine.start(), node.engine.start()]));
    await office.nodes.run(node.engine.start());
    await office.time.settle();
    expect(Object.values((await office.figures('once')).holders)).toEqual([4]);
    await office.time.advance(10_000);
    // One beat a second, and not two.
    expect(node.calls.get('beat')).toBeLessThanOrEqual(12);
    await writeAll(office, 'text');
    await office.idle();
    expectEach(await office.stamps(), 'text');
  });

  test('fails with its store, and can be asked for again', async () => {
    const office = new Office(app);
    const node = office.nodes.make(app);
    node.fate = () => 'refused';
    await expect(node.engine.start()).rejects.toThrow('refused');
    node.fate = () => 'answered';
    await office.nodes.run(node.engine.start());
    await writeAll(office, 'text');
    await office.idle();
    expectEach(await office.stamps(), 'text');
  });
});
