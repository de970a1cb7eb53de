/** Who works on a page by keyboard, by pointer or by ear stays where they are, whatever happens there. */
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { definePolicy } from '../../../src/define/index.ts';
import { createEngine } from '../../../src/engine/create-engine.ts';
import type { Engine } from '../../../src/engine/engine.ts';
import { createSystemRuntime } from '../../../src/engine/system-runtime.ts';
import { createMemoryStore } from '../../../src/storage/memory/index.ts';
import { deskApp, onWritten, sendsOnce, stamp } from '../../support/desk/index.ts';
import { send } from '../../support/node.ts';
import { createTestLog } from '../../support/runtime.ts';
import { expectAccessible, type Inspector, startInspector, untilShown } from '../browser.ts';

/** More than one page of dead letters. */
const MANY = 21;

/** Which texts the policy cannot stamp. */
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

let inspector: Inspector;
let engine: Engine;

beforeAll(async () => {
  const log = createTestLog();
  const store = createMemoryStore();
  engine = createEngine({ app: deskApp([picky]), store, runtime: createSystemRuntime(), log });
  inspector = await startInspector({ engine });
});
afterAll(() => inspector.close());
beforeEach(async () => {
  bad = /bad/;
  for (const { id } of (await engine.deadLetters({ limit: 200, cursor: null })).items) {
    await engine.discardDeadLetter(id);
  }
});

const write = (desk: string, text: string) => send(engine, 'Write', { desk, text });

async function park(...texts: readonly string[]): Promise<void> {
  for (const text of texts) await write(text, text);
  const parked = async () => (await engine.deadLetters({ limit: 200, cursor: null })).items.length;
  await expect.poll(parked).toBe(texts.length);
}

/** What has the focus, in words: its name, or its text. */
const focused = (page: Page) =>
  page.evaluate<string>(
    `document.activeElement === document.body ? 'nothing'
      : document.activeElement.getAttribute('aria-label') ?? document.activeElement.textContent`,
  );

async function press(page: Page, name: string | RegExp, key = 'Enter'): Promise<void> {
  await page
    .getByRole('button', { name, exact: typeof name === 'string' })
    .first()
    .focus();
  await page.keyboard.press(key);
}

/** Keeps all that is said aloud from now on. */
async function listen(page: Page): Promise<() => Promise<string>> {
  await page.evaluate(`
    window.said = [];
    new MutationObserver((changes) => {
      for (const { target } of changes) {
        const live = (target instanceof Element ? target : target.parentElement)
          ?.closest('[role="status"], [role="alert"], [aria-live]');
        if (live) window.said.push(live.textContent);
      }
    }).observe(document.body, { childList: true, subtree: true, characterData: true });
  `);
  return () => page.evaluate<string>("window.said.join('\\n')");
}

test('a letter that is settled leaves the focus among the others, and it is said what became of it', async () => {
  await park('bad 1', 'bad 2');
  const page = await inspector.open('/dead-letters');
  await expect.poll(() => page.getByRole('article').count()).toBe(2);
  bad = /never/;
  await press(page, 'Retry');
  await expect.poll(() => page.getByRole('article').count()).toBe(1);
  await expect.poll(() => focused(page)).toBe('Dead letters');
  await page.getByRole('status').filter({ hasText: 'Written is tried again.' }).waitFor();
  await page.keyboard.press('Tab');
  expect(await page.locator(':focus').evaluate((one) => one.closest('article') !== null)).toBe(
    true,
  );
});

test('what would be done to many is where one is led, and one is led back', async () => {
  await park('bad 1', 'bad 2');
  const page = await inspector.open('/dead-letters');
  await press(page, 'Retry all of these …');
  await page.getByText('This would retry 2 letters.').waitFor();
  await expect.poll(() => focused(page)).toBe('What it would retry');
  await press(page, 'Cancel');
  await expect.poll(() => focused(page)).toBe('All of these');
  await press(page, 'Discard all of these …');
  await expect.poll(() => focused(page)).toBe('What it would discard');
  await expectAccessible(page);
});

