import { expect } from 'vitest';
import { eventsOf } from '../support/node.ts';
import { Bank, orderApp } from '../support/order/index.ts';
import { type SimulatedNode, SimulatedNodes } from '../support/simulated-nodes.ts';

/** The order that tests speak of. */
export const ORDER = 'order-1';
const SKU = 'lamp';

/** A shop on simulated nodes: one article, ten pieces of it. */
export class Shop {
  readonly nodes = new SimulatedNodes();
  readonly bank = new Bank();
  readonly app = orderApp(this.bank);
  /** Takes what customers send, and does nothing else. */
  readonly counter = this.nodes.make(this.app);

  /** A shop without a node that does its background work. */
  static async closed(): Promise<Shop> {
    const shop = new Shop();
    await shop.sell('ReceiveStock', { sku: SKU, quantity: 10 });
    return shop;
  }

  /** A shop with a node that does its background work. */
  static async open(): Promise<Shop & { node: SimulatedNode }> {
    const shop = await Shop.closed();
    return Object.assign(shop, { node: await shop.join() });
  }

  /** A further node. */
  join(): Promise<SimulatedNode> {
    return this.nodes.start(this.app);
  }

  /** A command that must be accepted. */
  async sell(type: string, body: object): Promise<void> {
    expect(await this.nodes.send(this.counter, type, body)).toMatchObject({ status: 'accepted' });
  }

  order({ quantity = 2, country = 'NL', orderId = ORDER } = {}): Promise<void> {
    return this.sell('PlaceOrder', { orderId, sku: SKU, quantity, amount: 20, country });
  }

  pay(): Promise<void> {
    return this.sell('PayOrder', { orderId: ORDER });
  }

  idle(): Promise<void> {
    return this.nodes.untilIdle(this.counter);
  }

  /** Where the fulfilment of the order stands; `null`: it has ended. */
  async stands(): Promise<unknown> {
    const page = await this.counter.engine.instances('fulfilment', { limit: 10, cursor: null });
    return page?.items.find(({ id }) => id === ORDER)?.value ?? null;
  }

  untilStands(at: unknown): Promise<void> {
    const text = JSON.stringify(at);
    return this.nodes.until(async () => JSON.stringify(await this.stands()) === text);
  }

  /** What was recorded of the order, its stock and its shipment, each in a line of its own. */
  async story(): Promise<{ order: string[]; stock: string[]; shipment: string[] }> {
    const { engine } = this.counter;
    const [order, stock, shipment] = await Promise.all([
      eventsOf(engine, ORDER, 'order'),
      eventsOf(engine, SKU, 'stock'),
      eventsOf(engine, ORDER, 'shipment'),
    ]);
    const line = ({ type, data }: { type: string; data: object }) =>
      'reason' in data ? `${type}: ${data.reason}` : type;
    // The pieces that came first are no part of it.
    return {
      order: order.map(line),
      stock: stock.slice(1).map(line),
      shipment: shipment.map(line),
    };
  }

  /** That nothing is left to do, nothing is parked, and no fulfilment goes on. */
  async expectAtRest(): Promise<void> {
    const report = await this.counter.engine.policies();
    expect(report).toMatchObject({
      idle: true,
      policies: [{ lag: 0, inFlight: 0, retrying: 0, deadLetters: 0, timers: 0 }],
    });
    expect(await this.stands()).toBeNull();
  }
}

/** What a fulfilled order comes to. */
export const FULFILLED = {
  order: ['OrderPlaced', 'OrderCompleted'],
  stock: ['StockReserved'],
  shipment: ['Shipped'],
};

/** What an order comes to that no carrier takes. */
export const NOT_SHIPPED = {
  order: ['OrderPlaced', 'OrderCancelled: No carrier goes there'],
  stock: ['StockReserved', 'StockReleased'],
  shipment: ['ShipmentRefused: No carrier goes there'],
};

/** What an order comes to that nobody pays. */
export const NOT_PAID = {
  order: ['OrderPlaced', 'OrderCancelled: Not paid in time'],
  stock: ['StockReserved', 'StockReleased'],
  shipment: [],
};
