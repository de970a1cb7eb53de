/** A small domain that changes: parcels are packed, sent and delivered, by one machine or another. */
import { type AnyStateMachine, assign, emit, setup } from 'xstate';
import { z } from 'zod';
import {
  type App,
  defineAggregate,
  defineApp,
  defineCommand,
  defineEvent,
  type Emitted,
  type Messages,
  type PolicyDefinition,
  type ProjectionDefinition,
} from '../../src/define/index.ts';

const Parcel = z.strictObject({ parcel: z.string().min(1) });
const target = ({ parcel }: { parcel: string }) => parcel;

export const commands = {
  Pack: defineCommand({
    summary: 'Packs a parcel.',
    schema: z.strictObject({ parcel: z.string().min(1), grams: z.number() }),
    target,
  }),
  Send: defineCommand({ summary: 'Sends it.', schema: Parcel, target }),
  Deliver: defineCommand({ summary: 'Delivers it.', schema: Parcel, target }),
};

export const events = {
  Packed: defineEvent({ schema: z.object({ parcel: z.string(), grams: z.number() }) }),
  Sent: defineEvent({ schema: Parcel }),
  Delivered: defineEvent({ schema: Parcel }),
};

export type Context = { grams: number };

/** The builder of machines of parcels. */
export const parcels = setup({
  types: {
    context: {} as Context,
    events: {} as Messages<typeof commands>,
    emitted: {} as Emitted<typeof events>,
  },
  guards: { isLight: ({ context }) => context.grams < 1_000 },
  actions: {
    weigh: assign({ grams: ({ event }) => ('grams' in event.data ? event.data.grams : 0) }),
    packed: emit(({ event }) => ({
      type: 'Packed',
      data: { parcel: event.data.parcel, grams: 'grams' in event.data ? event.data.grams : 0 },
    })),
    sent: emit(({ event }) => ({ type: 'Sent', data: { parcel: event.data.parcel } })),
    delivered: emit(({ event }) => ({ type: 'Delivered', data: { parcel: event.data.parcel } })),
  },
});

export const PACK = { target: 'packed', actions: ['weigh', 'packed'] } as const;

/** The first machine: `empty` → `packed` → `sent` → `delivered`. */
const firstMachine = parcels.createMachine({
  id: 'parcel',
  context: { grams: 0 },
  initial: 'empty',
  states: {
    empty: { on: { Pack: PACK } },
    packed: { on: { Pack: PACK, Send: { target: 'sent', actions: 'sent' } } },
    sent: { on: { Deliver: { target: 'delivered', actions: 'delivered' } } },
    delivered: {},
  },
});

type Changed = Partial<Omit<Parameters<typeof defineAggregate>[0], 'machine' | 'events'>> & {
  readonly machine?: AnyStateMachine;
  readonly events?: Partial<typeof events> & Parameters<typeof defineAggregate>[0]['events'];
  readonly policies?: readonly PolicyDefinition[];
  readonly projections?: readonly ProjectionDefinition[];
};

/** An app of parcels, with these parts changed. */
export function parcelApp({ policies = [], projections = [], ...changed }: Changed = {}): App {
  const sound = defineAggregate({ type: 'parcel', machine: firstMachine, commands, events });
  // As the types have it in each of the tests' machines.
  return defineApp({ aggregates: [{ ...sound, ...changed } as never], policies, projections });
}
