import { assertEvent, assign, emit, enqueueActions, setup } from 'xstate';
import { noEffect } from '../../../src/define/index.ts';
import type { BoxCommand, BoxEvent } from './definitions.ts';

export interface BoxContext {
  readonly total: number;
  readonly name: string | null;
  readonly scratch: unknown;
}

const box = setup({
  types: { context: {} as BoxContext, events: {} as BoxCommand, emitted: {} as BoxEvent },
  actions: { noEffect },
  guards: {
    isThere: ({ event }) => {
      assertEvent(event, 'Take');
      return event.facts.there !== null;
    },
  },
});

/** Breaks the rule that the command names. */
const misbehave = box.createAction(
  enqueueActions(({ event, enqueue }) => {
    assertEvent(event, 'Misbehave');
    const { how } = event.data;
    const { at } = event.meta;
    const refusal: BoxEvent = { type: 'Refused', data: { reason: how } };
    const broken = (data: { at?: string; amount?: unknown }): BoxEvent => ({
      type: 'Broken',
      data: { item: 'broken', at, amount: 1, ...data },
    });
    switch (how) {
      case 'throws':
        throw new Error('this machine throws');
      case 'emits the undeclared':
        return enqueue.emit({ type: 'Undeclared', data: {} } as unknown as BoxEvent);
      case 'rejects and changes':
        enqueue.assign({ total: 999 });
        return enqueue.emit(refusal);
      case 'rejects beside an event':
        enqueue.emit(refusal);
        return enqueue.emit(broken({}));
      case 'rejects twice':
        enqueue.emit(refusal);
        return enqueue.emit(refusal);
      case 'noEffect beside an event':
        enqueue('noEffect');
        return enqueue.emit(broken({}));
      case 'noEffect and changes':
        enqueue.assign({ total: 999 });
        return enqueue('noEffect');
      case 'folds a non-time':
        return enqueue.emit(broken({ at: 'yesterday' }));
      case 'folds a non-JSON value':
        return enqueue.emit(broken({ amount: new Map() }));
      case 'holds the unclaimed':
        enqueue.assign({ name: 'never claimed' });
        return enqueue.emit(broken({}));
      case 'keeps a non-JSON context':
        enqueue.assign({ scratch: new Date(0) });
        return enqueue.emit(broken({}));
      case 'folds a time that no store takes':
        return enqueue.emit(broken({ at: '1969-12-31T00:00:00.000Z' }));
    }
  }),
);

export const boxMachine = box.createMachine({
  id: 'box',
  context: { total: 0, name: null, scratch: null },
  initial: 'open',
  states: {
    open: {
      on: {
        Open: {
          actions: emit(({ event }) => ({ type: 'Opened', data: { box: event.data.box } })),
        },
        Put: {
          actions: emit(({ event }) => ({
            type: 'ItemPut',
            data: {
              item: event.data.item,
              at: event.meta.at,
              amount: event.data.amount,
              wasThere: event.facts.there !== null,
              countBefore: event.facts.count,
              totalBefore: event.facts.self?.total ?? null,
            },
          })),
        },
        Take: [
          {
            guard: 'isThere',
            actions: emit(({ event }) => ({
              type: 'ItemTaken',
              data: { item: event.data.item, countBefore: event.facts.count },
            })),
          },
          { actions: 'noEffect' },
        ],
        Toss: {
          actions: emit(({ event }) => ({ type: 'ItemTossed', data: { item: event.data.item } })),
        },
        Count: {
          actions: [
            assign({ total: ({ context }) => context.total + 1 }),
            emit(({ context }) => ({ type: 'Counted', data: { total: context.total } })),
          ],
        },
        Settle: [
          {
            guard: ({ context, event }) => context.total === event.data.total,
            actions: 'noEffect',
          },
          {
            actions: [
              assign({ total: ({ event }) => event.data.total }),
              emit(({ event }) => ({ type: 'Counted', data: { total: event.data.total } })),
            ],
          },
        ],
        Refuse: { actions: emit({ type: 'Refused', data: { reason: 'Refused as asked' } }) },
        Name: [
          {
            guard: ({ event }) => event.claims.name === 'taken',
            actions: emit({ type: 'Refused', data: { reason: 'Name taken' } }),
          },
          {
            actions: [
              assign({ name: ({ event }) => event.data.name }),
              emit(({ event }) => ({ type: 'Named', data: { name: event.data.name } })),
            ],
          },
        ],
        Seal: {
          target: 'sealed',
          actions: emit(({ event }) => ({ type: 'Sealed', data: { box: event.data.box } })),
        },
        Misbehave: { actions: misbehave },
      },
    },
    sealed: {},
  },
});
