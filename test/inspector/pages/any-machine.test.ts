/** One actor of an app whose ids, contexts and states are not those of the domain. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { assign, emit, setup } from 'xstate';
import { z } from 'zod';
import {
  defineAggregate,
  defineApp,
  defineCommand,
  defineEvent,
  type Emitted,
  type Json,
  type Messages,
} from '../../../src/define/index.ts';
import { createEngine } from '../../../src/engine/create-engine.ts';
import type { Engine } from '../../../src/engine/engine.ts';
import { createSystemRuntime } from '../../../src/engine/system-runtime.ts';
import { createMemoryStore } from '../../../src/storage/memory/index.ts';
import { send } from '../../support/node.ts';
import { createTestLog } from '../../support/runtime.ts';
import { expectNoSidewaysScroll, type Inspector, startInspector } from '../browser.ts';

const schema = z.strictObject({ bagId: z.string(), what: z.json() });
const commands = {
  Fill: defineCommand({ summary: 'Fills a bag.', schema, target: ({ bagId }) => bagId }),
  Burn: defineCommand({ summary: 'Burns it.', schema, target: ({ bagId }) => bagId }),
};
const events = {
  Filled: defineEvent({ schema: z.object({ bagId: z.string() }) }),
};
const machine = setup({
  types: {
    context: {} as { what: Json },
    events: {} as Messages<typeof commands>,
    emitted: {} as Emitted<typeof events>,
  },
}).createMachine({
  id: 'bag',
  context: { what: null },
  initial: 'open',
  on: {
    Fill: {
      actions: [
        assign({ what: ({ event }) => event.data.what }),
        emit(({ event }) => ({ type: 'Filled', data: { bagId: event.data.bagId } })),
      ],
    },
    Burn: '.burnt',
  },
  states: {
    open: {
      type: 'parallel',
      states: {
        zip: { initial: 'shut', states: { shut: {} } },
        strap: { initial: 'loose', states: { loose: {} } },
      },
    },
    burnt: { type: 'final' },
  },
});

let engine: Engine;
let inspector: Inspector;
beforeAll(async () => {
  const app = defineApp({
    aggregates: [defineAggregate({ type: 'bag', machine, commands, events })],
  });
  const [store, log] = [createMemoryStore(), createTestLog()];
  engine = createEngine({ app, store, runtime: createSystemRuntime(), log });
  inspector = await startInspector({ engine });
});
afterAll(() => inspector.close());

const bagAt = (id: string) => `/actors/bag/${encodeURIComponent(id)}`;

const fill = (bagId: string, what: Json) => send(engine, 'Fill', { bagId, what });

test('an actor with a long id is seen as it changes', async () => {
  const id = 'ü'.repeat(300);
  await fill(id, 1);
  const page = await inspector.open(bagAt(id));
  await page.locator('.live[data-state="live"]').waitFor();
  await fill(id, 'something else');
  await page.getByRole('region', { name: 'Context' }).getByText('something else').waitFor();
});

test('what lies deep in a context, or is long, is read without scrolling the page', async () => {
  const text = 'word'.repeat(500);
  const deep = (leaf: Json) =>
    Array.from({ length: 30 }).reduce<Json>((inner) => ({ aRatherLongName: inner }), leaf);
  for (const leaf of [1, text]) await fill('deep', { deep: deep(leaf), [text]: leaf });
  const page = await inspector.open(bagAt('deep'));
  await page.getByLabel('What the step changed').getByText('aRatherLongName').waitFor();
  await expectNoSidewaysScroll(page);
});

test('of a long text that changed, the part that did is shown', async () => {
  const text = (word: string) => `${'same '.repeat(500)}${word}${' end'.repeat(500)}`;
  for (const word of ['old', 'new']) await fill('text', text(word));
  const page = await inspector.open(bagAt('text'));
  const place = page.getByLabel('What the step changed').getByRole('listitem');
  await place.waitFor();
  const [old, now] = [place.locator('del'), place.locator('ins')];
  expect(await old.textContent()).toMatch(/^….*same old end.*…$/);
  expect(await now.textContent()).toMatch(/^….*same new end.*…$/);
  expect((await place.textContent())?.length).toBeLessThan(700);
});

test('states of regions are told as a query finds them', async () => {
  await fill('regions', 1);
  const page = await inspector.open(bagAt('regions'));
  const states = await page.locator('.state-value').textContent();
  expect(states).toBe('open.zip.shut, open.strap.loose');
  for (const state of (states ?? '').split(', ')) {
    const found = await inspector.open(`/actors?q=type:bag+state:${state}+id:regions`);
    await found.getByRole('link', { name: 'bag:regions' }).waitFor();
  }
});

test('an actor that came to its end takes no command, whatever rules its machine has', async () => {
  await fill('ash', 1);
  await send(engine, 'Burn', { bagId: 'ash', what: null });
  const page = await inspector.open(bagAt('ash'));
  await page.getByText('burnt (done)').waitFor();
  await page.getByText('It came to its end: it takes none any more').waitFor();
  expect(await page.getByText('it has no rule for it in this state').count()).toBe(0);
});
