import { createMachine } from 'xstate';
import { z } from 'zod';
import {
  defineEvent,
  definePolicy,
  defineProjection,
  defineReadModel,
  noEffect,
  type PolicyDefinition,
  type ProjectionDefinition,
  put,
  send,
} from '../../src/define/index.ts';
import { box, type Config, faultsIn, type Implementations } from './box.ts';

export const Opened = defineEvent({ schema: z.object({ id: z.string() }) });
export const boxes = box({ events: { Opened } });

/** The machine of a policy that takes `Opened`, and does nothing of it. */
export function policyMachine(config: Config, implementations: Implementations = {}) {
  return createMachine(
    { ...config, on: { Opened: { actions: 'noEffect' }, ...config.on } },
    {
      ...implementations, // A machine without types of its own knows no params.
      actions: { noEffect, send: send as never, ...implementations?.actions },
    },
  );
}

/** A policy without mistakes, with `parts` put in as if the types had let them pass. */
export function policy(parts: Partial<PolicyDefinition> = {}): PolicyDefinition {
  const machine = policyMachine({});
  const sound = definePolicy({ name: 'shipping', machine, on: { Opened } });
  return { ...sound, file: 'machines/shipping.ts', ...parts };
}

export const opened = defineReadModel('opened');

/** A projection without mistakes, with `parts` put in as if the types had let them pass. */
export function projection(parts: Partial<ProjectionDefinition> = {}): ProjectionDefinition {
  const sound = defineProjection({
    name: 'opened',
    model: opened,
    on: { Opened },
    folds: { Opened: ({ id }, { occurredAt }) => [{ owner: id, change: put(id, occurredAt) }] },
  });
  return { ...sound, file: 'machines/opened.ts', ...parts };
}

const texts = (faults: ReturnType<typeof faultsIn>) =>
  faults.map(({ field, problem }) => `${field}: ${problem}`);

export function policyFaults(parts: Partial<PolicyDefinition>): string[] {
  return texts(faultsIn({ aggregates: [boxes], policies: [policy(parts)] }));
}

export function policyMachineFaults(config: Config, implementations?: Implementations): string[] {
  return policyFaults({ machine: policyMachine(config, implementations) });
}

export function projectionFaults(parts: Partial<ProjectionDefinition>): string[] {
  return texts(faultsIn({ aggregates: [boxes], projections: [projection(parts)] }));
}
