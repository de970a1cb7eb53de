import { describe, expect, test } from 'vitest';
import { definePolicy } from '../../../src/define/index.ts';
import { DEFAULT_BACKGROUND_LIMITS } from '../../../src/engine/background/limits.ts';
import { deskApp, onWritten, sendsEach, stamp, stampOnce } from '../../support/desk/index.ts';
import { Office } from './office.ts';

/** What is broken until it is mended: a policy that throws on the text `poison`. */
class Broken {
  isBroken = true;
  tries = 0;

  check(text: string): void {
    if (text !== 'poison') return;
    this.tries++;
    if (this.isBroken) throw new Error('the policy is broken');
  }
}

/** Stamps every text of a desk, one instance a desk. */
function stampEach(broken: Broken, attempts = 3) {
  const machine = sendsEach('stampEach', ({ text }) => {
    broken.check(text);
    return stamp('stamps', text);
  });
  return definePolicy({ name: 'each', machine, on: onWritten, correlate: 'actor', attempts });
}

describe('a message that its machine throws on', () => {
  test('is tried again, ever later, and parked after the last attempt with what failed when', async () => {
    const office = await Office.open(deskApp([stampEach(new Broken(), 9)]));
    await office.write('a', 'poison');
    await office.until(async () => (await office.letters()).length > 0, 100);
    const letter = await office.letter();
    expect(letter).toMatchObject({
      policy: 'each',
      instance: 'desk:a',
      kind: 'event',
      type: 'Written',
      error: 'Error: the policy is broken',
      attempts: 9,
      waiting: 0,
    });
    expect(letter.message).toMatchObject({ recorded: { data: { desk: 'a', text: 'poison' } } });
    expect(letter.history.map(({ error }) => error)).toEqual(
      Array.from({ length: 9 }, () => 'Error: the policy is broken'),
    );
    const at = letter.history.map((failure) => Date.parse(failure.at));
    const waits = at.slice(1).map((time, index) => time - (at[index] ?? 0));
    const { retryWaitMs, lingerMs } = DEFAULT_BACKGROUND_LIMITS;
    for (const [index, wait] of waits.entries()) {
      expect(wait).toBeLessThanOrEqual(retryWaitMs * 2 ** (index + 1) + 2 * lingerMs);
    }
    // With jitter, but exponential: the longest is beyond what the first ones can be.
    expect(Math.max(...waits)).toBeGreaterThan(retryWaitMs * 2 ** 4);
    const parkedAfterMs = Date.parse(letter.parkedAt) - (at.at(-1) ?? 0);
    expect(parkedAfterMs).toBeGreaterThanOrEqual(0);
    expect(parkedAfterMs).toBeLessThanOrEqual(lingerMs);
    expect(await office.stamps()).toEqual([]);
  });

  test('keeps its place among those of its instance', async () => {
    const broken = new Broken();
    const office = await Office.open(deskApp([stampEach(broken, 20)]));
    await office.write('a', 'first', 'poison', 'third');
    await office.until(() => broken.tries >= 3);
    await office.write('a', 'fourth');
    expect(await office.stamps()).toEqual(['first']);
    expect(await office.instances('each')).toHaveProperty('desk:a');
    broken.isBroken = false;
    await office.idle();
    expect(await office.stamps()).toEqual(['first', 'poison', 'third', 'fourth']);
    expect(await office.letters()).toEqual([]);
    expect(await office.rows('queue/each')).toBe(0);
  });

  test('delays neither another instance nor another policy', async () => {
    const broken = new Broken();
    const other = definePolicy({ name: 'other', machine: stampOnce, on: onWritten });
    const app = deskApp([stampEach(broken, 100), other]);
    const office = await Office.open(app, { partitions: 1 });
    await office.write('a', 'poison');
    await office.until(() => broken.tries >= 5);
    const since = office.time.now();
    await office.write('b', 'good');
    await office.until(async () => (await office.stamps()).length === 3);
    expect(office.time.now() - since).toBeLessThan(100);
    expect((await office.stamps()).toSorted()).toEqual(['good', 'good', 'poison']);
    expect(await office.figures('each')).toMatchObject({ retrying: 1, deadLetters: 0 });
  });

  test('is tried further by the node that takes over', async () => {
    const broken = new Broken();
    const office = await Office.open(deskApp([stampEach(broken, 8)]));
    await office.write('a', 'poison', 'next');
    await office.until(() => broken.tries >= 3);
    office.node.crash();
    const before = broken.tries;
    await office.join();
    await office.until(async () => (await office.letters()).length > 0, 100);
    expect(broken.tries - before).toBeLessThanOrEqual(8 - before + 1);
    expect(await office.letter()).toMatchObject({ attempts: 8, waiting: 1 });
  });
});

