import { describe, expect, test } from 'vitest';
import { definePolicy } from '../../../src/define/index.ts';
import { FULFILLED, NOT_SHIPPED, Shop } from '../../order/shop.ts';
import { deskApp, onWritten, sendsEach, stamp } from '../../support/desk/index.ts';
import type { Fate, Method } from '../../support/faulty-store.ts';
import { NOWHERE } from '../../support/order/index.ts';
import { Office } from './office.ts';

/** All that a node asks its store for while policies run. */
const METHODS: readonly Method[] = [
  'step',
  'transfer',
  'commit',
  'fetch',
  'rest',
  'readFeed',
  'rows',
  'scan',
  'beat',
  'leases',
  'swapLease',
];
const FATES: readonly Fate[] = ['reply lost', 'request lost', 'refused'];
/** Which calls of a method it befalls, by their numbers from 1. */
const WHICH: readonly [string, (nth: number) => boolean][] = [
  ['the first three calls', (nth) => nth <= 3],
  ['every fourth call', (nth) => nth % 4 === 0],
];

describe.each(METHODS)('a store whose %s fails', (method) => {
  test.each(FATES)('(%s) changes nothing of what an order comes to', async (fate) => {
    for (const [which, isHit] of WHICH) {
      for (const isShipped of [true, false]) {
        const shop = await Shop.closed();
        shop.bank.failures.charge = 1;
        const node = shop.nodes.make(shop.app);
        let calls = 0;
        node.fate = (called) => (called === method && isHit(++calls) ? fate : 'answered');
        await shop.nodes.run(node.engine.start());
        await shop.order({ country: isShipped ? 'NL' : NOWHERE });
        await shop.untilStands(null);
        await shop.idle();
        expect(calls, which).toBeGreaterThan(0);
        expect(await shop.story(), which).toEqual(isShipped ? FULFILLED : NOT_SHIPPED);
        expect(shop.bank.moved, which).toEqual(
          isShipped ? ['charge 20'] : ['charge 20', 'refund 20'],
        );
        await shop.expectAtRest();
        expect(node.log.errors, which).toEqual([]);
      }
    }
  });
});

describe.each(FATES)('a node whose subscribing fails (%s)', (fate) => {
  test('says so, and misses nothing once it has started', async () => {
    const shop = await Shop.closed();
    const node = shop.nodes.make(shop.app);
    node.fate = (called) => (called === 'subscribe' ? fate : 'answered');
    await expect(node.engine.start()).rejects.toThrow();
    node.fate = () => 'answered';
    await shop.nodes.run(node.engine.start());
    await shop.order();
    await shop.idle();
    expect(await shop.story()).toEqual(FULFILLED);
  });
});

describe.each(FATES)('an operator whose word is lost (%s)', (fate) => {
  test.each(['retry', 'discard'] as const)('says %s again, and it counts once', async (word) => {
    const world = { isBroken: true };
    const machine = sendsEach('each', ({ text }) => {
      if (world.isBroken) throw new Error('the policy is broken');
      return stamp('stamps', text);
    });
    const policy = definePolicy({
      name: 'each',
      machine,
      on: onWritten,
      correlate: 'actor',
      attempts: 1,
    });
    const office = await Office.open(deskApp([policy]));
    await office.write('a', 'first', 'second');
    await office.idle();
    const { id } = await office.letter();
    world.isBroken = false;
    const { counter } = office;
    const { engine } = counter;
    const say = () =>
      word === 'retry' ? engine.retryDeadLetter(id) : engine.discardDeadLetter(id);
    counter.fate = (method) => (method === 'post' ? fate : 'answered');
    await expect(say()).rejects.toThrow();
    counter.fate = () => 'answered';
    expect(['done', 'unknown']).toContain(await office.nodes.run(say()));
    await office.idle();
    expect(await office.stamps()).toEqual(word === 'retry' ? ['first', 'second'] : ['second']);
    expect(await office.letters()).toEqual([]);
  });
});
