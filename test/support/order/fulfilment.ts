/** What becomes of an order: stock, payment, shipping, and all the ways back. */
import { assign, setup } from 'xstate';
import {
  type CommandOutcome,
  defineEffect,
  definePolicy,
  type PolicyDefinition,
  type PolicyMessages,
  sends,
} from '../../../src/define/index.ts';
import type { Bank, Payment } from './bank.ts';
import { orderCommands, orderEvents } from './order.ts';
import { shipmentCommands } from './shipment.ts';
import { stockCommands, stockEvents } from './stock.ts';

export const PAYMENT_LIMIT_MS = 3 * 24 * 60 * 60 * 1_000;

const commands = { ...orderCommands, ...stockCommands, ...shipmentCommands };
const on = {
  OrderPlaced: orderEvents.OrderPlaced,
  OrderPaid: orderEvents.OrderPaid,
  StockReserved: stockEvents.StockReserved,
};

interface Context {
  readonly orderId: string;
  readonly sku: string;
  readonly quantity: number;
  readonly amount: number;
  readonly country: string;
  /** Why it is given up. */
  readonly reason: string;
}

const nothing: Context = {
  orderId: '',
  sku: '',
  quantity: 0,
  amount: 0,
  country: '',
  reason: '',
};

/** @param bank how often it may fail is up to the effects' attempts: three */
export function fulfilmentWith(bank: Bank): PolicyDefinition {
  const builder = setup({
    types: {
      context: {} as Context,
      events: {} as PolicyMessages<typeof on>,
    },
    actors: {
      charge: defineEffect({ run: bank.charge, attempts: 3, timeoutMs: 10_000 }),
      refund: defineEffect({ run: bank.refund, attempts: 3, timeoutMs: 10_000 }),
    },
    actions: { send: sends<typeof commands>() },
    guards: {
      isOf: ({ event }, ref: string) => refOf(event) === ref,
    },
    delays: { paymentLimit: PAYMENT_LIMIT_MS },
  });
  const payment = ({ context: { orderId, amount } }: { context: Context }): Payment => ({
    orderId,
    amount,
  });
  const because = (reason: string) => builder.assign({ reason });

  const machine = builder.createMachine({
    id: 'fulfilment',
    context: nothing,
    initial: 'new',
    states: {
      new: {
        on: {
          OrderPlaced: {
            target: 'reserving',
            actions: assign(({ context, event }) => ({ ...context, ...event.data })),
          },
        },
      },
      reserving: {
        entry: {
          type: 'send',
          params: ({ context: { sku, orderId, quantity } }) => ({
            command: 'ReserveStock',
            data: { sku, orderId, quantity },
            ref: 'reserve',
          }),
        },
        on: {
          StockReserved: 'payment',
          'command.rejected': {
            target: 'cancelling',
            actions: assign({ reason: ({ event }) => event.data.reason ?? '' }),
          },
        },
      },
      payment: {
        initial: 'charging',
        on: { OrderPaid: 'shipping' },
        after: { paymentLimit: { target: 'releasing', actions: because('Not paid in time') } },
        states: {
          charging: {
            invoke: {
              src: 'charge',
              input: payment,
              onDone: '#fulfilment.shipping',
              onError: 'byHand',
            },
          },
          byHand: {},
        },
      },
      shipping: {
        entry: {
          type: 'send',
          params: ({ context: { orderId, country } }) => ({
            command: 'Ship',
            data: { orderId, country },
            ref: 'ship',
          }),
        },
        on: {
          'command.accepted': { guard: { type: 'isOf', params: 'ship' }, target: 'completing' },
          'command.rejected': {
            guard: { type: 'isOf', params: 'ship' },
            target: 'refunding',
            actions: assign({ reason: ({ event }) => event.data.reason ?? '' }),
          },
        },
      },
      refunding: {
        invoke: { src: 'refund', input: payment, onDone: 'releasing', onError: 'releasing' },
      },
      releasing: {
        entry: {
          type: 'send',
          params: ({ context: { sku, orderId } }) => ({
            command: 'ReleaseStock',
            data: { sku, orderId },
            ref: 'release',
          }),
        },
        on: {
          'command.accepted': { guard: { type: 'isOf', params: 'release' }, target: 'cancelling' },
        },
      },
      cancelling: {
        entry: {
          type: 'send',
          params: ({ context: { orderId, reason } }) => ({
            command: 'CancelOrder',
            data: { orderId, reason },
            ref: 'end',
          }),
        },
        on: { 'command.accepted': { guard: { type: 'isOf', params: 'end' }, target: 'ended' } },
      },
      completing: {
        entry: {
          type: 'send',
          params: ({ context: { orderId } }) => ({
            command: 'CompleteOrder',
            data: { orderId },
            ref: 'end',
          }),
        },
        on: { 'command.accepted': { guard: { type: 'isOf', params: 'end' }, target: 'ended' } },
      },
      ended: { type: 'final' },
    },
  });

  return definePolicy({
    name: 'fulfilment',
    machine,
    on,
    // All that concerns an order meets in one instance, whichever actor recorded it.
    correlate: ({ data }) => data.orderId,
  });
}

/** Of which of its commands an outcome tells. */
function refOf(event: PolicyMessages<typeof on>): CommandOutcome['data']['ref'] {
  return 'commandId' in event.data ? event.data.ref : null;
}
