/** A page that is open for long keeps no more than at first, and notices that its server is gone. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Inspector, startInspector, untilShown } from '../browser.ts';

let inspector: Inspector;

beforeAll(async () => {
  inspector = await startInspector();
});
afterAll(() => inspector.close());

test('a stream that cannot be understood is left, not kept beside the next one', async () => {
  const page = await inspector.open('/console');
  await page.addInitScript(`
    window.opened = 0;
    window.left = 0;
    const ask = window.fetch;
    window.fetch = (url, init) => {
      if (!String(url).includes('/live')) return ask(url, init);
      window.opened += 1;
      return Promise.resolve(new Response(new ReadableStream({
        start: (part) => part.enqueue(new TextEncoder().encode('data: no frame\\n\\n')),
        cancel: () => { window.left += 1; },
      })));
    };`);
  await page.reload();
  await expect.poll(() => page.evaluate('window.opened')).toBeGreaterThan(2);
  expect(await page.evaluate('window.opened - window.left')).toBeLessThanOrEqual(1);
});

test('a tab that waits for its turn at the stream hears of its end once', async () => {
  const page = await inspector.open('/console');
  await page.addInitScript(`
    delete Navigator.prototype.locks;
    window.heard = 0;
    const { addEventListener: add, removeEventListener: remove } = EventTarget.prototype;
    AbortSignal.prototype.addEventListener = function (...given) {
      window.heard += 1;
      return add.apply(this, given);
    };
    AbortSignal.prototype.removeEventListener = function (...given) {
      window.heard -= 1;
      return remove.apply(this, given);
    };`);
  await page.clock.install();
  await page.reload();
  await untilShown(page);
  await page.evaluate(`
    const hold = () => localStorage.setItem('everstate.live', 'another ' + (Date.now() + 4000));
    hold();
    setInterval(hold, 100);`);
  await page.clock.runFor(5_000);
  const before = Number(await page.evaluate('window.heard'));
  await page.clock.runFor(60_000);
  expect(Number(await page.evaluate('window.heard')) - before).toBeLessThan(5);
});

test('a stream that falls silent is asked for anew', async () => {
  const page = await inspector.open('/console');
  await page.addInitScript(`
    window.opened = 0;
    const ask = window.fetch;
    window.fetch = (url, init) => {
      if (!String(url).includes('/live')) return ask(url, init);
      window.opened += 1;
      const beat = new TextEncoder().encode(': beat\\nid: x\\n\\n');
      return Promise.resolve(new Response(new ReadableStream({
        start(part) {
          part.enqueue(beat);
          // The first stays alive, until it is silenced.
          const timer = setInterval(() => !window.isSilent && part.enqueue(beat), 15000);
          init.signal.addEventListener('abort', () => {
            clearInterval(timer);
            part.error(init.signal.reason);
          });
        },
      })));
    };`);
  await page.clock.install();
  await page.reload();
  await expect.poll(() => page.locator('.live').getAttribute('data-state')).toBe('live');
  await page.clock.runFor(300_000);
  expect(await page.evaluate('window.opened')).toBe(1);
  await page.evaluate('window.isSilent = true');
  await page.clock.runFor(60_000);
  expect(await page.evaluate('window.opened')).toBe(2);
});
