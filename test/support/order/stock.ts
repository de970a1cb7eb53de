/** The stock of one article: what lies there, and for whom. */
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

const Sku = z.string().min(1);
const Quantity = z.int().positive();
const Reservation = z.strictObject({ sku: Sku, orderId: z.string(), quantity: Quantity });
const target = ({ sku }: { sku: string }) => sku;

export const stockCommands = {
  ReceiveStock: defineCommand({
    summary: 'Puts pieces on the shelf.',
    schema: z.strictObject({ sku: Sku, quantity: Quantity }),
    target,
  }),
  ReserveStock: defineCommand({
    summary: 'Sets pieces aside for an order.',
    schema: Reservation,
    target,
  }),
  ReleaseStock: defineCommand({
    summary: 'Puts back what was set aside for an order.',
    schema: z.strictObject({ sku: Sku, orderId: z.string() }),
    target,
  }),
};

export const stockEvents = {
  StockReceived: defineEvent({ schema: z.object({ sku: Sku, quantity: Quantity }) }),
  StockReserved: defineEvent({ schema: Reservation }),
  StockReleased: defineEvent({ schema: Reservation }),
  StockRefused: defineRejection({ schema: z.object({ orderId: z.string(), reason: z.string() }) }),
};

interface Shelf {
  readonly free: number;
  readonly reserved: Readonly<Record<string, number>>;
}

const shelf = setup({
  types: {
    context: {} as Shelf,
    events: {} as Messages<typeof stockCommands>,
    emitted: {} as Emitted<typeof stockEvents>,
  },
  actions: { noEffect },
});

const machine = shelf.createMachine({
  id: 'stock',
  context: { free: 0, reserved: {} },
  on: {
    ReceiveStock: {
      actions: [
        assign({ free: ({ context, event }) => context.free + event.data.quantity }),
        emit(({ event }) => ({ type: 'StockReceived', data: event.data })),
      ],
    },
    ReserveStock: [
      {
        guard: ({ context, event }) => context.free < event.data.quantity,
        actions: emit(({ event }) => ({
          type: 'StockRefused',
          data: { orderId: event.data.orderId, reason: 'Out of stock' },
        })),
      },
      {
        actions: [
          assign(({ context, event: { data } }) => ({
            free: context.free - data.quantity,
            reserved: { ...context.reserved, [data.orderId]: data.quantity },
          })),
          emit(({ event }) => ({ type: 'StockReserved', data: event.data })),
        ],
      },
    ],
    ReleaseStock: [
      {
        guard: ({ context, event }) => context.reserved[event.data.orderId] === undefined,
        actions: 'noEffect',
      },
      {
        actions: [
          emit(({ context, event: { data } }) => ({
            type: 'StockReleased',
            data: { ...data, quantity: context.reserved[data.orderId] ?? 0 },
          })),
          assign(({ context, event: { data } }) => {
            const { [data.orderId]: quantity = 0, ...reserved } = context.reserved;
            return { free: context.free + quantity, reserved };
          }),
        ],
      },
    ],
  },
});

export const stock = defineAggregate({
  type: 'stock',
  machine,
  commands: stockCommands,
  events: stockEvents,
});
