import { expect, test } from 'vitest';
import { setup } from 'xstate';
import { z } from 'zod';
import { defineAggregate, defineApp, defineCommand, noEffect } from '../../src/define/index.ts';
import { createEngine } from '../../src/engine/create-engine.ts';
import { createMemoryStore } from '../../src/storage/memory/index.ts';
import { createTestLog, createTestRuntime } from '../support/runtime.ts';

const Ring = defineCommand({
  summary: 'Rings a bell.',
  schema: z.strictObject({ bell: z.string() }),
  target: (data) => data.bell,
});

const machine = setup({
  types: { events: {} as { type: 'Ring' } },
  actions: { noEffect },
}).createMachine({ id: 'bell', on: { Ring: { actions: 'noEffect' } } });

test('a command whose target has no id fails, and names its type in the log', async () => {
  const log = createTestLog();
  const app = defineApp({
    aggregates: [defineAggregate({ type: 'bell', machine, commands: { Ring }, events: {} })],
  });
  const store = createMemoryStore();
  const engine = createEngine({ app, store, runtime: createTestRuntime(), log });
  const validation = engine.validate('Ring', { bell: '' });
  if (!validation.ok) throw new Error('the schema takes an empty name');
  const outcome = await engine.submit(validation.command, { principal: 'test' });
  expect(outcome).toMatchObject({ status: 'failed', failure: { code: 'system_error' } });
  expect(log.errors).toMatchObject([
    { fields: { err: { message: 'the target of Ring has no id' }, command: 'Ring' } },
  ]);
});
