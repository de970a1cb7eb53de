import { type App, defineApp } from '../../../src/define/index.ts';
import { Bank } from './bank.ts';
import { fulfilmentWith } from './fulfilment.ts';
import { order } from './order.ts';
import { shipment } from './shipment.ts';
import { stock } from './stock.ts';

export { Bank } from './bank.ts';
export { PAYMENT_LIMIT_MS } from './fulfilment.ts';
export { NOWHERE } from './shipment.ts';

/** An app that shares nothing with the one that ships: what holds for it holds for any. */
export function orderApp(bank: Bank = new Bank()): App {
  return defineApp({ aggregates: [order, stock, shipment], policies: [fulfilmentWith(bank)] });
}
