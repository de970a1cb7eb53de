import { setImmediate as nextTurn } from 'node:timers/promises';
import { expect, onTestFinished, test } from 'vitest';
import { createFakeTime } from '../../src/testing/fake-time.ts';

test('however many wait for one end, nothing is warned of, and all go on at it', async () => {
  const warnings: Error[] = [];
  const onWarning = (warning: Error) => void warnings.push(warning);
  process.on('warning', onWarning);
  onTestFinished(() => void process.off('warning', onWarning));
  const runtime = createFakeTime().runtime();
  const ending = new AbortController();
  const waits = Array.from({ length: 50 }, () => runtime.sleep(1_000, ending.signal));
  await nextTurn();
  ending.abort();
  await Promise.all(waits);
  expect(warnings).toEqual([]);
});
