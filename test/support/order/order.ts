/** An order: placed by a customer, then paid, completed or cancelled. */
import { assign, emit, setup } from 'xstate';
import { z } from 'zod';
import {
  defineAggregate,
  defineCommand,
  defineEvent,
  defineRejection,
  type Emitted,
  type Messages,
  noEffect,
} from '../../../src/define/index.ts';

const OrderId = z.string().min(1);
const target = ({ orderId }: { orderId: string }) => orderId;

const Placed = z.strictObject({
  orderId: OrderId,
  sku: z.string().min(1),
  quantity: z.int().positive(),
  amount: z.int().positive(),
  /** Where it is to be sent. */
  country: z.string(),
});

export const orderCommands = {
  PlaceOrder: defineCommand({ summary: 'Orders an article.', schema: Placed, target }),
  PayOrder: defineCommand({
    summary: 'Pays by hand what could not be charged.',
    schema: z.strictObject({ orderId: OrderId }),
    target,
  }),
  CompleteOrder: defineCommand({
    summary: 'Says that the order is with its customer.',
    schema: z.strictObject({ orderId: OrderId }),
    target,
  }),
  CancelOrder: defineCommand({
    summary: 'Gives the order up.',
    schema: z.strictObject({ orderId: OrderId, reason: z.string() }),
    target,
  }),
};

export const orderEvents = {
  OrderPlaced: defineEvent({ schema: Placed }),
  OrderPaid: defineEvent({ schema: z.object({ orderId: OrderId }) }),
  OrderCompleted: defineEvent({ schema: z.object({ orderId: OrderId }) }),
  OrderCancelled: defineEvent({ schema: z.object({ orderId: OrderId, reason: z.string() }) }),
  OrderRefused: defineRejection({ schema: z.object({ reason: z.string() }) }),
};

const machine = setup({
  types: {
    context: {} as { isPaid: boolean },
    events: {} as Messages<typeof orderCommands>,
    emitted: {} as Emitted<typeof orderEvents>,
  },
  actions: { noEffect },
}).createMachine({
  id: 'order',
  context: { isPaid: false },
  initial: 'none',
  states: {
    none: {
      on: {
        PlaceOrder: {
          target: 'open',
          actions: emit(({ event }) => ({ type: 'OrderPlaced', data: event.data })),
        },
      },
    },
    open: {
      on: {
        PayOrder: [
          {
            guard: ({ context }) => context.isPaid,
            actions: emit({ type: 'OrderRefused', data: { reason: 'Paid already' } }),
          },
          {
            actions: [
              assign({ isPaid: true }),
              emit(({ event }) => ({ type: 'OrderPaid', data: event.data })),
            ],
          },
        ],
        CompleteOrder: {
          target: 'completed',
          actions: emit(({ event }) => ({ type: 'OrderCompleted', data: event.data })),
        },
        CancelOrder: {
          target: 'cancelled',
          actions: emit(({ event }) => ({ type: 'OrderCancelled', data: event.data })),
        },
      },
    },
    completed: {},
    cancelled: {
      on: {
        PayOrder: { actions: emit({ type: 'OrderRefused', data: { reason: 'Cancelled' } }) },
      },
    },
  },
});

export const order = defineAggregate({
  type: 'order',
  machine,
  commands: orderCommands,
  events: orderEvents,
});
