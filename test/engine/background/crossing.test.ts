import { describe, expect, test } from 'vitest';
import { definePolicy } from '../../../src/define/index.ts';
import { actorKey, partitionOf } from '../../../src/engine/address.ts';
import type { WorkStep } from '../../../src/engine/work-store.ts';
import { deskApp, onWritten } from '../../support/desk/index.ts';
import { Office } from './office.ts';
import { byWord, each, untilEnd } from './readers.ts';

describe('events of several actors that meet in one instance', () => {
  test('arrive from every partition, once, in the order of their source', async () => {
    const office = await Office.open(deskApp([each]), { partitions: 8 });
    const desks = ['a', 'b', 'c', 'd', 'e', 'f'];
    const texts = Array.from({ length: 8 }, (_, number) => [`x ${number}`, `y ${number}`]).flat();
    await Promise.all(desks.map((desk) => office.write(desk, ...texts)));
    await office.idle();
    for (const word of ['x', 'y']) {
      const stamps = await office.stamps(word);
      expect(stamps).toHaveLength(desks.length * 8);
      for (const desk of desks) {
        const own = stamps.filter((found) => found.startsWith(`${desk} `));
        expect(own).toEqual(Array.from({ length: 8 }, (_, number) => `${desk} ${word} ${number}`));
      }
    }
    expect(Object.keys(await office.instances('each')).toSorted()).toEqual(['x', 'y']);
    expect(await office.rows('inbox/each')).toBe(0);
  });

  test('are passed over where the correlation gives none', async () => {
    const office = await Office.open(deskApp([each]));
    await office.write('a', '- nothing', 'x');
    await office.idle();
    expect(await office.instances('each')).toEqual({ x: {} });
    expect(await office.letters()).toEqual([]);
  });
});

test('an event that crosses again, since its node died on the way, is dropped', async () => {
  const policy = definePolicy({
    name: 'ends',
    machine: untilEnd,
    on: onWritten,
    correlate: byWord,
  });
  const office = await Office.open(deskApp([policy]), { partitions: 8 });
  const { partitions } = office.nodes.store;
  const desks = Array.from({ length: 20 }, (_, number) => `desk${number}`);
  const home = (desk: string) => partitionOf(actorKey({ type: 'desk', id: desk }), partitions);
  const [one = ''] = desks;
  const other = desks.find((desk) => home(desk) !== home(one)) ?? '';
  const place = desks
    .map((desk) => `at-${desk}`)
    .find((word) => partitionOf(`ends/${word}`, partitions) !== home(one));
  // What the first desk's partition writes is lost: its checkpoint stays before what has crossed.
  office.node.fate = (method, [step]) =>
    method === 'step' && (step as WorkStep).partition === home(one) ? 'request lost' : 'answered';
  await office.write(one, `${place} begin`);
  await office.until(async () => Object.keys(await office.instances('ends')).length === 1);
  await office.write(other, `${place} end`);
  await office.until(async () => Object.keys(await office.instances('ends')).length === 0);
  office.node.crash();
  await office.join();
  await office.idle();
  expect(await office.instances('ends')).toEqual({});
  expect(await office.letters()).toEqual([]);
});
