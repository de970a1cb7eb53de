/** A small domain for policies: texts are written on desks, and stamps are put on them. */
import { assign, emit, setup } from 'xstate';
import { z } from 'zod';
import {
  type App,
  defineAggregate,
  defineApp,
  defineCommand,
  defineEvent,
  defineRejection,
  type Emitted,
  type EventDefinition,
  type Messages,
  type PolicyDefinition,
  type PolicyMessages,
  type ProjectionDefinition,
  sends,
} from '../../../src/define/index.ts';

const Desk = z.string().min(1);
const target = ({ desk }: { desk: string }) => desk;
const Stamp = z.strictObject({ desk: Desk, stamp: z.string() });

export const commands = {
  Write: defineCommand({
    summary: 'Writes a text: what policies react to.',
    schema: z.strictObject({ desk: Desk, text: z.string() }),
    target,
  }),
  Stamp: defineCommand({
    summary: 'Puts a stamp on a desk, however many there are: each has an effect.',
    schema: Stamp,
    target,
  }),
  Seal: defineCommand({
    summary: 'Lets no stamp onto the desk any more.',
    schema: z.strictObject({ desk: Desk }),
    target,
  }),
  Jam: defineCommand({ summary: 'Stamps by a machine that may throw.', schema: Stamp, target }),
};

export const events = {
  Written: defineEvent({ schema: z.object({ desk: Desk, text: z.string() }) }),
  Stamped: defineEvent({ schema: Stamp }),
  Sealed: defineEvent({ schema: z.object({ desk: Desk }) }),
  StampRefused: defineRejection({ schema: z.object({ reason: z.string() }) }),
};

/** What is to throw: set and taken back by a test, as code that is broken and mended. */
export interface Faults {
  isJammed: boolean;
}

function deskWith(faults: Faults) {
  const machine = setup({
    types: {
      context: {} as { isSealed: boolean },
      events: {} as Messages<typeof commands>,
      emitted: {} as Emitted<typeof events>,
    },
  }).createMachine({
    id: 'desk',
    context: { isSealed: false },
    on: {
      Write: { actions: emit(({ event }) => ({ type: 'Written', data: event.data })) },
      Stamp: [
        {
          guard: ({ context }) => context.isSealed,
          actions: emit({ type: 'StampRefused', data: { reason: 'The desk is sealed' } }),
        },
        { actions: emit(({ event }) => ({ type: 'Stamped', data: event.data })) },
      ],
      Seal: {
        actions: [
          assign({ isSealed: true }),
          emit(({ event }) => ({ type: 'Sealed', data: event.data })),
        ],
      },
      Jam: {
        actions: emit(({ event }) => {
          if (faults.isJammed) throw new Error('the stamp is jammed');
          return { type: 'Stamped', data: event.data };
        }),
      },
    },
  });
  return defineAggregate({ type: 'desk', machine, commands, events });
}

/**
 * A desk of code that has another version of `Written`: it is written on and stamped, no more.
 * @param written what is recorded of a text
 */
export function deskOf<Data extends object>(
  Written: EventDefinition<Data>,
  written: (said: { readonly desk: string; readonly text: string }) => Data,
) {
  const { Write, Stamp } = commands;
  const { Stamped } = events;
  const machine = setup({
    types: {
      events: {} as Messages<{ Write: typeof Write; Stamp: typeof Stamp }>,
      emitted: {} as Emitted<{ Written: typeof Written; Stamped: typeof Stamped }>,
    },
  }).createMachine({
    id: 'desk',
    context: {},
    on: {
      Write: { actions: emit(({ event }) => ({ type: 'Written', data: written(event.data) })) },
      Stamp: { actions: emit(({ event }) => ({ type: 'Stamped', data: event.data })) },
    },
  });
  return defineAggregate({
    type: 'desk',
    machine,
    commands: { Write, Stamp },
    events: { Written, Stamped },
  });
}

/** An app of desks with these policies. */
export function deskApp(
  policies: readonly PolicyDefinition[],
  options: { faults?: Faults; projections?: readonly ProjectionDefinition[] } = {},
): App {
  const { faults = { isJammed: false }, projections = [] } = options;
  return defineApp({ aggregates: [deskWith(faults)], policies, projections });
}

/** What policies of desks take, unless they say otherwise. */
export const onWritten = { Written: events.Written };
export const onAll = { Written: events.Written, Stamped: events.Stamped, Sealed: events.Sealed };

/** The builder of policies that take what is written. */
export const writing = setup({
  types: { context: {} as { text: string }, events: {} as PolicyMessages<typeof onWritten> },
  actions: { send: sends<typeof commands>() },
});

/** A stamp to be put on a desk. */
export function stamp(desk: string, text: string, ref = text) {
  return { command: 'Stamp' as const, data: { desk, stamp: text }, ref };
}

type Sent = (written: { readonly desk: string; readonly text: string }) => ReturnType<typeof stamp>;

/** A machine that sends one stamp for what is written, and ends. @param sent it may throw */
export function sendsOnce(id: string, sent: Sent) {
  return writing.createMachine({
    id,
    context: { text: '' },
    initial: 'waiting',
    states: {
      waiting: {
        on: {
          Written: {
            target: 'ended',
            actions: { type: 'send', params: ({ event }) => sent(event.data) },
          },
        },
      },
      ended: { type: 'final' },
    },
  });
}

/** A machine that sends a stamp for each text that is written. @param sent it may throw */
export function sendsEach(id: string, sent: Sent) {
  return writing.createMachine({
    id,
    context: { text: '' },
    on: { Written: { actions: { type: 'send', params: ({ event }) => sent(event.data) } } },
  });
}

/** A machine that puts one stamp on the desk `stamps` for what is written, and ends. */
export const stampOnce = sendsOnce('stampOnce', ({ text }) => stamp('stamps', text));
