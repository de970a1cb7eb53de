import { expect, test } from 'vitest';
import { age, exactly } from '../../src/inspector/protocol.ts';

test.each([
  [0, '0 ms', '0 ms'],
  [30, '30 ms', '30 ms'],
  [1_500, '1 s', '1 s 500 ms'],
  [60_000, '1 min', '1 min'],
  [90_000, '1 min 30 s', '1 min 30 s'],
  [3_600_000, '1 h', '1 h'],
  [3_630_000, '1 h', '1 h 30 s'],
  [7_140_000, '1 h 59 min', '1 h 59 min'],
  [93_784_005, '1 d 2 h', '1 d 2 h 3 min 4 s 5 ms'],
])('%d ms lasts %s, exactly %s', (ms, roughly, all) => {
  expect(age(ms)).toBe(roughly);
  expect(exactly(ms)).toBe(all);
});
