import { describe, expect, test } from 'vitest';
import { NOWHERE, PAYMENT_LIMIT_MS } from '../support/order/index.ts';
import { FULFILLED, NOT_PAID, NOT_SHIPPED, ORDER, Shop } from './shop.ts';

type OpenShop = Awaited<ReturnType<typeof Shop.open>>;

const YEAR_MS = 365 * 24 * 60 * 60 * 1_000;

/** A shop with an order whose payment could not be charged: it waits to be paid by hand. */
async function unpaid(): Promise<{ shop: OpenShop; dueAt: number }> {
  const shop = await Shop.open();
  const { time } = shop.nodes;
  shop.bank.failures.charge = 3;
  const askedAt: number[] = [];
  shop.bank.delay = async () => void askedAt.push(time.now());
  await shop.order();
  await shop.untilStands({ payment: 'byHand' });
  // The first charge begins with the payment's time.
  return { shop, dueAt: (askedAt[0] ?? Number.NaN) + PAYMENT_LIMIT_MS };
}

describe('an order', () => {
  test('is charged, shipped and completed', async () => {
    const shop = await Shop.open();
    await shop.order();
    await shop.idle();
    expect(await shop.story()).toEqual(FULFILLED);
    expect(shop.bank.moved).toEqual(['charge 20']);
    await shop.expectAtRest();
  });

  test('is charged at the third try, under one key, and goes on once', async () => {
    const shop = await Shop.open();
    shop.bank.failures.charge = 2;
    await shop.order();
    await shop.idle();
    expect(shop.bank.asked.map(({ attempt }) => attempt)).toEqual([1, 2, 3]);
    expect(new Set(shop.bank.asked.map(({ key }) => key)).size).toBe(1);
    expect(shop.bank.moved).toEqual(['charge 20']);
    expect(await shop.story()).toEqual(FULFILLED);
    await shop.expectAtRest();
  });

  test('that the stock cannot serve is cancelled, and nothing is charged', async () => {
    const shop = await Shop.open();
    await shop.order({ quantity: 11 });
    await shop.idle();
    expect(await shop.story()).toEqual({
      order: ['OrderPlaced', 'OrderCancelled: Out of stock'],
      stock: ['StockRefused: Out of stock'],
      shipment: [],
    });
    expect(shop.bank.asked).toEqual([]);
    await shop.expectAtRest();
  });

  test('that no carrier takes is refunded, its stock released, and cancelled', async () => {
    const shop = await Shop.open();
    shop.bank.failures.refund = 1;
    await shop.order({ country: NOWHERE });
    await shop.idle();
    expect(await shop.story()).toEqual(NOT_SHIPPED);
    expect(shop.bank.moved).toEqual(['charge 20', 'refund 20']);
    const refunds = shop.bank.asked.filter(({ kind }) => kind === 'refund');
    expect(refunds.map(({ attempt }) => attempt)).toEqual([1, 2]);
    expect(new Set(refunds.map(({ key }) => key)).size).toBe(1);
    await shop.expectAtRest();
  });

  test('does not wait for another that is stuck', async () => {
    const shop = await Shop.open();
    const held = new Promise<void>(() => {});
    shop.bank.delay = () => held;
    await shop.order({ orderId: 'order-2' });
    await shop.nodes.until(() => shop.bank.asked.length === 1);
    shop.bank.delay = () => Promise.resolve();
    await shop.order();
    await shop.untilStands(null);
    expect((await shop.story()).order).toEqual(FULFILLED.order);
  });
});

describe('the payment time limit', () => {
  test('cancels an unpaid order and releases its stock after exactly 3 days, not before', async () => {
    const { shop, dueAt } = await unpaid();
    const { time } = shop.nodes;
    await time.jump(dueAt - 1 - time.now());
    await shop.idle();
    expect(time.now()).toBe(dueAt - 1);
    expect(await shop.stands()).toEqual({ payment: 'byHand' });
    await time.advance(1);
    expect(await shop.stands()).not.toEqual({ payment: 'byHand' });
    await shop.idle();
    expect(await shop.story()).toEqual(NOT_PAID);
    expect(shop.bank.moved).toEqual([]);
    await shop.expectAtRest();
  });

  test('that passes while no node runs is kept late, once', async () => {
    const { shop } = await unpaid();
    await shop.node.stop();
    await shop.nodes.time.jump(5 * YEAR_MS);
    shop.node = await shop.join();
    await shop.idle();
    expect(await shop.story()).toEqual(NOT_PAID);
    await shop.nodes.time.jump(YEAR_MS);
    await shop.idle();
    expect(await shop.story()).toEqual(NOT_PAID);
    await shop.expectAtRest();
  });

  test('is over for an order that is paid at the last moment', async () => {
    const { shop, dueAt } = await unpaid();
    const { time } = shop.nodes;
    await time.jump(dueAt - 1 - time.now());
    await shop.pay();
    await shop.idle();
    await time.jump(YEAR_MS);
    await shop.idle();
    expect(await shop.story()).toEqual({
      ...FULFILLED,
      order: ['OrderPlaced', 'OrderPaid', 'OrderCompleted'],
    });
    await shop.expectAtRest();
  });

  test('has passed for an order that is paid a moment later', async () => {
    const { shop, dueAt } = await unpaid();
    const { time } = shop.nodes;
    await time.jump(dueAt - time.now());
    await shop.idle();
    const paid = await shop.nodes.send(shop.counter, 'PayOrder', { orderId: ORDER });
    expect(paid).toMatchObject({ status: 'rejected', reason: 'Cancelled' });
  });

  test('also ends a charge that the bank never answers, and aborts it', async () => {
    const shop = await Shop.open();
    const never = new Promise<void>(() => {});
    shop.bank.delay = () => never;
    await shop.order();
    await shop.untilStands({ payment: 'charging' });
    await shop.node.stop();
    await shop.nodes.time.jump(PAYMENT_LIMIT_MS);
    shop.node = await shop.join();
    await shop.idle();
    expect(await shop.story()).toEqual(NOT_PAID);
    await shop.expectAtRest();
  });
});
