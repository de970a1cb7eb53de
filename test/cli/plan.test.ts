import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type Batch, plan } from '../../src/cli/plan.ts';
import { between, type History, type Step } from '../../src/cli/steps.ts';
import { SEED } from '../faults/seed.ts';

const step = fc
  .record({
    from: fc.integer({ min: 0, max: 4 }),
    to: fc.integer({ min: 0, max: 4 }),
    type: fc.constantFrom('FollowAccount', 'BlockAccount', 'UnblockAccount', 'RemoveFollower'),
  })
  .map(
    ({ from, to, type }) =>
      (key: string) =>
        between(key, type, `p${from}`, `p${to}`),
  );
const history = fc.array(fc.array(step, { maxLength: 60 }), { maxLength: 3 }).map(
  (phases): History => ({
    id: 'h',
    phases: phases.map((phase, n) => phase.map((make, index) => make(`${n}:${index}`))),
  }),
);
const limits = fc.record({
  batchSteps: fc.integer({ min: 1, max: 9 }),
  inFlight: fc.integer({ min: 1, max: 4 }),
});

/** Where each step was placed. */
function places(batches: readonly Batch[]): Map<Step, number> {
  return new Map(batches.flatMap((batch, index) => batch.map((each) => [each, index] as const)));
}

test('every step is in one batch, and no batch is too large', () => {
  fc.assert(
    fc.property(history, limits, (made, given) => {
      const batches = plan(made, given);
      const planned = batches.flat().map(({ key }) => key);
      expect(planned.toSorted()).toEqual(
        made.phases
          .flat()
          .map(({ key }) => key)
          .toSorted(),
      );
      expect(Math.max(0, ...batches.map((batch) => batch.length))).toBeLessThanOrEqual(
        given.batchSteps,
      );
    }),
    { seed: SEED },
  );
});

test('steps of one pair and different types keep their order and are never on their way together', () => {
  fc.assert(
    fc.property(history, limits, (made, given) => {
      const at = places(plan(made, given));
      for (const phase of made.phases) {
        for (const [index, later] of phase.entries()) {
          for (const earlier of phase.slice(0, index)) {
            if (earlier.pair !== later.pair || earlier.type === later.type) continue;
            const distance = (at.get(later) ?? 0) - (at.get(earlier) ?? 0);
            expect(distance).toBeGreaterThanOrEqual(given.inFlight);
          }
        }
      }
    }),
    { seed: SEED },
  );
});

test('a phase begins after all of the one before was acknowledged', () => {
  fc.assert(
    fc.property(history, limits, (made, given) => {
      const at = places(plan(made, given));
      for (const [index, phase] of made.phases.entries()) {
        const ends = made.phases
          .slice(0, index)
          .flat()
          .map((each) => at.get(each) ?? 0);
        const begins = phase.map((each) => at.get(each) ?? 0);
        if (ends.length === 0 || begins.length === 0) continue;
        expect(Math.min(...begins) - Math.max(...ends)).toBeGreaterThanOrEqual(given.inFlight);
      }
    }),
    { seed: SEED },
  );
});

test('without pairs that meet, batches are full and in order', () => {
  const steps = Array.from({ length: 10 }, (_, n) =>
    between(`${n}`, 'FollowAccount', 'a', `b${n}`),
  );
  const batches = plan({ id: 'h', phases: [steps] }, { batchSteps: 4, inFlight: 2 });
  expect(batches).toEqual([steps.slice(0, 4), steps.slice(4, 8), steps.slice(8)]);
});

test('a pair that turns back and forth ten thousand times is planned at once', () => {
  const steps = Array.from({ length: 10_000 }, (_, n) =>
    between(`${n}`, n % 2 === 0 ? 'BlockAccount' : 'UnblockAccount', 'a', 'b'),
  );
  const batches = plan({ id: 'h', phases: [steps] }, { batchSteps: 100, inFlight: 2 });
  expect(batches.filter((batch) => batch.length > 0)).toEqual(steps.map((each) => [each]));
});
