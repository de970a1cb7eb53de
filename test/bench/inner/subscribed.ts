/** The apps that are measured: one domain, and who subscribes to its feed. */
import { setup } from 'xstate';
import { account } from '../../../machines/account/aggregate.ts';
import { events } from '../../../machines/account/events.ts';
import { app as everything } from '../../../machines/index.ts';
import {
  type App,
  defineApp,
  definePolicy,
  type PolicyDefinition,
  type PolicyMessages,
} from '../../../src/define/index.ts';

/**
 * Who subscribes: nobody, as many policies as there are in `idlers`, the domain's projections, or
 * all that it has.
 * An idler `taking` everything has each event pass through a machine that does nothing with it;
 * one `taking` nothing waits for an event that the load does not have.
 */
export type Subscribed =
  | 'nothing'
  | 'projections'
  | 'all'
  | { readonly idlers: number; readonly taking: 'nothing' | 'everything' };

const readable = defineApp({
  aggregates: [account],
  projections: [...everything.projections.values()],
  queries: everything.queries,
});

/** The domain with its aggregate and queries, and with these subscribers alone. */
export function appWith(subscribed: Subscribed): App {
  if (subscribed === 'all') return everything;
  if (subscribed === 'projections') return readable;
  const count = subscribed === 'nothing' ? 0 : subscribed.idlers;
  const idler = subscribed !== 'nothing' && subscribed.taking === 'everything' ? taker : waiter;
  return defineApp({
    aggregates: [account],
    policies: Array.from({ length: count }, (_, number) => idler(`idler-${number}`)),
    queries: everything.queries,
  });
}

function taker(name: string): PolicyDefinition {
  return definePolicy({
    name,
    machine: setup({ types: { events: {} as PolicyMessages<typeof events> } }).createMachine({
      initial: 'waiting',
      states: { waiting: { on: { '*': 'done' } }, done: { type: 'final' } },
    }),
    on: events,
  });
}

function waiter(name: string): PolicyDefinition {
  const on = { AccountDeactivated: events.AccountDeactivated };
  return definePolicy({
    name,
    machine: setup({ types: { events: {} as PolicyMessages<typeof on> } }).createMachine({
      initial: 'waiting',
      states: { waiting: { on: { AccountDeactivated: 'done' } }, done: { type: 'final' } },
    }),
    on,
  });
}
