/** What random background work is made of. */
import fc from 'fast-check';

/** Of rows and of entries. */
export const KEYS = ['0', '1', '2', '3', '4'];

const small = fc.nat({ max: 3 });
const key = fc.constantFrom(...KEYS);
/** The first table has given orders, the second the next ones. */
const tableIndex = fc.nat({ max: 1 });
const rows = fc.uniqueArray(
  fc.record({
    table: tableIndex,
    key,
    body: fc.option(small, { freq: 3 }),
    order: fc.option(small, { freq: 4 }),
  }),
  { maxLength: 4, selector: (write) => `${write.table} ${write.key}` },
);
const entries = fc.array(
  fc.record({ owner: fc.nat({ max: 1 }), key, at: fc.option(small), value: fc.option(small) }),
  { maxLength: 3 },
);
/** One thing that background work does. */
export const action = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant('step' as const),
      /** A new one, the one before sent once more, or one of a former holder. */
      turn: fc.constantFrom('new', 'new', 'new', 'again', 'fenced'),
      /** By subscriber: how far it moves, and whether from where it stands. */
      moves: fc.array(fc.record({ by: small, isStale: fc.boolean() }), { maxLength: 2 }),
      rows,
    }),
  },
  fc.record({
    kind: fc.constant('post' as const),
    expected: fc.uniqueArray(
      fc.record({ table: tableIndex, key, isRight: fc.constantFrom(true, true, true, false) }),
      { maxLength: 2, selector: (each) => `${each.table} ${each.key}` },
    ),
    rows,
  }),
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant('transfer' as const),
      cursor: fc.nat({ max: 1 }),
      from: fc.nat({ max: 20 }),
      items: fc.array(fc.record({ rows, entries }), { maxLength: 3 }),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant('append' as const),
      actor: fc.nat({ max: 1 }),
      records: small,
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant('trim' as const),
      /** So many records before the head, or behind it. */
      before: fc.integer({ min: -1, max: 5 }),
    }),
  },
  fc.record({
    kind: fc.constant('subscribe' as const),
    index: fc.nat({ max: 1 }),
    from: fc.constantFrom('head' as const, 'beginning' as const),
  }),
  fc.record({ kind: fc.constant('unsubscribe' as const), index: fc.nat({ max: 1 }) }),
  fc.record({
    kind: fc.constant('clear' as const),
    owner: fc.nat({ max: 1 }),
    limit: fc.integer({ min: 1, max: 3 }),
  }),
  fc.record({
    kind: fc.constant('trail' as const),
    actor: fc.nat({ max: 1 }),
    from: fc.option(fc.nat({ max: 8 })),
    limit: fc.integer({ min: 1, max: 4 }),
  }),
  fc.record({ kind: fc.constant('scan' as const), table: tableIndex, from: small, limit: small }),
  fc.record({ kind: fc.constant('look' as const) }),
);
export type Action = typeof action extends fc.Arbitrary<infer T> ? T : never;
export type Rows = typeof rows extends fc.Arbitrary<infer T> ? T : never;
