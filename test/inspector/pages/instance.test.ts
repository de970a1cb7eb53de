/** What is in the middle of something: one instance, one actor, one trace. */
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { MASK } from '../../../src/inspector/protocol.ts';
import { createMemoryStore } from '../../../src/storage/memory/index.ts';
import { send } from '../../support/node.ts';
import {
  expectAccessible,
  expectNoSidewaysScroll,
  type Inspector,
  keepPicture,
  LOOKS,
  startInspector,
  untilShown,
} from '../browser.ts';
import { type Couriers, couriersOn } from '../courier.ts';

let couriers: Couriers;
let inspector: Inspector;
let desks = 0;
/** A desk of its own for each test. */
let desk: string;

beforeAll(async () => {
  couriers = couriersOn(createMemoryStore());
  inspector = await startInspector({ engine: couriers.engine });
});
afterAll(() => inspector.close());
beforeEach(() => {
  desk = `desk${++desks}`;
  Object.assign(couriers.troubles, { isDead: true, isFar: true, bad: /bad/, isJammed: true });
});

const write = async (...texts: readonly string[]) => {
  for (const text of texts) await send(couriers.engine, 'Write', { desk, text });
};
const addressOf = (policy: string, id: string) =>
  `/policies/${policy}/instances/${encodeURIComponent(id)}`;
const courier = () => addressOf('courier', `desk:${desk}`);
const item = (page: Page, text: string | RegExp) =>
  page.locator('.under-way > li').filter({ hasText: text });

async function untilParked(instance: string): Promise<void> {
  await expect
    .poll(async () => {
      const { items } = await couriers.engine.deadLetters({ limit: 200, cursor: null });
      return items.some((letter) => letter.instance === instance);
    })
    .toBe(true);
}

test('instances whose ids are masked are listed each, and lead nowhere', async () => {
  const page = await inspector.open('/console');
  const masked = { id: MASK, partition: 0, value: 'ringing', context: {}, waiting: 0 };
  const items = [masked, masked];
  await page.route('**/policies/courier/instances?*', (route) =>
    route.fulfill({ json: { items, nextCursor: null } }),
  );
  await page.goto('/inspector/policies/courier');
  const listed = page.locator('.instances > li');
  await listed.getByText(MASK).first().waitFor();
  expect(await listed.count()).toBe(2);
  expect(await listed.getByRole('link').count()).toBe(0);
});

test('an instance is found on its policy’s screen, and shows what it is in the middle of', async () => {
  await write('wait', 'ring', 'carry');
  const page = await inspector.open('/policies/courier', { expectedStatuses: [404] });
  await page.getByText('The chart in words').first().waitFor();
  expect(await page.getByText('The chart in words').count()).toBe(1);
  await page.getByRole('link', { name: `desk:${desk}`, exact: true }).click();
  await expect.poll(() => new URL(page.url()).pathname).toBe(`/inspector${courier()}`);
  await item(page, /timer after 1 h in clock\.waiting/)
    .getByText(/^in (59 min \d+ s|1 h)$/)
    .waitFor();
  await item(page, 'effect ring').getByText('Error: the bell is dead').waitFor();
  await item(page, 'effect ring')
    .getByText(/next try/)
    .waitFor();
  await item(page, 'command Stamp to desk:far').getByText('on its way').waitFor();
  const jam = item(page, 'command Jam to desk:jam');
  await jam.getByText('system_error').waitFor();
  await jam.getByText('Data').click();
  await jam.getByText('"desk": "jam"').waitFor();
  // The drawing shows its states, and what may come next.
  await page.getByRole('button', { name: /^ringing, state, active/ }).waitFor();
  await page
    .getByRole('button', { name: /ringing to .*may be taken next/ })
    .first()
    .waitFor();
  await page.locator('.commands-now').getByText('done: ring').waitFor();
  // No arrow runs through what stands on it, its sign included.
  const labels = await page.locator('.chart .label').evaluateAll((found) =>
    found.map((label) => {
      const ground = label.querySelector('.label-ground')?.getBoundingClientRect();
      const texts = [...label.querySelectorAll('text')].map((text) => text.getBoundingClientRect());
      return texts.every(
        (text) => ground && text.left >= ground.left && text.right <= ground.right,
      );
    }),
  );
  expect(labels.length).toBeGreaterThan(5);
  expect(labels).not.toContain(false);
  await jam.getByRole('link', { name: 'desk:jam' }).click();
  // Nothing was ever recorded of that desk: what is on its way to it is shown all the same.
  await page.getByText('Nothing was ever recorded of it').waitFor();
  await item(page, 'Jam')
    .getByRole('link', { name: `desk:${desk}` })
    .click();
  await page.getByRole('heading', { name: `courier desk:${desk}` }).waitFor();
});

test('an instance is followed as it goes on, until it has come to its end', async () => {
  await write('round1', `round ${desk} begins`);
  const page = await inspector.open(addressOf('rounds', `round ${desk}`), {
    expectedStatuses: [404],
  });
  await page.locator('[data-state="walking"]').waitFor();
  await page.getByText('All that it sent has its outcome.').waitFor();
  await write(`round ${desk} bad`, `round ${desk} later`);
  await page.getByText('parked: it waits behind its dead letter').waitFor();
  await page.getByRole('heading', { name: 'Waiting messages (1)' }).waitFor();
  const letter = page.getByRole('article');
  await letter.getByText('the round is blocked').first().waitFor();
  couriers.troubles.bad = /never/;
  await letter.getByRole('button', { name: 'Retry', exact: true }).click();
  await page.getByText('There are no dead letters.').waitFor();
  await expect.poll(() => page.getByRole('heading', { name: 'Waiting messages' }).count()).toBe(0);
  await write(`round ${desk} home`);
  await page.getByText('It has come to its end.', { exact: true }).waitFor();
  await page.getByRole('link', { name: 'See what it did in its trace' }).click();
  await page.getByRole('heading', { name: /^Trace/ }).waitFor();
});

