/** Migrations and contexts: mistakes that must not compile stand beside the right form. */
import { describe, expect, it } from 'vitest';
import { setup } from 'xstate';
import { z } from 'zod';
import {
  defineAggregate,
  defineCommand,
  defineEvent,
  definePolicy,
  type InstanceMigration,
  type Messages,
  type Migration,
  type PolicyMessages,
} from '../../src/define/index.ts';
import { faultsOf } from './box.ts';
import { policyFaults } from './shipping.ts';

const Open = defineCommand({
  summary: 'Opens.',
  schema: z.strictObject({ id: z.string() }),
  target: ({ id }) => id,
});
const commands = { Open };
const events = { Opened: defineEvent({ schema: z.object({ id: z.string() }) }) };
const machine = setup({
  types: { context: {} as { count: number }, events: {} as Messages<typeof commands> },
}).createMachine({ context: { count: 0 }, on: { Open: {} } });
const parts = { type: 'box', machine, commands, events: {} };

const policyMachine = setup({
  types: { context: {} as { count: number }, events: {} as PolicyMessages<typeof events> },
}).createMachine({ context: { count: 0 }, on: { Opened: {} } });
const policyParts = { name: 'shipping', machine: policyMachine, on: events };

describe('a migration', () => {
  it('gets what is stored, and gives what it changes', () => {
    const migration: Migration = ({ value, context, history }) => ({
      value: value === 'open' ? { open: 'wide' } : value,
      context: { ...context, count: 0 },
      history: { ...history, 'box.before': ['box.open'] },
    });
    expect(defineAggregate({ ...parts, version: 2, migrations: { 1: migration } }).version).toBe(2);
    expect(defineAggregate(parts).migrations).toEqual({});
  });

  it('gives nothing else', () => {
    // @ts-expect-error a value names states
    const number: Migration = () => ({ value: 7 });
    // @ts-expect-error a context is JSON
    const date: Migration = () => ({ context: { at: new Date(0) } });
    // @ts-expect-error it gives something
    const nothing: Migration = () => {};
    // @ts-expect-error it is pure: nothing is waited for
    const late: Migration = async () => ({});
    // @ts-expect-error an actor has no timers
    const timers: Migration = ({ timers }) => ({ context: timers });
    expect([number, date, nothing, late, timers]).toHaveLength(5);
  });

  it('of an instance has timers and effects beside', () => {
    const migration: InstanceMigration = ({ timers, effects }) => ({
      timers: Object.fromEntries(Object.entries(timers).map(([id, number]) => [`${id}s`, number])),
      effects,
    });
    expect(definePolicy({ ...policyParts, version: 2, migrations: { 1: migration } }).version).toBe(
      2,
    );
    // @ts-expect-error an aggregate's state has no timers
    defineAggregate({ ...parts, version: 2, migrations: { 1: () => ({ timers: {} }) } });
    // @ts-expect-error numbers are numbers
    definePolicy({ ...policyParts, version: 2, migrations: { 1: () => ({ timers: { a: 'b' } }) } });
  });
});

describe('a schema of the context', () => {
  it('is that of the machine', () => {
    const context = z.object({ count: z.number() });
    expect(defineAggregate({ ...parts, context }).context).toBe(context);
    expect(definePolicy({ ...policyParts, context }).context).toBe(context);
    // @ts-expect-error the machine counts in numbers
    defineAggregate({ ...parts, context: z.object({ count: z.string() }) });
    // @ts-expect-error the same of a policy
    definePolicy({ ...policyParts, context: z.object({ count: z.string() }) });
  });
});

describe('migrations', () => {
  const step = () => ({});

  it('lead to the current version without a gap, and need not begin at the first', () => {
    expect(faultsOf({ version: 3, migrations: { 1: step, 2: step } })).toEqual([]);
    expect(faultsOf({ version: 3, migrations: { 2: step } })).toEqual([]);
    expect(faultsOf({ version: 3 })).toEqual([]);
    expect(faultsOf({ version: 4, migrations: { 1: step, 3: step } })).toEqual([
      'migrations: there is no migration from version 2 to 3',
    ]);
    expect(policyFaults({ version: 3, migrations: { 1: step } })).toEqual([
      'migrations: there is no migration from version 2 to 3',
    ]);
  });

  it('begin at a version before it', () => {
    expect(faultsOf({ version: 2, migrations: { 1: step, 2: step } })).toEqual([
      'migrations.2: nothing is migrated from version 2 to the current version 2',
    ]);
    expect(faultsOf({ version: 2, migrations: { 0: step, 1: step } })).toEqual([
      'migrations.0: nothing is migrated from version 0 to the current version 2',
    ]);
  });
});
