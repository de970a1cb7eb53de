/** The trail of an actor most of whose commands emit nothing. */

import { expect, test } from 'vitest';
import { assign, emit, setup } from 'xstate';
import { z } from 'zod';
import {
  defineAggregate,
  defineApp,
  defineCommand,
  defineEvent,
  type Emitted,
  type Messages,
} from '../../src/define/index.ts';
import { createMemoryStore } from '../../src/storage/memory/index.ts';
import { countingStore } from '../support/faulty-store.ts';
import { mustAccept, startNode } from '../support/node.ts';

const Kept = z.strictObject({ n: z.int() });
const commands = {
  Keep: defineCommand({ summary: 'Keeps a number.', schema: Kept, target: () => 'one' }),
  Tell: defineCommand({ summary: 'Tells a number.', schema: Kept, target: () => 'one' }),
};
const events = { Told: defineEvent({ schema: Kept }) };
const machine = setup({
  types: {
    context: {} as { kept: number },
    events: {} as Messages<typeof commands>,
    emitted: {} as Emitted<typeof events>,
  },
}).createMachine({
  context: { kept: -1 },
  on: {
    Keep: { actions: assign({ kept: ({ event }) => event.data.n }) },
    Tell: { actions: emit(({ event }) => ({ type: 'Told', data: event.data })) },
  },
});
const app = defineApp({
  aggregates: [defineAggregate({ type: 'quiet', machine, commands, events })],
});

test('a page of it costs no more than another, and all that was told is found', async () => {
  const { store, calls } = countingStore(createMemoryStore());
  const { engine } = startNode(store, { app });
  for (let n = 0; n < 450; n++) await mustAccept(engine, n % 150 === 0 ? 'Tell' : 'Keep', { n });
  const told: unknown[] = [];
  for (let before: string | null = null, hasMore = true; hasMore; ) {
    const readsBefore = calls.trail ?? 0;
    const page = await engine.trail({ type: 'quiet', id: 'one' }, { limit: 2, before });
    expect((calls.trail ?? 0) - readsBefore).toBeLessThanOrEqual(20);
    told.push(...(page?.items ?? []).map(({ data }) => data));
    before = page?.next ?? null;
    hasMore = before !== null;
  }
  expect(told).toEqual([{ n: 300 }, { n: 150 }, { n: 0 }]);
});
