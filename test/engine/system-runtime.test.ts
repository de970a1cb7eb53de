import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { createSystemRuntime } from '../../src/engine/system-runtime.ts';

const DAY_MS = 86_400_000;

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

test('a wait of more days than a timer counts is not over at once, and can be ended', async () => {
  const ending = new AbortController();
  let isOver = false;
  const wait = createSystemRuntime()
    .sleep(365 * DAY_MS, ending.signal)
    .then(() => {
      isOver = true;
    });
  await vi.advanceTimersByTimeAsync(20 * DAY_MS);
  expect(isOver).toBe(false);
  ending.abort();
  await wait;
  expect(isOver).toBe(true);
  expect(vi.getTimerCount()).toBe(0);
});

test('as many as need to may wait for the end of one work, and nobody is warned', async () => {
  vi.useRealTimers();
  const warnings: Error[] = [];
  const keep = (warning: Error) => void warnings.push(warning);
  process.on('warning', keep);
  const ending = new AbortController();
  const { sleep } = createSystemRuntime();
  const waits = Array.from({ length: 1_000 }, () => sleep(DAY_MS, ending.signal));
  ending.abort();
  await Promise.all(waits);
  // Warnings are told a turn later.
  await new Promise((resolve) => setImmediate(resolve));
  process.off('warning', keep);
  expect(warnings).toEqual([]);
});