test('another page of letters begins at its beginning', async () => {
  await park(...Array.from({ length: MANY }, (_, index) => `bad ${index}`));
  const page = await inspector.open('/dead-letters');
  await page.getByRole('link', { name: 'Next page' }).focus();
  await page.keyboard.press('Enter');
  await expect.poll(() => page.getByRole('article').count()).toBe(MANY - 20);
  await expect.poll(() => focused(page)).toBe('Dead letters');
  await page.getByRole('link', { name: 'First page' }).waitFor();
}, 60_000);

test('what is chosen in a chart is closed, and the focus stays in the chart', async () => {
  await write('drawn', 'good');
  const page = await inspector.open('/actors/desk/drawn');
  // Its machine has no states but itself.
  await page.getByText('Its machine has one state').waitFor();
  await press(page, /^desk, state, active/);
  await page.getByLabel('What is chosen in the chart').waitFor();
  await press(page, 'Close');
  await expect.poll(() => focused(page)).toBe('Statechart of desk');
});

test('the ends of a history leave the focus on the button that led there', async () => {
  for (const text of ['one', 'two', 'three']) await write('stepped', text);
  const page = await inspector.open('/actors/desk/stepped');
  await page.getByText('Step 3 of 3').waitFor();
  await press(page, /First/);
  await page.getByText('Step 1 of 3').waitFor();
  expect(await focused(page)).toBe('« First');
  await page.keyboard.press('Enter');
  await press(page, /^Now/);
  await page.locator('.moment strong', { hasText: 'Now' }).waitFor();
  expect(await focused(page)).toBe('Now »');
  expect(await page.locator(':focus').getAttribute('aria-disabled')).toBe('true');
});

test('where one is in a history is said aloud; what goes on there by itself is not', async () => {
  for (const text of ['one', 'two']) await write('heard', text);
  const page = await inspector.open('/actors/desk/heard');
  await page.getByText('Step 2 of 2').waitFor();
  const said = await listen(page);
  await write('heard', 'three');
  await page.getByText('Step 3 of 3').waitFor();
  expect(await said()).toBe('');
  await page.keyboard.press('[');
  await expect.poll(said).toBe('In the past: step 2, Write, accepted');
});

test('of an answer to a command its verdict is said aloud, and not its data', async () => {
  const data = encodeURIComponent(JSON.stringify({ desk: 'told', text: 'a very long text' }));
  const page = await inspector.open(`/console/Write?data=${data}`);
  await untilShown(page);
  const said = await listen(page);
  await press(page, 'Would it be accepted?');
  await page.getByLabel('Data of Written').waitFor();
  expect(await said()).toContain('It would be accepted');
  expect(await said()).not.toContain('a very long text');
});

test.each(['pointer', 'keyboard'])('latest traces stay in their places under a %s', async (how) => {
  await write('traced', 'before');
  const page = await inspector.open('/console');
  await page.clock.install();
  await page.goto('/inspector/traces');
  await untilShown(page);
  const asked: string[] = [];
  page.on('request', (request) => asked.push(new URL(request.url()).pathname));
  const looks = () => asked.filter((path) => path === '/inspector/api/traces').length;
  const link = page.locator('.latest a').first();
  await (how === 'pointer' ? link.hover() : link.focus());
  await page.clock.runFor(3_000);
  const before = looks();
  await page.clock.runFor(20_000);
  expect(looks()).toBe(before);
  await (how === 'pointer'
    ? page.mouse.move(1, 1)
    : page.getByRole('link', { name: 'Overview' }).focus());
  await page.clock.runFor(3_000);
  await expect.poll(looks).toBeGreaterThan(before);
});

test('rows of actors stay under a pointer, and go on where it leaves', async () => {
  for (const id of ['row1', 'row2']) await write(id, 'good');
  const page = await inspector.open('/actors');
  const names = () => page.locator('.rows .name').allTextContents();
  const found = async () => Number.parseInt((await page.locator('.found').textContent()) ?? '', 10);
  await expect.poll(names).toContain('desk:row1');
  await expect.poll(async () => (await names())[0]).toMatch(/^desk:(row2|stamps)$/);
  await page.locator('.rows .name').first().hover();
  const [before, many] = [await names(), await found()];
  await write('row3', 'good');
  // How many there are by now is told all the same.
  await expect.poll(found).toBeGreaterThan(many);
  expect(await names()).toEqual(before);
  await page.mouse.move(1, 1);
  await expect.poll(names).toContain('desk:row3');
});
