import { describe, expect, test } from 'vitest';
import { definePolicy } from '../../../src/define/index.ts';
import type { DeadLetter } from '../../../src/engine/engine.ts';
import { deskApp, onWritten, sendsOnce, stamp, writing } from '../../support/desk/index.ts';
import { Office } from './office.ts';

/** Sends a stamp to a desk without a name: no command that its schema takes. */
const blank = definePolicy({
  name: 'blank',
  machine: sendsOnce('blank', ({ text }) => stamp('', text)),
  on: onWritten,
  attempts: 2,
});

/** Fails at every text with `bad` in it. */
const picky = definePolicy({
  name: 'picky',
  machine: sendsOnce('picky', ({ text }) => {
    if (text.includes('bad')) throw new Error(`cannot stamp: ${text}`);
    return stamp('stamps', text);
  }),
  on: onWritten,
  correlate: 'actor',
  attempts: 2,
});

async function edit(office: Office, { id }: DeadLetter, data: unknown) {
  const { engine } = office.counter;
  const json = JSON.parse(JSON.stringify(data));
  return office.nodes.run(engine.editDeadLetter(id, { data: json, by: 'ann' }));
}

describe('a parked command that is edited', () => {
  test('is sent with what it was given, under its own id', async () => {
    const office = await Office.open(deskApp([blank]));
    await office.write('a', 'text');
    await office.idle();
    const letter = await office.letter();
    expect(letter.error).toContain('breaks its schema');
    const { engine } = office.counter;
    expect(await engine.deadLetterData(letter.id)).toEqual({
      isEditable: true,
      data: { desk: '', stamp: 'text' },
      context: null,
    });
    expect(await edit(office, letter, { desk: 'stamps', stamp: 'edited' })).toEqual({
      status: 'done',
    });
    await office.idle();
    expect(await office.stamps()).toEqual(['edited']);
    expect(await office.letters()).toEqual([]);
  });

  test('stays as it is where what it was given breaks its schema', async () => {
    const office = await Office.open(deskApp([blank]));
    await office.write('a', 'text');
    await office.idle();
    const letter = await office.letter();
    const answer = await edit(office, letter, { desk: 'stamps', stamp: 7 });
    expect(answer).toMatchObject({ status: 'invalid', issues: [{ path: ['stamp'] }] });
    await office.idle();
    expect(await office.letter()).toEqual(letter);
  });
});

describe('a parked event that is edited', () => {
  test('is taken with its new data, and tells what they were where it fails again', async () => {
    const office = await Office.open(deskApp([picky]));
    await office.write('a', 'bad', 'after');
    await office.idle();
    const letter = await office.letter();
    expect(letter).toMatchObject({ kind: 'event', waiting: 1 });
    expect(await edit(office, letter, { desk: 'a', text: 'still bad' })).toEqual({
      status: 'done',
    });
    await office.idle();
    const again = await office.letter();
    expect(again.error).toContain('still bad');
    expect(again.history.filter(({ before }) => before !== undefined)).toMatchObject([
      { error: 'edited by ann', before: { desk: 'a', text: 'bad' } },
    ]);
    await edit(office, again, { desk: 'a', text: 'good' });
    await office.idle();
    expect(await office.stamps()).toEqual(['good', 'after']);
  });

  test('stays in the feed as it was recorded', async () => {
    const office = await Office.open(deskApp([picky]));
    await office.write('a', 'bad');
    await office.idle();
    await edit(office, await office.letter(), { desk: 'a', text: 'good' });
    await office.idle();
    const actor = { type: 'desk', id: 'a' };
    const trail = await office.nodes.run(
      office.counter.engine.trail(actor, { limit: 10, before: null }),
    );
    expect(trail?.items.map(({ data }) => data)).toEqual([{ desk: 'a', text: 'bad' }]);
  });

  test('is not edited while a word about it waits', async () => {
    const office = await Office.open(deskApp([picky]));
    await office.write('a', 'bad');
    await office.idle();
    const letter = await office.letter();
    const { engine } = office.counter;
    await office.nodes.run(engine.pausePolicy('picky'));
    await office.time.advance(1_000);
    expect(await office.nodes.run(engine.discardDeadLetter(letter.id))).toBe('pending');
    expect(await edit(office, letter, { desk: 'a', text: 'good' })).toEqual({
      status: 'settling',
    });
    await office.nodes.run(engine.resumePolicy('picky'));
    await office.idle();
    expect(await office.stamps()).toEqual([]);
    expect(await office.letters()).toEqual([]);
  });
});

