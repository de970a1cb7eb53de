import { defineAggregate, defineApp, put, remove } from '../../../src/define/index.ts';
import { boxView, commands, events, items } from './definitions.ts';
import { boxMachine } from './machine.ts';

export { FAULTS, type Fault, items } from './definitions.ts';

const box = defineAggregate({
  type: 'box',
  machine: boxMachine,
  commands,
  events,
  view: { definition: boxView, of: ({ context }) => ({ total: context.total }) },
  claims: {
    name: { normalize: (name) => name.toLowerCase(), held: ({ context }) => context.name },
  },
  collections: { items },
  folds: {
    items: {
      ItemPut: ({ item, at, amount }) => put(item, at, { amount: Number(amount) }),
      ItemTaken: ({ item }) => remove(item),
      ItemTossed: ({ item }) => remove(item),
      Broken: ({ item, at, amount }) => put(item, at, { amount } as { amount: number }),
    },
  },
});

/** An app of one aggregate that is no account: what holds for it holds for any. */
export const boxApp = defineApp({ aggregates: [box] });
