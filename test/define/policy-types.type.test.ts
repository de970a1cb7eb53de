/**
 * Mistakes in policies that must not compile, beside the right form of each: `tsc`
 * fails where one of the `@ts-expect-error` lines has no error left.
 */

import { describe, expect, expectTypeOf, it } from 'vitest';
import { assign, setup } from 'xstate';
import { z } from 'zod';
import {
  type BareMessageOf,
  type CommandOutcome,
  defineCollection,
  defineCommand,
  defineEffect,
  defineEvent,
  definePolicy,
  defineReadModel,
  defineView,
  type Entry,
  entry,
  type FactPage,
  heads,
  type InstanceState,
  noEffect,
  type PagePlace,
  type PolicyFactMap,
  type PolicyMessages,
  page,
  passed,
  type ResolvedPolicyFacts,
  sends,
  view,
} from '../../src/define/index.ts';

const shelfView = defineView({ aggregate: 'shelf', schema: z.object({ open: z.boolean() }) });
const books = defineCollection({
  aggregate: 'shelf',
  name: 'books',
  value: z.object({ title: z.string() }),
});
const BookLost = defineEvent({ schema: z.object({ shelfId: z.string(), isbn: z.string() }) });
const ShelfClosed = defineEvent({ schema: z.object({ shelfId: z.string() }) });
const BuyBook = defineCommand({
  summary: 'Buys a book.',
  schema: z.strictObject({ isbn: z.string(), copies: z.int().optional() }),
  target: (data) => data.isbn,
});
const WarnReader = defineCommand({
  summary: 'Warns a reader.',
  schema: z.strictObject({ readerId: z.string() }),
  target: (data) => data.readerId,
});
const commands = { BuyBook, WarnReader };

const on = { BookLost };
const factsOf = (isbn: string) => ({
  shelf: view(shelfView, isbn),
  book: entry(books, 'shelf', isbn),
});
type Messages = PolicyMessages<typeof on, ReturnType<typeof factsOf>>;
interface Context {
  readonly isbn: string | null;
}
const charge = defineEffect({
  run: async ({ input }: { input: { sum: number } }) => ({ receipt: `${input.sum}` }),
});

const types = { context: {} as Context, events: {} as Messages };
const buying = setup({
  types,
  actions: { send: sends<typeof commands>(), noEffect },
  actors: { charge },
  guards: { isOpen: ({ event }) => event.facts.shelf?.open === true },
});
const machine = buying.createMachine({
  context: { isbn: null },
  initial: 'waiting',
  states: {
    waiting: {
      on: {
        BookLost: {
          guard: 'isOpen',
          target: 'paying',
          actions: [
            assign({ isbn: ({ event }) => event.data.isbn }),
            {
              type: 'send',
              params: ({ event }) => ({ command: 'BuyBook', data: { isbn: event.data.isbn } }),
            },
          ],
        },
      },
    },
    paying: { invoke: { src: 'charge', input: { sum: 1 }, onDone: 'done' } },
    done: { type: 'final' },
  },
});
const parts = { name: 'buying', machine, on };

describe('what a policy’s machine sees', () => {
  it('is the event with its facts, and outcomes', () => {
    type Lost = Extract<Messages, { type: 'BookLost' }>;
    expectTypeOf<Lost['data']>().toEqualTypeOf<{ shelfId: string; isbn: string }>();
    expectTypeOf<Lost['facts']>().toEqualTypeOf<{
      readonly shelf: { open: boolean } | null;
      readonly book: Entry<{ title: string }> | null;
    }>();
    expectTypeOf<Exclude<Messages, Lost>>().toEqualTypeOf<CommandOutcome<Lost['facts']>>();
  });

  it('has pages, heads and what a projection has passed', () => {
    const model = defineReadModel('lost', z.object({ isbn: z.string() }));
    const asked = (after: PagePlace | null) => ({
      page: page(model, 'a', { limit: 10, after }),
      heads: heads(),
      passed: passed('lost', [1]),
    });
    expectTypeOf<ResolvedPolicyFacts<ReturnType<typeof asked>>>().toEqualTypeOf<{
      readonly page: FactPage<{ isbn: string }>;
      readonly heads: readonly number[];
      readonly passed: boolean;
    }>();
  });

  it('may lack what is fetched for some messages alone', () => {
    const some = (message: BareMessageOf<typeof on>) =>
      message.type === 'BookLost' ? { shelf: view(shelfView, message.data.shelfId) } : {};
    type Some = ResolvedPolicyFacts<ReturnType<typeof some>>;
    expectTypeOf<Some['shelf']>().toEqualTypeOf<{ open: boolean } | null | undefined>();
    const at = (wanted: boolean) => ({ heads: wanted ? heads() : undefined });
    type At = ResolvedPolicyFacts<ReturnType<typeof at>>;
    expectTypeOf<At['heads']>().toEqualTypeOf<readonly number[] | undefined>();
  });

  it('has no fact or field that is not declared', () => {
    setup({
      types,
      guards: {
        // @ts-expect-error no such fact
        fact: ({ event }) => event.facts.shelv !== null,
        // @ts-expect-error an outcome has no isbn
        field: ({ event }) => event.data.isbn === '',
      },
    });
  });
});

