import { createMachine } from 'xstate';
import { z } from 'zod';
import type { AggregateDefinition } from '../../src/define/aggregate.ts';
import { type AppParts, checkApp, type DefinitionFault } from '../../src/define/check.ts';
import {
  defineCollection,
  defineCommand,
  defineEvent,
  defineQuery,
  defineView,
  noEffect,
} from '../../src/define/index.ts';

export const schema = z.strictObject({ id: z.string() });
export const Open = defineCommand({ summary: 'Opens.', schema, target: (data) => data.id });
export const boxView = defineView({ aggregate: 'box', schema: z.object({ open: z.boolean() }) });
export const things = defineCollection({ aggregate: 'box', name: 'things' });

/** A definition without mistakes, with `parts` put in as if the types had let them pass. */
export function box(parts: Partial<AggregateDefinition> = {}): AggregateDefinition {
  return {
    kind: 'aggregate',
    type: 'box',
    version: 1,
    migrations: {},
    machine: machine({}),
    context: null,
    commands: { Open },
    events: { Opened: defineEvent({ schema: z.object({ id: z.string() }) }) },
    view: { definition: boxView, of: () => ({ open: true }) },
    claims: {},
    collections: { things },
    folds: { things: { Opened: () => null } },
    file: 'machines/box.ts',
    ...parts,
  };
}

export type Config = Parameters<typeof createMachine>[0];
export type Implementations = Parameters<typeof createMachine>[1];

export function machine(config: Config, implementations: Implementations = {}) {
  return createMachine(
    { ...config, on: { Open: { actions: 'noEffect' }, ...config.on } },
    { ...implementations, actions: { noEffect, ...implementations?.actions } },
  );
}

export function faultsOf(parts: Partial<AggregateDefinition>): string[] {
  return faultsIn({ aggregates: [box(parts)] }).map(({ field, problem }) => `${field}: ${problem}`);
}

/** What is found in an app of these parts. */
export function faultsIn(parts: Partial<AppParts>): DefinitionFault[] {
  const none = { aggregates: [], policies: [], projections: [], queries: [], invariants: [] };
  return checkApp({ ...none, ...parts }, 'machines/index.ts');
}

export function machineFaults(config: Config, implementations?: Implementations): string[] {
  return faultsOf({ machine: machine(config, implementations) });
}

export function query(parts: { name?: string; route?: `/v1/${string}`; params?: z.ZodType } = {}) {
  return defineQuery({
    name: 'getBox',
    summary: 'A box.',
    route: '/v1/boxes/{id}',
    params: z.strictObject({ id: z.string() }),
    search: z.strictObject({}),
    result: z.object({}),
    run: async () => null,
    ...parts,
  });
}
