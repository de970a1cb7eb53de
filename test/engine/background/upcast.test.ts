import { describe, expect, test } from 'vitest';
import { setup } from 'xstate';
import { z } from 'zod';
import {
  defineApp,
  defineEvent,
  definePolicy,
  type PolicyMessages,
  sends,
} from '../../../src/define/index.ts';
import {
  type commands,
  deskApp,
  deskOf,
  onWritten,
  sendsEach,
  stamp,
} from '../../support/desk/index.ts';
import { Office } from './office.ts';

/** The code that recorded what is to be read later: its policy cannot do anything yet. */
const older = deskApp([
  definePolicy({
    name: 'toned',
    machine: sendsEach('unfinished', () => {
      throw new Error('this code cannot do it');
    }),
    on: onWritten,
    attempts: 2,
  }),
]);

/** The code of today: a text has a tone, and those that had none are plain. */
function newer(upcast: (data: object) => object) {
  const Written = defineEvent({
    schema: z.object({ desk: z.string(), text: z.string(), tone: z.string() }),
    version: 2,
    upcast: { 1: (data) => upcast(z.record(z.string(), z.string()).parse(data)) as never },
  });
  // The old code's desks had a switch that nobody needs any more.
  const desk = deskOf(Written, (said) => ({ ...said, tone: 'loud' }));
  const on = { Written };
  const toned = setup({
    types: { context: {} as object, events: {} as PolicyMessages<typeof on> },
    actions: { send: sends<typeof commands>() },
  }).createMachine({
    id: 'toned',
    context: {},
    on: {
      Written: {
        actions: {
          type: 'send',
          params: ({ event: { data } }) => stamp('stamps', `${data.text}, ${data.tone}`),
        },
      },
    },
  });
  return defineApp({
    aggregates: [desk],
    policies: [definePolicy({ name: 'toned', machine: toned, on, attempts: 2 })],
  });
}

describe('a dead letter of an older version of its event', () => {
  test('is upcast when it is tried again', async () => {
    const office = await Office.open(older);
    await office.write('a', 'hello');
    await office.idle();
    expect(await office.letter()).toMatchObject({ message: { recorded: { version: 1 } } });
    await office.node.stop();
    await office.join(newer((data) => ({ ...data, tone: 'plain' })));
    await office.settle('retry', await office.letter());
    await office.idle();
    expect(await office.letters()).toEqual([]);
    expect(await office.stamps()).toEqual(['hello, plain']);
  });

  test('is parked again while its upcaster throws', async () => {
    const office = await Office.open(older);
    await office.write('a', 'hello');
    await office.idle();
    await office.node.stop();
    await office.join(
      newer(() => {
        throw new Error('what tone?');
      }),
    );
    await office.settle('retry', await office.letter());
    await office.idle();
    expect(await office.letter()).toMatchObject({ error: 'Error: what tone?', attempts: 2 });
    expect(await office.stamps()).toEqual([]);
  });
});

test('an event of a newer version than the code knows waits for code that does, however long', async () => {
  const app = newer((data) => data);
  const office = await Office.open(app);
  await office.node.stop();
  await office.write('a', 'hello');
  const old = await office.join(older);
  await office.until(async () => (await office.figures('toned')).retrying === 1);
  // More tries than it has attempts.
  const end = office.time.now() + 120_000;
  await office.until(() => office.time.now() > end, 1_000);
  expect(await office.letters()).toEqual([]);
  await old.stop();
  await office.join(app);
  await office.idle();
  expect(await office.stamps()).toEqual(['hello, loud']);
});
