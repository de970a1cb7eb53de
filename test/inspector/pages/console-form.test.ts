/** The console's form for every kind of schema that a command may have. */
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { emit, setup } from 'xstate';
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
import { createSystemRuntime } from '../../../src/engine/system-runtime.ts';
import { createMemoryStore } from '../../../src/storage/memory/index.ts';
import { createTestLog } from '../../support/runtime.ts';
import { expectAccessible, type Inspector, startInspector } from '../browser.ts';

const address = z.strictObject({ street: z.string(), zip: z.string().regex(/^\d{5}$/) });

const Ship = defineCommand({
  summary: 'Ships a parcel.',
  schema: z.strictObject({
    parcelId: z.string(),
    kind: z.literal('parcel'),
    to: address,
    from: address.optional(),
    back: address.nullable(),
    phone: z.string().nullable(),
    speed: z.union([z.literal(1), z.literal(2)]),
    items: z.array(z.strictObject({ sku: z.string(), qty: z.int().positive() })),
    tags: z.array(z.string()).max(3).default(['new']),
    pay: z.discriminatedUnion('by', [
      z.strictObject({ by: z.literal('card'), number: z.string().min(4) }),
      z.strictObject({ by: z.literal('gift') }),
    ]),
    note: z.string().max(2_000).optional(),
  }),
  target: ({ parcelId }) => parcelId,
});
const Shipped = defineEvent({ schema: z.object({ parcelId: z.string() }) });
const machine = setup({
  types: {
    events: {} as Messages<{ Ship: typeof Ship }>,
    emitted: {} as Emitted<{ Shipped: typeof Shipped }>,
  },
}).createMachine({
  id: 'parcel',
  on: {
    Ship: {
      actions: emit(({ event: { data } }) => ({
        type: 'Shipped',
        data: { parcelId: data.parcelId },
      })),
    },
  },
});

let inspector: Inspector;
beforeAll(async () => {
  const parcel = defineAggregate({
    type: 'parcel',
    machine,
    commands: { Ship },
    events: { Shipped },
  });
  const app = defineApp({ aggregates: [parcel] });
  const store = createMemoryStore();
  const log = createTestLog();
  const engine = createEngine({ app, store, runtime: createSystemRuntime(), log });
  inspector = await startInspector({ engine });
});
afterAll(() => inspector.close());

const group = (page: Page, name: RegExp) => page.getByRole('group', { name });

async function ask(page: Page): Promise<unknown> {
  const request = page.waitForRequest('**/dry-run');
  await page.getByRole('button', { name: 'Would it be accepted?' }).click();
  return ((await request).postDataJSON() as { data: unknown }).data;
}

const hintOf = async (page: Page, label: string) => {
  const id = await page.getByLabel(label).getAttribute('aria-describedby');
  return page.locator(`[id="${id}"]`).textContent();
};

test('a form that is left empty gives what has no choice, and is told what is missing where it is', async () => {
  const page = await inspector.open('/console/Ship', { expectedStatuses: [422] });
  expect(await ask(page)).toEqual({
    kind: 'parcel',
    to: {},
    back: null,
    phone: null,
    items: [],
  } satisfies Json);
  const invalid = page.locator('[aria-invalid="true"]');
  // parcelId, street, zip, speed, pay: none is told of the group, which cannot be typed into.
  await expect.poll(() => invalid.count()).toBe(5);
  expect(await page.locator('fieldset > .fault').count()).toBe(0);
  await expectAccessible(page);
});

test('each field says what it takes', async () => {
  const page = await inspector.open('/console/Ship');
  await page.getByLabel('parcelId').waitFor();
  expect(await group(page, /^from optional$/).count()).toBe(1);
  expect(await group(page, /^tags optional$/).textContent()).toContain(
    'to 3 items · ["new"] unless given',
  );
  expect(await group(page, /^to$/).textContent()).toContain('as ^\\d{5}$');
  expect(await hintOf(page, 'phone')).toBe('null where it is left empty');
  expect(await hintOf(page, 'pay')).toBe(
    'as JSON, such as {"by":"card","number":""} or {"by":"gift"}',
  );
  expect(await page.getByLabel('speed').locator('option').allTextContents()).toEqual([
    'choose',
    '1',
    '2',
  ]);
});

test('all of it can be filled in, and what is wrong in a union is told at its field', async () => {
  const page = await inspector.open('/console/Ship', { expectedStatuses: [422] });
  await page.getByLabel('parcelId').fill('p1');
  await group(page, /^to$/).getByLabel('street').fill('Elm Street');
  await group(page, /^to$/).getByLabel('zip').fill('12345');
  await page.getByLabel('phone').fill('110');
  await page.getByLabel('speed').selectOption('2');
  await page.getByRole('button', { name: 'Add to items' }).click();
  await group(page, /^items 1$/)
    .getByLabel('sku')
    .fill('tea');
  await group(page, /^items 1$/)
    .getByLabel('qty')
    .fill('3');
  await page.getByLabel('note').fill('two\nlines');
  await page.getByLabel('pay').fill('{"by":"card","number":"1"}');
  await ask(page);
  await expect.poll(() => hintOf(page, 'pay')).toMatch(/^number: Too small/);
  await page.getByLabel('pay').fill('{"by":"gift"}');
  expect(await ask(page)).toEqual({
    parcelId: 'p1',
    kind: 'parcel',
    to: { street: 'Elm Street', zip: '12345' },
    back: null,
    phone: '110',
    speed: 2,
    items: [{ sku: 'tea', qty: 3 }],
    pay: { by: 'gift' },
    note: 'two\nlines',
  } satisfies Json);
  await page.getByRole('heading', { name: 'It would be accepted' }).waitFor();
});

test('a group that need not be given is not given once it is emptied again', async () => {
  const page = await inspector.open('/console/Ship', { expectedStatuses: [422] });
  for (const [name, left] of [
    [/^from optional$/, undefined],
    [/^back$/, null],
  ] as const) {
    const street = group(page, name).getByLabel('street');
    const member = String(name).includes('from') ? 'from' : 'back';
    await street.fill('Elm Street');
    expect(await ask(page)).toMatchObject({ [member]: { street: 'Elm Street' } });
    await street.fill('');
    expect(await ask(page)).toHaveProperty(['to'], {});
    const data = await ask(page);
    expect((data as Record<string, unknown>)[member]).toEqual(left);
  }
});
