import { describe, expect, onTestFailed, test } from 'vitest';
import type { Method } from '../support/faulty-store.ts';
import { NOWHERE, PAYMENT_LIMIT_MS } from '../support/order/index.ts';
import type { NodeFate, SimulatedNode } from '../support/simulated-nodes.ts';
import { FULFILLED, NOT_PAID, NOT_SHIPPED, Shop } from './shop.ts';

/** The calls by which anything comes about. */
const WRITES: ReadonlySet<Method> = new Set(['commit', 'step', 'transfer']);

/** One order from its beginning to its end. */
interface Scenario {
  readonly country: string;
  /** How often the bank fails first. */
  readonly failures: { readonly charge: number; readonly refund: number };
  /** Whether the time limit passes. */
  readonly expires: boolean;
  readonly story: object;
  readonly moved: readonly string[];
}

const SCENARIOS: Record<string, Scenario> = {
  'that is paid at the third try and shipped': {
    country: 'NL',
    failures: { charge: 2, refund: 0 },
    expires: false,
    story: FULFILLED,
    moved: ['charge 20'],
  },
  'that no carrier takes': {
    country: NOWHERE,
    failures: { charge: 0, refund: 1 },
    expires: false,
    story: NOT_SHIPPED,
    moved: ['charge 20', 'refund 20'],
  },
  'that nobody pays': {
    country: 'NL',
    failures: { charge: 1_000, refund: 0 },
    expires: true,
    story: NOT_PAID,
    moved: [],
  },
};

/**
 * Plays a scenario whose first node meets `atCall` at every write.
 * @param others how many nodes there are beside it from the start
 * @returns how many writes the first node made
 */
async function play(
  scenario: Scenario,
  others: number,
  atCall: (nth: number, node: SimulatedNode) => NodeFate,
): Promise<number> {
  const shop = await Shop.closed();
  Object.assign(shop.bank.failures, scenario.failures);
  const node = await shop.join();
  for (let other = 0; other < others; other++) await shop.join();
  // Each has its share.
  await shop.nodes.time.advance(2_500);
  let writes = 0;
  node.fate = (method) => (WRITES.has(method) ? atCall(++writes, node) : 'answered');
  await shop.order({ country: scenario.country });
  // A dead node is replaced, sooner or later.
  await shop.nodes.time.advance(2_000);
  await shop.join();
  await shop.idle();
  if (scenario.expires) {
    await shop.nodes.time.jump(PAYMENT_LIMIT_MS);
    await shop.idle();
  }
  expect(await shop.story()).toEqual(scenario.story);
  expect(shop.bank.moved).toEqual(scenario.moved);
  await shop.expectAtRest();
  return writes;
}

describe.each(Object.entries(SCENARIOS))('an order %s', (_, scenario) => {
  const endings: [string, number, (node: SimulatedNode) => NodeFate][] = [
    ['its only node dies before any of its writes', 0, () => 'dies before'],
    ['its only node dies after any of its writes', 0, () => 'dies after'],
    ['one of two nodes dies before any of its writes', 1, () => 'dies before'],
    ['one of two nodes dies after any of its writes', 1, () => 'dies after'],
    [
      'one of two nodes hands over at any of its writes',
      1,
      (node) => {
        void node.engine.drain();
        return 'answered';
      },
    ],
  ];
  test.each(endings)('comes to the same if %s', async (_, others, ending) => {
    const writes = await play(scenario, others, () => 'answered');
    expect(writes).toBeGreaterThan(others === 0 ? 12 : 3);
    let reached = 0;
    onTestFailed(() => console.error(`at write ${reached} of ${writes}`));
    for (reached = 1; reached <= writes; reached++) {
      await play(scenario, others, (nth, node) => (nth === reached ? ending(node) : 'answered'));
    }
  });
});
