/**
 * Mistakes that must not compile: `tsc` fails where one of the `@ts-expect-error` lines has no
 * error left. Each mistake stands beside the right form of the same definition.
 */

import { describe, expect, expectTypeOf, it } from 'vitest';
import { assign, emit, setup } from 'xstate';
import { z } from 'zod';
import {
  defineAggregate,
  defineCollection,
  defineCommand,
  defineEvent,
  defineRejection,
  defineView,
  type Emitted,
  type Entry,
  entry,
  type Messages,
  noEffect,
  put,
  remove,
  size,
  view,
} from '../../src/define/index.ts';

const shelfView = defineView({ aggregate: 'shelf', schema: z.object({ open: z.boolean() }) });
const books = defineCollection({
  aggregate: 'shelf',
  name: 'books',
  value: z.object({ title: z.string() }),
});
const readers = defineCollection({ aggregate: 'shelf', name: 'readers' });

const PlaceBook = defineCommand({
  summary: 'Places a book.',
  schema: z.strictObject({ shelfId: z.string(), isbn: z.string(), title: z.string() }),
  target: (data) => data.shelfId,
  facts: (data) => ({
    book: entry(books, data.shelfId, data.isbn),
    count: size(books, data.shelfId),
    neighbour: view(shelfView, 'next'),
  }),
  claims: (data) => ({ isbn: data.isbn }),
});
const commands = { PlaceBook };
const events = {
  BookPlaced: defineEvent({
    schema: z.object({ isbn: z.string(), title: z.string(), at: z.string() }),
  }),
  PlacingRefused: defineRejection({ schema: z.object({ reason: z.enum(['Full', 'Closed']) }) }),
};
type ShelfCommand = Messages<typeof commands>;
type ShelfEvent = Emitted<typeof events>;

const types = {
  context: {} as { isbn: string | null },
  events: {} as ShelfCommand,
  emitted: {} as ShelfEvent,
};
const shelf = setup({
  types,
  guards: { isThere: ({ event }) => event.facts.book !== null },
  actions: {
    noEffect,
    bookPlaced: emit(({ event }) => ({
      type: 'BookPlaced',
      data: { isbn: event.data.isbn, title: event.data.title, at: event.meta.at },
    })),
    keep: assign(({ event }) => ({ isbn: event.data.isbn })),
  },
});
const machine = shelf.createMachine({
  context: { isbn: null },
  on: { PlaceBook: [{ guard: 'isThere', actions: 'noEffect' }, { actions: 'bookPlaced' }] },
});

const parts = {
  type: 'shelf',
  machine,
  commands,
  events,
  view: { definition: shelfView, of: () => ({ open: true }) },
  claims: {
    isbn: {
      normalize: (value: string) => value,
      held: ({ context }: { context: { isbn: string | null } }) => context.isbn,
    },
  },
  collections: { books, readers },
} as const;

describe('what a machine sees', () => {
  it('is the command with its facts, claims and meta', () => {
    expectTypeOf<ShelfCommand['facts']>().toEqualTypeOf<{
      readonly book: Entry<{ title: string }> | null;
      readonly count: number;
      readonly neighbour: { open: boolean } | null;
    }>();
    expectTypeOf<ShelfCommand['claims']>().toEqualTypeOf<{ readonly isbn: 'granted' | 'taken' }>();
    expectTypeOf<ShelfCommand['data']>().toEqualTypeOf<{
      shelfId: string;
      isbn: string;
      title: string;
    }>();
  });

  it('has no fact, claim or field that the command does not declare', () => {
    setup({
      types,
      guards: {
        // @ts-expect-error no such fact
        fact: ({ event }) => event.facts.bok !== null,
        // @ts-expect-error no such claim
        claim: ({ event }) => event.claims.title === 'taken',
        // @ts-expect-error no such field
        field: ({ event }) => event.data.name === '',
        // @ts-expect-error no such answer
        answer: ({ event }) => event.claims.isbn === 'refused',
      },
    });
  });

  it('names guards and actions that there are', () => {
    const unknownNames = () => {
      // @ts-expect-error no such guard
      shelf.createMachine({ context: { isbn: null }, on: { PlaceBook: { guard: 'isGone' } } });
      // @ts-expect-error no such action
      shelf.createMachine({ context: { isbn: null }, on: { PlaceBook: { actions: 'lose' } } });
      // @ts-expect-error no such command
      shelf.createMachine({ context: { isbn: null }, on: { PlaceBok: { actions: 'noEffect' } } });
    };
    expect(unknownNames).toBeTypeOf('function');
  });
});

