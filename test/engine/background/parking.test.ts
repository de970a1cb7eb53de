import { describe, expect, test } from 'vitest';
import { assign, setup } from 'xstate';
import { z } from 'zod';
import {
  defineCollection,
  definePolicy,
  type PolicyFactsAsked,
  type PolicyMessages,
  page,
  sends,
} from '../../../src/define/index.ts';
import { partitionOf } from '../../../src/engine/address.ts';
import {
  type commands,
  deskApp,
  events,
  type onAll,
  onWritten,
  stamp,
  stampOnce,
  writing,
} from '../../support/desk/index.ts';
import { Office } from './office.ts';

/** What throws on the text `poison` until it is mended. */
const broken = { isBroken: false };

function stampUnbroken(text: string) {
  if (broken.isBroken && text === 'poison') throw new Error('the policy is broken');
  return stamp('stamps', text);
}

/** Stamps only what comes after the desk was sealed. */
const inOrder = setup({
  types: { context: {} as object, events: {} as PolicyMessages<typeof onAll> },
  actions: { send: sends<typeof commands>() },
}).createMachine({
  id: 'inOrder',
  context: {},
  initial: 'open',
  states: {
    open: { on: { Sealed: 'sealed' } },
    sealed: {
      on: {
        Written: {
          actions: { type: 'send', params: ({ event }) => stampUnbroken(event.data.text) },
        },
      },
    },
  },
});

describe('an event that no state handles', () => {
  const { Written, Sealed } = events;
  const policy = definePolicy({
    name: 'in-order',
    machine: inOrder,
    on: { Written, Sealed },
    correlate: 'actor',
    attempts: 2,
  });

  test('is parked at once, alone: what comes after it goes on', async () => {
    const office = await Office.open(deskApp([policy]));
    await office.write('a', 'early');
    await office.seal('a');
    await office.write('a', 'late');
    await office.idle();
    const letter = await office.letter();
    expect(letter).toMatchObject({ kind: 'event', type: 'Written', attempts: 1, waiting: 0 });
    expect(letter.error).toBe('NotHandled: "open" has no rule for it');
    expect(letter.message).toMatchObject({ recorded: { data: { text: 'early' } } });
    expect(await office.stamps()).toEqual(['late']);
  });

  test('is taken when it is tried again in a state that does, though later ones were taken', async () => {
    const office = await Office.open(deskApp([policy]));
    await office.write('a', 'early');
    await office.seal('a');
    await office.write('a', 'late');
    await office.idle();
    await office.settle('retry', await office.letter());
    await office.idle();
    expect(await office.letters()).toEqual([]);
    expect(await office.stamps()).toEqual(['late', 'early']);
  });

  test('waits, when it is tried again, behind those that wait already', async () => {
    broken.isBroken = true;
    const office = await Office.open(deskApp([policy]));
    await office.write('a', 'early');
    await office.idle();
    const early = await office.letter();
    await office.seal('a');
    await office.write('a', 'poison', 'behind');
    await office.idle();
    await office.settle('retry', early);
    await office.idle();
    expect(await office.letter()).toMatchObject({ attempts: 2, waiting: 2 });
    broken.isBroken = false;
    await office.settle('retry', await office.letter());
    await office.idle();
    expect(await office.stamps()).toEqual(['poison', 'behind', 'early']);
    expect(await office.rows('queue/in-order')).toBe(0);
  });

  test('makes no instance', async () => {
    const office = await Office.open(deskApp([policy]));
    await office.write('a', 'early');
    await office.idle();
    expect(await office.instances('in-order')).toEqual({});
    await office.settle('discard', await office.letter());
    expect(await office.letters()).toEqual([]);
    expect(await office.rows('instance/in-order')).toBe(0);
  });
});

