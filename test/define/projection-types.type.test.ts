/**
 * Mistakes in projections that must not compile, beside the right form of each: `tsc` fails where
 * one of the `@ts-expect-error` lines has no error left.
 */

import { describe, expect, expectTypeOf, it } from 'vitest';
import { z } from 'zod';
import {
  type CollectionDefinition,
  defineEvent,
  defineProjection,
  defineReadModel,
  put,
  remove,
} from '../../src/define/index.ts';

const BookLost = defineEvent({ schema: z.object({ shelfId: z.string(), isbn: z.string() }) });
const ShelfClosed = defineEvent({ schema: z.object({ shelfId: z.string() }) });
const on = { BookLost };

describe('a projection', () => {
  const model = defineReadModel('lost', z.object({ isbn: z.string() }));
  const bare = defineReadModel('closed');
  const spec = { name: 'lost', model, on } as const;

  it('folds every event into entries of its read model', () => {
    expectTypeOf(model).toEqualTypeOf<CollectionDefinition<{ isbn: string }>>();
    const change = (isbn: string) => put(isbn, 'now', { isbn });
    expect(
      defineProjection({
        ...spec,
        folds: {
          BookLost: ({ shelfId, isbn }, { occurredAt }) => [
            { owner: shelfId, change: put(isbn, occurredAt, { isbn }) },
            { owner: shelfId, change: remove(isbn) },
            { owner: shelfId, change: change(isbn) },
          ],
        },
      }).model,
    ).toBe(model);
    expect(bare).toEqual({
      kind: 'collection',
      aggregate: '~closed',
      name: 'entries',
      value: null,
    });
  });

  it('cannot fold otherwise', () => {
    const mistakes = () => [
      defineProjection({
        ...spec,
        // @ts-expect-error an entry has an isbn
        folds: { BookLost: ({ isbn }) => [{ owner: '', change: put(isbn, '') }] },
      }),
      defineProjection({
        ...spec,
        // @ts-expect-error the isbn is a text
        folds: { BookLost: ({ isbn }) => [{ owner: '', change: put(isbn, '', { isbn: 1 }) }] },
      }),
      defineProjection({
        ...spec,
        model: bare,
        // @ts-expect-error an entry carries nothing
        folds: { BookLost: ({ isbn }) => [{ owner: '', change: put(isbn, '', { isbn }) }] },
      }),
      // @ts-expect-error ShelfClosed has no fold
      defineProjection({ ...spec, on: { BookLost, ShelfClosed }, folds: { BookLost: () => [] } }),
      // @ts-expect-error the event has no such field
      defineProjection({ ...spec, folds: { BookLost: ({ title }) => [title] } }),
      // @ts-expect-error no such event is taken
      defineProjection({ ...spec, folds: { BookLost: () => [], ShelfClosed: () => [] } }),
    ];
    expect(mistakes).toBeTypeOf('function');
  });
});