test('an instance that is not there is told of plainly', async () => {
  const page = await inspector.open(courier(), { expectedStatuses: [404] });
  await page.getByText('There is no such instance').waitFor();
  await page.goto('/inspector/policies/courier/instances/%E0%A4%A');
  await page.getByText('There is no such screen').waitFor();
});

test('an actor’s screen shows what is under way because of it, until nothing is', async () => {
  await write('carry', 'ring');
  const page = await inspector.open(`/actors/desk/${desk}`);
  const section = page.getByRole('region', { name: 'Under way' });
  await section.getByText('the bell is dead').waitFor();
  await section.getByText(/command Stamp to desk:far/).waitFor();
  await section.getByRole('link', { name: 'courier' }).first().waitFor();
  await couriers.engine.pausePolicy('rounds');
  await expect
    .poll(async () => {
      await write('nothing');
      return section.getByText(/The policy rounds has not passed .*: it is paused/).count();
    })
    .toBe(1);
  await couriers.engine.resumePolicy('rounds');
  Object.assign(couriers.troubles, { isDead: false, isFar: false, isJammed: false });
  await section.getByText('Nothing: all that it caused has come to its end.').waitFor();
});

test('a step shows the instance that sent its command, and the event that it was for', async () => {
  Object.assign(couriers.troubles, { isFar: false, isJammed: false });
  await write('carry');
  const page = await inspector.open('/actors/desk/jam');
  const cause = page.locator('.cause');
  await cause
    .getByRole('link', { name: `desk:${desk}` })
    .first()
    .waitFor();
  expect(await cause.textContent()).toContain('for Written of');
  await cause
    .getByRole('link', { name: `desk:${desk}` })
    .last()
    .click();
  await page.getByText('Viewing the past').waitFor();
  await page.getByRole('heading', { name: `desk ${desk}` }).waitFor();
});

test('a trace shows retries and dead letters in their places, and they go with their causes', async () => {
  const { engine, troubles } = couriers;
  const correlation = desks.toString(16).padStart(32, 'c');
  const body = { desk, text: `round ${desk} bad` };
  const validated = engine.validate('Write', body);
  if (!validated.ok) throw new Error('the command breaks its schema');
  await engine.submit(validated.command, { principal: 'somebody', traceId: correlation });
  await untilParked(`round ${desk}`);
  const page = await inspector.open(`/traces/${correlation}`);
  const diagram = page.getByRole('region', { name: /^Sequence diagram/ }).locator('text');
  await diagram.filter({ hasText: 'Written: given up' }).waitFor();
  await diagram.filter({ hasText: 'Written: retrying' }).waitFor();
  // Each stands on the line of its policy, below the event.
  const xOf = async (text: string) =>
    (await diagram.filter({ hasText: text }).first().boundingBox())?.x ?? 0;
  await expect
    .poll(async () => (await xOf('Written: given up')) - (await xOf('rounds')))
    .toBeGreaterThan(0);
  await item(page, 'given up: message Written').getByText('the round is blocked').waitFor();
  const retried = item(page, 'retrying: message Written');
  await retried.getByText('the courier stumbles').waitFor();
  await expectAccessible(page);
  troubles.bad = /never/;
  await expect.poll(() => diagram.filter({ hasText: 'Written: retrying' }).count()).toBe(0);
  await item(page, 'given up: message Written')
    .filter({ hasText: 'rounds' })
    .getByRole('link', { name: 'Dead letters' })
    .click();
  const letter = page.getByRole('article').filter({ hasText: `round ${desk}` });
  await letter.getByRole('button', { name: 'Retry', exact: true }).click();
  await page.goBack();
  await item(page, /set: timer after 2 h in walking/).waitFor();
  expect(await diagram.filter({ hasText: 'given up' }).count()).toBe(0);
  await diagram.filter({ hasText: 'after 2 h in walking: set' }).waitFor();
});

describe('what is under way, with everything on it', () => {
  const looks = LOOKS.map((look) => ({ ...look, name: `${look.theme}, ${look.width}` }));

  test.each(looks)('can be used by everybody: $name', async (look) => {
    const id = `${desk}-${'with-a-long-name-'.repeat(12)}`;
    for (const text of ['wait', 'ring', 'carry', 'bad', 'wait', 'ring']) {
      await send(couriers.engine, 'Write', { desk: id, text });
    }
    const page = await inspector.open(addressOf('courier', `desk:${id}`), look);
    await page.getByRole('heading', { name: /^Waiting messages/ }).waitFor();
    await item(page, 'effect ring')
      .getByText(/next try/)
      .waitFor();
    await item(page, 'command Jam').getByText('Data').click();
    await expectNoSidewaysScroll(page);
    await expectAccessible(page);
    await keepPicture(page, `instance-${look.theme}-${look.width}`);
    await page.goto(`/inspector/actors/desk/${id}`);
    const section = page.getByRole('region', { name: 'Under way' });
    await section.getByText('the courier stumbles').waitFor();
    await section.scrollIntoViewIfNeeded();
    await untilShown(page);
    await expectNoSidewaysScroll(page);
    await expectAccessible(page);
    await keepPicture(page, `under-way-${look.theme}-${look.width}`);
  });
});
