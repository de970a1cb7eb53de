/** What an operator sees happen, and does about it. */
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { definePolicy } from '../../../src/define/index.ts';
import { createEngine } from '../../../src/engine/create-engine.ts';
import type { Engine } from '../../../src/engine/engine.ts';
import type { Store } from '../../../src/engine/store.ts';
import { createSystemRuntime } from '../../../src/engine/system-runtime.ts';
import { createMemoryStore } from '../../../src/storage/memory/index.ts';
import { startTestServer } from '../../http/harness.ts';
import { deskApp, onWritten, sendsOnce, stamp } from '../../support/desk/index.ts';
import { eventsOf, send } from '../../support/node.ts';
import { freePort } from '../../support/redis.ts';
import { createTestLog } from '../../support/runtime.ts';
import {
  expectAccessible,
  expectNoSidewaysScroll,
  type Inspector,
  keepPicture,
  LOOKS,
  startInspector,
} from '../browser.ts';

/** Which texts the policy cannot stamp, until it is mended. */
let bad = /bad/;

const picky = definePolicy({
  name: 'picky',
  machine: sendsOnce('picky', ({ text }) => {
    if (bad.test(text)) throw new Error(`cannot stamp ${text}`);
    return stamp('stamps', text);
  }),
  on: onWritten,
  attempts: 1,
});

function engineOn(store: Store): Engine {
  const log = createTestLog();
  // What is paused takes nothing from then on.
  const backgroundLimits = { pauseLookMs: 1 };
  const runtime = createSystemRuntime();
  return createEngine({ app: deskApp([picky]), store, runtime, log, backgroundLimits });
}

let inspector: Inspector;
let engine: Engine;

beforeAll(async () => {
  engine = engineOn(createMemoryStore());
  inspector = await startInspector({ engine });
});
afterAll(() => inspector.close());
beforeEach(async () => {
  bad = /bad/;
  await engine.resumePolicy('picky');
  for (const { id } of (await engine.deadLetters({ limit: 200, cursor: null })).items) {
    await engine.discardDeadLetter(id);
  }
});

async function write(...texts: readonly string[]): Promise<void> {
  for (const text of texts) await send(engine, 'Write', { desk: text, text });
}

async function stamps(): Promise<unknown[]> {
  const events = await eventsOf(engine, 'stamps', 'desk');
  return events.flatMap(({ type, data }) => (type === 'Stamped' ? [data.stamp] : []));
}

async function untilParked(count: number): Promise<void> {
  const parked = async () => (await engine.deadLetters({ limit: 200, cursor: null })).items.length;
  await expect.poll(parked).toBe(count);
}

const button = (page: Page, name: string | RegExp) => page.getByRole('button', { name });
const letters = (page: Page) => page.getByRole('article');

test('the overview shows what happens as it does, and where most of it', async () => {
  const page = await inspector.open('/');
  await page.getByText('Nothing happened since').waitFor();
  await page.locator('.live[data-state="live"]').waitFor();
  for (const text of ['one', 'two', 'three']) {
    await send(engine, 'Write', { desk: 'busy', text });
  }
  const row = page.getByRole('row', { name: /^Written 3/ });
  await row.waitFor();
  await page.getByRole('link', { name: 'desk:busy' }).waitFor();
  await page.getByRole('row', { name: /Stamped 3/ }).waitFor();
  await send(engine, 'Write', { desk: 'busy', text: 'four' });
  await page.getByRole('row', { name: /^Written 4/ }).waitFor();
});

test('a dead letter is retried, and gone', async () => {
  await write('bad luck');
  await untilParked(1);
  const page = await inspector.open('/dead-letters');
  await expect.poll(() => letters(page).count()).toBe(1);
  await page.getByText('Error: cannot stamp bad luck', { exact: true }).waitFor();
  bad = /never/;
  await letters(page).getByRole('button', { name: 'Retry', exact: true }).click();
  await page.getByText('There are no dead letters.').waitFor();
  await expect.poll(stamps).toContain('bad luck');
});

test('a dead letter is edited, and tried with its new data alone', async () => {
  await write('bad text');
  await untilParked(1);
  const page = await inspector.open('/dead-letters?policy=picky', { expectedStatuses: [422] });
  await button(page, 'Edit and retry …').click();
  const field = page.getByLabel('Data, as JSON');
  await field.fill('{ "desk": 7 }');
  await button(page, 'Retry with these data').click();
  await page.getByText('The data break their schema').waitFor();
  expect(await stamps()).not.toContain('good text');
  await field.fill('{ "desk": "bad text", "text": "good text" }');
  await button(page, 'Retry with these data').click();
  await page.getByText('There are no dead letters.').waitFor();
  await expect.poll(stamps).toContain('good text');
  expect(await stamps()).not.toContain('bad text');
});