describe('a policy', () => {
  it('compiles where everything fits', () => {
    const definition = definePolicy({
      ...parts,
      correlate: ({ data }) => data.isbn,
      facts: (message, { context }) =>
        factsOf(message.type === 'BookLost' ? message.data.isbn : (context.isbn ?? '')),
    });
    expect(definition.name).toBe('buying');
  });

  it('fetches nothing for a fact that is undefined for the message', () => {
    const some = (message: BareMessageOf<typeof on>) =>
      message.type === 'BookLost' ? { heads: heads() } : { heads: undefined };
    const plain = setup({
      types: { events: {} as PolicyMessages<typeof on, ReturnType<typeof some>> },
      actions: { noEffect },
    }).createMachine({ on: { BookLost: { actions: 'noEffect' } } });
    const { facts } = definePolicy({ name: 'plain', machine: plain, on, facts: some });
    const state: InstanceState = { value: {}, context: {} };
    expect(facts({ type: 'BookLost' }, state)).toEqual({ heads: { kind: 'heads' } });
    expect(facts({ type: 'command.accepted' }, state)).toEqual({});
  });

  it('has a machine that takes every declared event, with its data and facts', () => {
    const Renamed = defineEvent({ schema: z.object({ shelfId: z.string(), book: z.string() }) });
    const facts = () => factsOf('');
    const mistakes = () => [
      // @ts-expect-error the machine knows no ShelfClosed
      definePolicy({ ...parts, on: { BookLost, ShelfClosed }, facts }),
      // @ts-expect-error the machine reads an isbn
      definePolicy({ ...parts, on: { BookLost: Renamed }, facts }),
      // @ts-expect-error the machine reads facts
      definePolicy(parts),
      // @ts-expect-error the machine reads the book too
      definePolicy({ ...parts, facts: () => ({ shelf: view(shelfView, '') }) }),
      // @ts-expect-error the book is no number
      definePolicy({ ...parts, facts: (message) => ({ ...factsOf(message.type), book: heads() }) }),
      // @ts-expect-error the facts are not there for every message
      definePolicy({ ...parts, facts: ({ type }) => (type === 'BookLost' ? factsOf('') : {}) }),
    ];
    expect(mistakes).toBeTypeOf('function');
  });

  it('may say of its facts no more than that they are facts', () => {
    const facts = (): PolicyFactMap => factsOf('');
    expect(definePolicy({ ...parts, facts }).attempts).toBe(8);
  });

  it('correlates and asks by what an event has', () => {
    const facts = () => factsOf('');
    const mistakes = () => [
      // @ts-expect-error no such field
      definePolicy({ ...parts, facts, correlate: ({ data }) => data.readerId }),
      // @ts-expect-error no such way
      definePolicy({ ...parts, facts, correlate: 'shelf' }),
      // @ts-expect-error the context has no such field
      definePolicy({ ...parts, facts: (_message, { context }) => factsOf(context.title) }),
      // @ts-expect-error not every message has an isbn
      definePolicy({ ...parts, facts: ({ data }) => factsOf(data.isbn) }),
      // @ts-expect-error the machine is never in such a state
      definePolicy({ ...parts, facts: (_message, state) => factsOf(`${state.value === 'gone'}`) }),
    ];
    expect(mistakes).toBeTypeOf('function');
  });
});

describe('what a policy’s machine asks for', () => {
  it('is a known command with its body', () => {
    const mistakes = () => [
      buying.createMachine({
        context: { isbn: null },
        // @ts-expect-error no such command
        entry: { type: 'send', params: { command: 'SellBook', data: { isbn: '' } } },
      }),
      buying.createMachine({
        context: { isbn: null },
        // @ts-expect-error a reader is warned by id
        entry: { type: 'send', params: { command: 'WarnReader', data: { isbn: '' } } },
      }),
      buying.createMachine({
        context: { isbn: null },
        // @ts-expect-error the isbn is a text
        entry: { type: 'send', params: () => ({ command: 'BuyBook', data: { isbn: 1 } }) },
      }),
      // @ts-expect-error a command is needed
      buying.createMachine({ context: { isbn: null }, entry: 'send' }),
    ];
    expect(mistakes).toBeTypeOf('function');
  });

  it('is an effect with its input', () => {
    const mistakes = () => [
      // @ts-expect-error no such effect
      buying.createMachine({ context: { isbn: null }, invoke: { src: 'refund' } }),
      // @ts-expect-error the sum is a number
      buying.createMachine({ context: { isbn: null }, invoke: { src: 'charge', input: '1' } }),
    ];
    expect(mistakes).toBeTypeOf('function');
    expectTypeOf(charge).toExtend<{ transition: unknown }>();
  });
});
