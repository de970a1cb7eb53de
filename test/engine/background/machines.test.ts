import { describe, expect, test } from 'vitest';
import { setup } from 'xstate';
import {
  definePolicy,
  type PolicyDefinition,
  type PolicyMessages,
  sends,
} from '../../../src/define/index.ts';
import { type commands, deskApp, onWritten, stamp, stampOnce } from '../../support/desk/index.ts';
import { Office } from './office.ts';

const builder = setup({
  types: {
    context: {} as { kept: unknown; texts: readonly string[] },
    events: {} as PolicyMessages<typeof onWritten>,
  },
  actions: { send: sends<typeof commands>() },
  guards: {
    says: ({ event }, word: string) => event.type === 'Written' && event.data.text === word,
  },
});
const says = (word: string) => ({ type: 'says', params: word }) as const;

/** Breaks a rule for machines at a word, and stamps everything else. */
const wrong = builder
  .createMachine({
    id: 'wrong',
    context: { kept: null, texts: [] },
    initial: 'open',
    states: {
      open: {
        on: {
          Written: [
            { guard: says('date'), actions: builder.assign({ kept: () => new Date(0) }) },
            { guard: says('loop'), target: 'looping' },
            {
              guard: says('mutate'),
              actions: builder.assign({
                texts: ({ context: { texts } }) => {
                  (texts as string[]).push('x');
                  return texts;
                },
              }),
            },
            { guard: says('hundred years'), target: 'waiting' },
            {
              guard: says('nothing'),
              actions: { type: 'send', params: () => ({}) as ReturnType<typeof stamp> },
            },
            { actions: { type: 'send', params: ({ event }) => stamp('stamps', event.data.text) } },
          ],
        },
      },
      // Each asks for the other, for ever.
      looping: { always: 'looped' },
      looped: { always: 'looping' },
      waiting: { after: { centuries: 'open' } },
    },
  })
  .provide({ delays: { centuries: () => 200 * 366 * 24 * 3_600_000 } });

const keeper = (options: Partial<PolicyDefinition> = {}) => ({
  ...definePolicy({
    name: 'wrong',
    machine: wrong,
    on: onWritten,
    correlate: 'actor',
    attempts: 2,
  }),
  ...options,
});

describe('a machine that', () => {
  test.each([
    ['keeps what is not JSON', 'date', 'context.kept: a Date is not JSON'],
    ['loops for ever', 'loop', 'nfinite loop'],
    ['changes its context in place', 'mutate', 'not extensible'],
    ['waits longer than anyone can', 'hundred years', 'is no delay, or longer than 100 years'],
    ['sends nothing', 'nothing', 'it needs the params { command, data }'],
  ])('%s has its message parked, and nobody else suffers', async (_, word, error) => {
    const other = definePolicy({ name: 'other', machine: stampOnce, on: onWritten });
    const office = await Office.open(deskApp([keeper(), other]), { partitions: 1 });
    await office.write('bad', word, 'behind');
    await office.write('good', 'good');
    await office.idle();
    const letter = await office.letter();
    expect(letter).toMatchObject({
      policy: 'wrong',
      instance: 'desk:bad',
      attempts: 2,
      waiting: 1,
    });
    expect(letter.error).toContain(error);
    expect((await office.stamps()).toSorted()).toEqual([word, 'behind', 'good', 'good'].toSorted());
    // It stands as before: the others of its instance can go on without it.
    await office.settle('discard', letter);
    await office.idle();
    expect((await office.stamps()).filter((text) => text === 'behind')).toHaveLength(2);
    expect(await office.instances('wrong')).toEqual({ 'desk:bad': 'open', 'desk:good': 'open' });
  });
});
