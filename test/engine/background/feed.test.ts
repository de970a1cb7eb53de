import { describe, expect, test } from 'vitest';
import { definePolicy } from '../../../src/define/index.ts';
import { deskApp, onWritten, stampOnce } from '../../support/desk/index.ts';
import { Office } from './office.ts';
import { counting, each, kept, once, stampEach } from './readers.ts';

/** Sets a checkpoint on every partition by hand, as its holder could. */
async function setBack({ nodes: { store } }: Office, subscriber: string, to: number) {
  const leases = await store.leases();
  const checkpoints = await store.checkpoints(subscriber);
  for (const [partition, lease] of leases.entries()) {
    const expected = checkpoints[partition] ?? 0;
    if (!lease || expected <= to) continue;
    const step = { partition, fence: lease.fence, stepId: `by hand ${partition}`, rows: [] };
    const checkpoint = { subscriber, expected, next: to };
    expect(await store.step({ ...step, checkpoints: [checkpoint] })).toEqual({ kind: 'done' });
  }
}

describe('a feed that is read again', () => {
  test('is counted once by an instance that lives on', async () => {
    const policy = definePolicy({
      name: 'counting',
      machine: counting,
      on: onWritten,
      correlate: 'actor',
    });
    const office = await Office.open(deskApp([policy]));
    await office.write('a', 'x', 'y', 'z');
    await office.idle();
    await setBack(office, 'counting', 0);
    await office.idle();
    expect(await office.contexts('counting')).toEqual({ 'desk:a': { text: '|||' } });
    await setBack(office, 'counting', 1);
    office.node.crash();
    await office.join();
    await office.write('a', 'w');
    await office.idle();
    expect(await office.contexts('counting')).toEqual({ 'desk:a': { text: '||||' } });
  });

  test.each(['with the node that read it', 'on another node'])(
    'has no second effect: %s',
    async (where) => {
      const office = await Office.open(deskApp([once, each, kept]), { partitions: 8 });
      for (const desk of ['a', 'b', 'c']) await office.write(desk, `x ${desk}`, `y ${desk}`);
      await office.seal('c');
      await office.idle();
      const before = await Promise.all(
        ['stamps', 'x', 'y', 'kept', 'ends'].map(office.stamps, office),
      );
      expect(before.map(({ length }) => length)).toEqual([6, 3, 3, 6, 1]);
      const instances = await office.instances('each');
      if (where === 'on another node') {
        office.node.crash();
        for (const policy of ['once', 'each', 'kept']) await setBack(office, policy, 0);
        await office.join();
      } else for (const policy of ['once', 'each', 'kept']) await setBack(office, policy, 0);
      expect((await office.figures('once')).lag).toBeGreaterThan(0);
      await office.idle();
      expect(
        await Promise.all(['stamps', 'x', 'y', 'kept', 'ends'].map(office.stamps, office)),
      ).toEqual(before);
      expect(await office.instances('each')).toEqual(instances);
      expect(await office.letters()).toEqual([]);
      // And goes on from its end.
      await office.write('a', 'x again');
      await office.idle();
      expect(await office.stamps('x')).toHaveLength(4);
    },
  );

  test('has none either when the targets keep no answers any more', async () => {
    const office = await Office.open(deskApp([once, kept]));
    await office.write('a', 'text');
    await office.idle();
    await office.time.jump(365 * 24 * 60 * 60 * 1_000);
    for (const policy of ['once', 'kept']) await setBack(office, policy, 0);
    await office.idle();
    expect(await office.stamps()).toEqual(['text']);
    expect(await office.stamps('kept')).toEqual(['text']);
  });
});

test('an instance that starts and ends in one turn is never written', async () => {
  const office = new Office(deskApp([once]));
  const node = await office.join();
  const tables = new Set<string>();
  node.fate = (method, [step]) => {
    if (method === 'step') {
      for (const { table } of (step as { rows: { table: string }[] }).rows) tables.add(table);
    }
    return 'answered';
  };
  await office.write('a', 'one', 'two');
  await office.idle();
  expect(await office.stamps()).toHaveLength(2);
  expect([...tables]).toEqual(['outbox/once']);
});

describe('a new policy', () => {
  const head = definePolicy({ name: 'head', machine: stampOnce, on: onWritten });
  const all = definePolicy({ name: 'all', machine: stampEach, on: onWritten, from: 'beginning' });

  test('begins at the head, or at the beginning where it says so', async () => {
    const office = new Office(deskApp([head, all]));
    await office.write('a', 'x before');
    await office.join();
    await office.write('a', 'x after');
    await office.idle();
    expect(await office.stamps()).toEqual(['x after']);
    expect(await office.stamps('x')).toEqual(['a x before', 'a x after']);
  });

  test('misses nothing that is committed after its node has started', async () => {
    const office = new Office(deskApp([head]));
    const node = office.nodes.make(office.app);
    await node.engine.start();
    // Its leases are not taken yet.
    await office.write('a', 'text');
    await office.idle();
    expect(await office.stamps()).toEqual(['text']);
  });

  test('that is added later begins where it is added, and leaves the others where they are', async () => {
    const office = await Office.open(deskApp([all]));
    await office.write('a', 'x early');
    await office.idle();
    await office.node.stop();
    await office.write('a', 'x meanwhile');
    await office.join(deskApp([all, head]));
    await office.write('a', 'x late');
    await office.until(async () => (await office.stamps()).length > 0);
    await office.idle();
    expect(await office.stamps()).toEqual(['x late']);
    expect(await office.stamps('x')).toEqual(['a x early', 'a x meanwhile', 'a x late']);
  });
});