test('many are discarded after a dry run, those that the filter lets through alone', async () => {
  await write('bad 1', 'bad 2', 'bad 3', 'very bad');
  await untilParked(4);
  const page = await inspector.open('/dead-letters');
  await page.getByLabel('Error contains').fill('stamp bad');
  await button(page, 'Filter').click();
  await expect.poll(() => letters(page).count()).toBe(3);
  expect(new URL(page.url()).searchParams.get('error')).toBe('stamp bad');
  await button(page, 'Discard all of these …').click();
  await page.getByText('This would discard 3 letters.').waitFor();
  await untilParked(4);
  const discard = button(page, 'Discard 3 letters for good');
  for (const none of ['', '  ']) {
    await page.getByLabel('Reason, for the log').fill(none);
    await discard.click();
    // The browser says at the field why nothing is sent.
    await page.locator('input:invalid:focus').waitFor();
  }
  await untilParked(4);
  await page.getByLabel('Reason, for the log').fill('they were a try');
  await discard.click();
  await page.getByText('3 discarded.').waitFor();
  await untilParked(1);
  const line = inspector.server.logged.find((text) => text.includes('dead-letters.settle'));
  expect(JSON.parse(line ?? '')).toMatchObject({
    target: { how: 'discard', error: 'stamp bad', reason: 'they were a try' },
    outcome: 'done',
  });
});

test('a policy is paused and resumed: what came meanwhile is taken then', async () => {
  const page = await inspector.open('/policies');
  await button(page, 'Pause picky').focus();
  await page.keyboard.press('Enter');
  // Who goes on by keyboard is where he was.
  await page.locator('button:focus', { hasText: 'Resume' }).waitFor();
  await page.getByText('paused', { exact: true }).waitFor();
  await write('later');
  // Another node, or the same one started anew, would heed it too: it stands in the store.
  expect((await engine.policies()).policies).toMatchObject([{ name: 'picky', paused: true }]);
  expect(await stamps()).not.toContain('later');
  await page.getByRole('link', { name: 'picky' }).click();
  await page.getByText('Paused on all nodes: it takes nothing new').waitFor();
  await button(page, 'Resume picky').click();
  await page.getByText('Running').waitFor();
  await expect.poll(stamps).toContain('later');
});

describe('every operating screen with something on it', () => {
  const looks = LOOKS.map((look) => ({ ...look, name: `${look.theme}, ${look.width}` }));

  test.each(looks)('can be used by everybody: $name', async (look) => {
    await write(`bad ${'and very long '.repeat(12)}`, 'bad');
    await untilParked(2);
    const page = await inspector.open('/dead-letters', look);
    await expect.poll(() => letters(page).count()).toBe(2);
    await button(page, 'Discard all of these …').click();
    await page.getByText('This would discard 2 letters.').waitFor();
    await button(page, 'Edit and retry …').first().click();
    await page.getByText('Message and history').first().click();
    await expectNoSidewaysScroll(page);
    await expectAccessible(page);
    await keepPicture(page, `operating-letters-${look.theme}-${look.width}`);
    for (const address of ['/policies', '/policies/picky', '']) {
      await page.goto(`/inspector${address}`);
      await page.getByText('picky').first().waitFor({ state: 'attached' });
      await page.locator('.live[data-state="live"]').waitFor();
      await write('good');
      await expectNoSidewaysScroll(page);
      await expectAccessible(page);
      const name = address.replaceAll('/', '_');
      await keepPicture(page, `operating${name}-${look.theme}-${look.width}`);
    }
  });
});

test('the page reconnects to a server that was started anew, and misses nothing', async () => {
  const store = createMemoryStore();
  const first = engineOn(store);
  const own = await startInspector({ engine: first, port: await freePort() });
  const page = await own.open('/', { mayLoseServer: true });
  await page.locator('.live[data-state="live"]').waitFor();
  await send(first, 'Write', { desk: 'a', text: 'before' });
  await page.getByRole('row', { name: /^Written 1/ }).waitFor();
  await own.server.close();
  await page.getByText('Reconnecting …').waitFor();
  await send(first, 'Write', { desk: 'a', text: 'meanwhile' });
  await first.drain();
  const next = engineOn(store);
  await next.start();
  const again = await startTestServer({ engine: next, port: own.server.port });
  try {
    await page.locator('.live[data-state="live"]').waitFor();
    await page.getByRole('row', { name: /^Written 2/ }).waitFor();
    await send(next, 'Write', { desk: 'a', text: 'after' });
    await page.getByRole('row', { name: /^Written 3/ }).waitFor();
  } finally {
    await again.close();
    await next.drain();
    await own.close().catch(() => {});
  }
});