describe('what a machine emits', () => {
  it('is a declared event with its data', () => {
    setup({
      types,
      actions: {
        // @ts-expect-error no such event
        name: emit({ type: 'BookPlacd', data: { isbn: '', title: '', at: '' } }),
        // @ts-expect-error a field is missing
        missing: emit({ type: 'BookPlaced', data: { isbn: '', title: '' } }),
        // @ts-expect-error a field has another type
        type: emit(() => ({ type: 'BookPlaced', data: { isbn: 1, title: '', at: '' } })),
        // @ts-expect-error no such reason
        reason: emit({ type: 'PlacingRefused', data: { reason: 'Lost' } }),
      },
    });
  });

  it('is refused where the aggregate does not declare it', () => {
    const { BookPlaced } = events;
    const undeclared = () =>
      // @ts-expect-error the machine emits PlacingRefused too
      defineAggregate({ ...parts, events: { BookPlaced } });
    expect(undeclared).toBeTypeOf('function');
  });
});

describe('an aggregate', () => {
  it('compiles where everything fits', () => {
    const definition = defineAggregate({
      ...parts,
      folds: {
        books: { BookPlaced: ({ isbn, title, at }) => put(isbn, at, { title }) },
        readers: { BookPlaced: ({ isbn }) => remove(isbn) },
      },
    });
    expect(definition.type).toBe('shelf');
  });

  it('has a machine that takes every command', () => {
    const Burn = defineCommand({
      summary: 'Burns a book.',
      schema: z.strictObject({ shelfId: z.string() }),
      target: (data) => data.shelfId,
    });
    const unknownCommand = () =>
      // @ts-expect-error the machine knows no Burn
      defineAggregate({ ...parts, commands: { ...commands, Burn } });
    expect(unknownCommand).toBeTypeOf('function');
  });

  it('fetches every fact that its machine reads', () => {
    const WithoutFacts = defineCommand({
      summary: 'Places a book.',
      schema: z.strictObject({ shelfId: z.string(), isbn: z.string(), title: z.string() }),
      target: (data) => data.shelfId,
      claims: (data) => ({ isbn: data.isbn }),
    });
    const missingFacts = () =>
      // @ts-expect-error the machine reads facts that the command does not fetch
      defineAggregate({ ...parts, commands: { PlaceBook: WithoutFacts } });
    expect(missingFacts).toBeTypeOf('function');
  });

  it('takes a target and facts of the command’s own data only', () => {
    const schema = z.strictObject({ shelfId: z.string() });
    // @ts-expect-error no such field
    const target = () => defineCommand({ summary: '', schema, target: (data) => data.id });
    const facts = () =>
      defineCommand({
        summary: '',
        schema,
        target: (data) => data.shelfId,
        // @ts-expect-error no such field
        facts: (data) => ({ book: entry(books, data.shelf, '') }),
      });
    expect([target, facts]).toHaveLength(2);
  });

  it('folds declared events into declared collections, with their values', () => {
    const wrongFolds = () => [
      // @ts-expect-error no such event
      defineAggregate({ ...parts, folds: { books: { BookLost: () => null } } }),
      // @ts-expect-error no such collection
      defineAggregate({ ...parts, folds: { bokks: { BookPlaced: () => null } } }),
      defineAggregate({
        ...parts,
        // @ts-expect-error an entry of books has a title
        folds: { books: { BookPlaced: ({ isbn, at }) => put(isbn, at) } },
      }),
      defineAggregate({
        ...parts,
        // @ts-expect-error the title is a text
        folds: { books: { BookPlaced: ({ isbn, at }) => put(isbn, at, { title: 1 }) } },
      }),
      defineAggregate({
        ...parts,
        // @ts-expect-error an entry of readers has no value
        folds: { readers: { BookPlaced: ({ isbn, at }) => put(isbn, at, { title: '' }) } },
      }),
      defineAggregate({
        ...parts,
        // @ts-expect-error the event has no such field
        folds: { books: { BookPlaced: ({ name }) => remove(name) } },
      }),
    ];
    expect(wrongFolds).toBeTypeOf('function');
  });

  it('declares exactly the claims that its commands name', () => {
    const { isbn } = parts.claims;
    const wrongClaims = () => [
      // @ts-expect-error PlaceBook claims an isbn
      defineAggregate({ ...parts, claims: {} }),
      // @ts-expect-error PlaceBook claims an isbn
      defineAggregate({ ...parts, claims: undefined }),
      // @ts-expect-error no command claims a title
      defineAggregate({ ...parts, claims: { isbn, title: isbn } }),
      defineAggregate({
        ...parts,
        // @ts-expect-error the context has no such field
        claims: { isbn: { normalize: (value) => value, held: ({ context }) => context.title } },
      }),
    ];
    expect(wrongClaims).toBeTypeOf('function');
  });

  it('has a view as its schema says', () => {
    const wrongViews = () => [
      defineAggregate({
        ...parts,
        // @ts-expect-error open is a yes or no
        view: { definition: shelfView, of: () => ({ open: 'yes' }) },
      }),
      // @ts-expect-error open is missing
      defineAggregate({ ...parts, view: { definition: shelfView, of: () => ({}) } }),
    ];
    expect(wrongViews).toBeTypeOf('function');
  });
});

describe('an event', () => {
  it('that refuses has a reason', () => {
    // @ts-expect-error no reason
    const noReason = () => defineRejection({ schema: z.object({ isbn: z.string() }) });
    expect(noReason).toBeTypeOf('function');
  });
});