describe('a dead letter', () => {
  async function parked() {
    const broken = new Broken();
    const office = await Office.open(deskApp([stampEach(broken)]));
    await office.write('a', 'poison', 'second', 'third');
    await office.write('b', 'good');
    await office.idle();
    expect(await office.stamps()).toEqual(['good']);
    expect(await office.letter()).toMatchObject({ attempts: 3, waiting: 2 });
    return { office, broken };
  }

  test('is taken when it is tried again after its cause was mended, and what waited after it', async () => {
    const { office, broken } = await parked();
    broken.isBroken = false;
    await office.settle('retry', await office.letter());
    await office.idle();
    expect(await office.letters()).toEqual([]);
    expect(await office.stamps()).toEqual(['good', 'poison', 'second', 'third']);
    expect(await office.rows('queue/each')).toBe(0);
  });

  test('is parked again when its cause still stands, after as many attempts', async () => {
    const { office, broken } = await parked();
    const before = await office.letter();
    broken.tries = 0;
    await office.settle('retry', before);
    await office.idle();
    expect(broken.tries).toBe(3);
    const after = await office.letter();
    expect(after).toMatchObject({ attempts: 3, waiting: 2, error: before.error });
    expect(after.history).toHaveLength(6);
    expect(await office.stamps()).toEqual(['good']);
  });

  test('that is discarded lets go on what waited behind it', async () => {
    const { office } = await parked();
    await office.settle('discard', await office.letter());
    await office.idle();
    expect(await office.letters()).toEqual([]);
    expect(await office.stamps()).toEqual(['good', 'second', 'third']);
    expect(await office.rows('queue/each')).toBe(0);
  });

  test('has what comes later wait behind it, also on another node', async () => {
    const { office, broken } = await parked();
    await office.node.stop();
    await office.join();
    await office.write('a', 'fourth');
    await office.idle();
    expect(await office.letter()).toMatchObject({ waiting: 3 });
    broken.isBroken = false;
    await office.settle('retry', await office.letter());
    await office.idle();
    expect(await office.stamps()).toEqual(['good', 'poison', 'second', 'third', 'fourth']);
  });

  test.each([
    { words: ['discard', 'retry'], stamps: ['good', 'second', 'third'] },
    { words: ['retry', 'discard'], stamps: ['good', 'poison', 'second', 'third'] },
  ])(
    'about which two things are said is settled by the first: $words',
    async ({ words, stamps }) => {
      const { office, broken } = await parked();
      const { id } = await office.letter();
      broken.isBroken = false;
      await office.node.stop();
      const { engine } = office.counter;
      for (const word of words) {
        const said = word === 'retry' ? engine.retryDeadLetter(id) : engine.discardDeadLetter(id);
        expect(await office.nodes.run(said)).toBe('pending');
      }
      await office.join();
      await office.idle();
      expect(await office.stamps()).toEqual(stamps);
      expect(await office.letters()).toEqual([]);
    },
  );

  test('that was settled is not known any more', async () => {
    const { office } = await parked();
    const letter = await office.letter();
    await office.settle('discard', letter);
    const { engine } = office.counter;
    expect(await office.nodes.run(engine.retryDeadLetter(letter.id))).toBe('unknown');
    expect(await office.nodes.run(engine.discardDeadLetter('nonsense'))).toBe('unknown');
  });

  test('waits for a node that runs its partition', async () => {
    const { office, broken } = await parked();
    broken.isBroken = false;
    await office.node.stop();
    const { engine } = office.counter;
    const { id } = await office.letter();
    expect(await office.nodes.run(engine.retryDeadLetter(id))).toBe('pending');
    await office.join();
    await office.idle();
    expect(await office.stamps()).toEqual(['good', 'poison', 'second', 'third']);
  });
});