describe('a correlation that throws', () => {
  function byDesk() {
    const broken = { isBroken: true };
    const policy = definePolicy({
      name: 'by-text',
      machine: writing.createMachine({
        id: 'each',
        context: { text: '' },
        on: {
          Written: {
            actions: [
              assign({ text: ({ context }) => `${context.text}|` }),
              { type: 'send', params: ({ event }) => stamp('stamps', event.data.text) },
            ],
          },
        },
      }),
      on: onWritten,
      correlate: ({ data: { desk, text } }) => {
        if (broken.isBroken && text.startsWith('bad')) throw new Error('whose is it?');
        return desk;
      },
    });
    return { broken, policy };
  }

  test('parks its event alone, without an instance', async () => {
    const { policy } = byDesk();
    const office = await Office.open(deskApp([policy]));
    await office.write('a', 'bad', 'good');
    await office.idle();
    expect(await office.letter()).toMatchObject({
      instance: '',
      kind: 'event',
      error: 'Error: whose is it?',
      attempts: 1,
      waiting: 0,
    });
    expect(await office.stamps()).toEqual(['good']);
  });

  test.each(['here', 'in another partition'])(
    'has its event taken once when it is mended, though later ones were, by an instance %s',
    async (where) => {
      // Of several desks, some instances live in their desk's partition, and some elsewhere.
      const partitions = where === 'here' ? 1 : 8;
      const { policy, broken } = byDesk();
      const office = await Office.open(deskApp([policy]), { partitions });
      const desks = ['a', 'b', 'c', 'd'];
      for (const desk of desks) await office.write(desk, `bad ${desk}`, `good ${desk}`);
      await office.idle();
      broken.isBroken = false;
      for (const letter of await office.letters()) await office.settle('retry', letter);
      await office.idle();
      expect(await office.letters()).toEqual([]);
      const all = desks.flatMap((desk) => [`bad ${desk}`, `good ${desk}`]);
      expect((await office.stamps()).toSorted()).toEqual(all.toSorted());
    },
  );

  test('has its event cross once, though the node dies between that and its own step', async () => {
    const { policy, broken } = byDesk();
    const office = await Office.open(deskApp([policy]), { partitions: 8 });
    await office.write('a', 'bad', 'good');
    await office.idle();
    broken.isBroken = false;
    const { id } = await office.letter();
    const { engine } = office.counter;
    let hasCrossed = false;
    office.node.fate = (method, [step]) => {
      if (method === 'transfer') hasCrossed = true;
      const tables = method === 'step' ? JSON.stringify(step) : '';
      // Its instance takes it all the same, before the letter is gone.
      return hasCrossed && tables.includes('dead/by-text') && tables.includes('"retry:')
        ? 'request lost'
        : 'answered';
    };
    await office.nodes.run(engine.retryDeadLetter(id));
    expect(hasCrossed).toBe(true);
    expect(await office.stamps()).toEqual(['good', 'bad']);
    office.node.crash();
    await office.join();
    await office.idle();
    expect(await office.stamps()).toEqual(['good', 'bad']);
    expect(await office.contexts('by-text')).toEqual({ a: { text: '||' } });
    expect(await office.letters()).toEqual([]);
  });

  test('holds nobody up while its event cannot get to where it belongs', async () => {
    const { policy, broken } = byDesk();
    const partitions = 8;
    const office = await Office.open(deskApp([policy]), { partitions });
    const source = partitionOf('desk:a', partitions);
    expect(partitionOf('by-text/a', partitions)).not.toBe(source);
    const neighbour = Array.from({ length: 1_000 }, (_, number) => `desk${number}`).find((desk) =>
      [`desk:${desk}`, `by-text/${desk}`].every((key) => partitionOf(key, partitions) === source),
    );
    if (neighbour === undefined) throw new Error('there is no such desk');
    await office.write('a', 'bad');
    await office.idle();
    broken.isBroken = false;
    const target = partitionOf('by-text/a', partitions);
    office.node.fate = (method, [transfer]) =>
      method === 'transfer' && partitionIn(transfer) === target ? 'refused' : 'answered';
    const { id } = await office.letter();
    expect(await office.nodes.run(office.counter.engine.retryDeadLetter(id))).toBe('pending');
    await office.write(neighbour, 'good');
    await office.time.advance(1_000);
    expect(await office.stamps()).toEqual(['good']);
    office.node.fate = () => 'answered';
    await office.idle();
    expect(await office.stamps()).toEqual(['good', 'bad']);
  });

  test('is parked again while it is not mended, and discarded like any other', async () => {
    const { policy } = byDesk();
    const office = await Office.open(deskApp([policy]));
    await office.write('a', 'bad');
    await office.idle();
    await office.settle('retry', await office.letter());
    await office.settle('discard', await office.letter());
    await office.idle();
    expect(await office.letters()).toEqual([]);
    expect(await office.stamps()).toEqual([]);
  });
});

function partitionIn(transfer: unknown): number {
  return z.looseObject({ partition: z.int() }).parse(transfer).partition;
}

describe('facts that cannot be had', () => {
  const list = defineCollection({ aggregate: 'desk', name: 'list' });

  function asking(facts: (text: string) => PolicyFactsAsked) {
    return definePolicy({
      name: 'asking',
      machine: stampOnce,
      on: onWritten,
      attempts: 3,
      facts: (message) =>
        message.type === 'Written' && message.data !== undefined && 'text' in message.data
          ? facts(message.data.text)
          : {},
    });
  }

  test.each<[string, (text: string) => PolicyFactsAsked]>([
    [
      'since their function throws',
      (text) => {
        if (text === 'bad') throw new Error('what is there to know?');
        return {};
      },
    ],
    [
      'since no store could give them',
      (text) =>
        text === 'bad'
          ? { list: page(list, 'a', { limit: 1, after: { since: 'yesterday', key: 'x' } }) }
          : {},
    ],
  ])('%s, park their message and no other', async (_, facts) => {
    const office = await Office.open(deskApp([asking(facts)]), { partitions: 1 });
    await office.write('a', 'good', 'bad', 'also good');
    await office.idle();
    expect(await office.letter()).toMatchObject({ kind: 'event', attempts: 3, waiting: 0 });
    expect((await office.stamps()).toSorted()).toEqual(['also good', 'good']);
  });
});
