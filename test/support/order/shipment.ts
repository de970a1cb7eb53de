/** A shipment: what a carrier takes to a customer. */
import { emit, setup } from 'xstate';
import { z } from 'zod';
import {
  defineAggregate,
  defineCommand,
  defineEvent,
  defineRejection,
  type Emitted,
  type Messages,
} from '../../../src/define/index.ts';

const Shipment = z.strictObject({ orderId: z.string().min(1), country: z.string() });
const target = ({ orderId }: { orderId: string }) => orderId;

export const shipmentCommands = {
  Ship: defineCommand({ summary: 'Gives a parcel to a carrier.', schema: Shipment, target }),
};

const shipmentEvents = {
  Shipped: defineEvent({ schema: Shipment }),
  ShipmentRefused: defineRejection({ schema: z.object({ reason: z.string() }) }),
};

/** Where no carrier goes. */
export const NOWHERE = 'nowhere';

const machine = setup({
  types: {
    events: {} as Messages<typeof shipmentCommands>,
    emitted: {} as Emitted<typeof shipmentEvents>,
  },
}).createMachine({
  id: 'shipment',
  context: {},
  initial: 'none',
  states: {
    none: {
      on: {
        Ship: [
          {
            guard: ({ event }) => event.data.country === NOWHERE,
            actions: emit({
              type: 'ShipmentRefused',
              data: { reason: 'No carrier goes there' },
            }),
          },
          {
            target: 'shipped',
            actions: emit(({ event }) => ({ type: 'Shipped', data: event.data })),
          },
        ],
      },
    },
    shipped: {},
  },
});

export const shipment = defineAggregate({
  type: 'shipment',
  machine,
  commands: shipmentCommands,
  events: shipmentEvents,
});