/** Fails a second after something was written. */
const late = definePolicy({
  name: 'late',
  machine: writing.createMachine({
    id: 'late',
    context: { text: '' },
    initial: 'idle',
    states: {
      idle: { on: { Written: 'waiting' } },
      waiting: {
        after: {
          1000: {
            target: 'ended',
            guard: () => {
              throw new Error('it is too late');
            },
          },
        },
      },
      ended: { type: 'final' },
    },
  }),
  on: onWritten,
  attempts: 1,
});

test('a timer has nothing to be edited, and what is not there is unknown', async () => {
  const office = await Office.open(deskApp([late]));
  await office.write('a', 'text');
  await office.until(async () => (await office.letters()).length > 0);
  const letter = await office.letter();
  expect(letter.kind).toBe('timer');
  const { engine } = office.counter;
  expect(await engine.deadLetterData(letter.id)).toMatchObject({ isEditable: false, data: null });
  expect(await edit(office, letter, {})).toEqual({ status: 'fixed' });
  expect(await edit(office, { ...letter, id: 'nothing' }, {})).toEqual({ status: 'unknown' });
  await office.settle('discard', letter);
  expect(await edit(office, letter, {})).toEqual({ status: 'unknown' });
  expect(await engine.deadLetterData(letter.id)).toBeNull();
});

describe('many dead letters', () => {
  async function manyBad() {
    const office = await Office.open(deskApp([picky, blank]));
    for (let index = 0; index < 12; index++) await office.write(`desk ${index}`, `bad ${index}`);
    await office.idle();
    return office;
  }

  test('are counted by a filter before anything is done, with examples', async () => {
    const office = await manyBad();
    const { engine } = office.counter;
    const counted = await engine.countDeadLetters({ policy: 'picky', error: 'CANNOT STAMP' });
    expect(counted).toMatchObject({ count: 12, isCut: false });
    expect(counted.examples).toHaveLength(5);
    expect(await engine.countDeadLetters({ error: 'bad 11' })).toMatchObject({ count: 1 });
    expect(await engine.countDeadLetters({ policy: 'nothing' })).toMatchObject({ count: 0 });
    expect(await office.letters()).toHaveLength(24);
  });

  test('are given up by a filter, those alone, and none that came after it was counted', async () => {
    const office = await manyBad();
    const { engine } = office.counter;
    const filter = { policy: 'picky', error: 'cannot stamp' };
    const { through } = await engine.countDeadLetters(filter);
    await office.time.advance(1_000);
    await office.write('late', 'bad late');
    await office.idle();
    const swept = await office.nodes.run(
      engine.settleDeadLetters('discard', { ...filter, through }),
    );
    expect(swept).toEqual({ done: 12, pending: 0, isCut: false });
    const left = await office.letters();
    expect(left.filter(({ policy }) => policy === 'picky')).toMatchObject([
      { error: 'Error: cannot stamp: bad late' },
    ]);
    expect(left.filter(({ policy }) => policy === 'blank')).toHaveLength(13);
  });

  test('that cannot be settled now are waited for with a read of each inbox, not of each', async () => {
    const office = await manyBad();
    const { engine } = office.counter;
    // Words about the letters of a paused policy wait.
    await office.nodes.run(engine.pausePolicy('picky'));
    await office.time.advance(1_000);
    const reads = new Map<unknown, number>();
    office.counter.fate = (method, [partition]) => {
      if (method === 'rows') reads.set(partition, (reads.get(partition) ?? 0) + 1);
      return 'answered';
    };
    const swept = await office.nodes.run(engine.settleDeadLetters('retry', { policy: 'picky' }));
    expect(swept).toEqual({ done: 0, pending: 12, isCut: false });
    const [once = 0, ...others] = new Set(reads.values());
    expect(others).toEqual([]);
    expect(once).toBeGreaterThan(1);
  });

  test('are listed by a filter, page by page', async () => {
    const office = await manyBad();
    const { engine } = office.counter;
    const errors: string[] = [];
    let cursor: string | null = null;
    do {
      const page = await engine.deadLetters({
        limit: 2,
        cursor,
        filter: { error: 'cannot stamp: bad 1' },
      });
      expect(page.items.length).toBeLessThanOrEqual(2);
      errors.push(...page.items.map(({ error }: DeadLetter) => error));
      cursor = page.next;
    } while (cursor !== null);
    expect(errors.toSorted()).toEqual(
      ['bad 1', 'bad 10', 'bad 11'].map((text) => `Error: cannot stamp: ${text}`),
    );
  });
});
