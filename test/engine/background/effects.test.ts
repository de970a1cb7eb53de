import { describe, expect, test } from 'vitest';
import { setup } from 'xstate';
import {
  defineEffect,
  definePolicy,
  type EffectCall,
  type PolicyMessages,
  sends,
} from '../../../src/define/index.ts';
import type { BackgroundLimits } from '../../../src/engine/background/limits.ts';
import { type commands, deskApp, onWritten, stamp } from '../../support/desk/index.ts';
import { Office } from './office.ts';

const TIMEOUT_MS = 60_000;

type Call = EffectCall<string> & {
  readonly resolve: (output: unknown) => void;
  readonly reject: (error: unknown) => void;
};

/** An outer world whose answers a test gives, call by call. */
class World {
  readonly calls: Call[] = [];
  /** Whether the policy throws on what it is told. */
  isBroken = false;

  readonly ask = (call: EffectCall<string>): Promise<unknown> =>
    new Promise((resolve, reject) => this.calls.push({ ...call, resolve, reject }));

  /** The call of that number, from 0. */
  call(number: number): Call {
    const found = this.calls[number];
    if (!found) throw new Error(`there is no call ${number}`);
    return found;
  }
}

/** Asks the world for every desk, and stamps what it says; `again` asks anew, `stop` leaves. */
function asking(world: World, attempts = 3) {
  const ask = defineEffect({ run: world.ask, attempts, timeoutMs: TIMEOUT_MS });
  const builder = setup({
    types: { context: {} as object, events: {} as PolicyMessages<typeof onWritten> },
    actions: { send: sends<typeof commands>() },
    actors: { ask },
    guards: {
      says: ({ event }, word: string) => event.type === 'Written' && event.data.text === word,
      saysAnew: ({ event }) => {
        const isIt = event.type === 'Written' && event.data.text === 'anew';
        if (isIt && world.isBroken) throw new Error('the policy is broken');
        return isIt;
      },
    },
  });
  const says = (word: string) => ({ type: 'says', params: word }) as const;
  const machine = builder.createMachine({
    id: 'asking',
    context: {},
    initial: 'idle',
    states: {
      idle: { on: { Written: [{ guard: says('forget'), target: 'forgetting' }, 'asking'] } },
      asking: {
        invoke: {
          id: 'ask',
          src: 'ask',
          input: 'a question',
          onDone: {
            target: 'answered',
            actions: {
              type: 'send',
              params: ({ event }) => {
                if (world.isBroken) throw new Error('the policy is broken');
                return stamp('stamps', `answer ${JSON.stringify(event.output)}`);
              },
            },
          },
          onError: {
            target: 'answered',
            actions: {
              type: 'send',
              params: ({ event }) => stamp('stamps', `error ${JSON.stringify(event.error)}`),
            },
          },
        },
        on: {
          Written: [
            { guard: says('again'), target: 'asking', reenter: true },
            { guard: 'saysAnew', target: 'asking', reenter: true },
            { guard: says('stop'), target: 'idle' },
            { guard: says('end'), target: 'ended' },
          ],
        },
      },
      // Whatever comes of it.
      forgetting: { invoke: { id: 'ask', src: 'ask', input: 'a question' } },
      answered: { on: { Written: 'asking' } },
      ended: { type: 'final' },
    },
  });
  return deskApp([
    definePolicy({ name: 'asking', machine, on: onWritten, correlate: 'actor', attempts: 2 }),
  ]);
}

/** An office in which a desk has asked. */
async function asked(text = 'start', attempts = 3) {
  const world = new World();
  const app = asking(world, attempts);
  const office = await Office.open(app);
  await office.write('a', text);
  await office.until(() => world.calls.length === 1);
  return { office, world, app };
}

describe('an effect', () => {
  test('gives its output to the state that invoked it, once', async () => {
    const { office, world } = await asked();
    expect(world.call(0)).toMatchObject({ input: 'a question', attempt: 1 });
    expect(await office.figures('asking')).toMatchObject({ inFlight: 1 });
    world.call(0).resolve({ price: 7 });
    await office.idle();
    expect(await office.stamps()).toEqual(['answer {"price":7}']);
    await office.node.stop();
    await office.join();
    await office.idle();
    expect(world.calls).toHaveLength(1);
    expect(await office.stamps()).toEqual(['answer {"price":7}']);
    expect(await office.rows('effect/asking')).toBe(0);
  });

  test('that fails is tried again under the same key, ever later, and its error told once', async () => {
    const { office, world } = await asked();
    for (const attempt of [1, 2, 3]) {
      await office.until(() => world.calls.length === attempt);
      world.call(attempt - 1).reject(new RangeError(`no answer ${attempt}`));
      if (attempt === 3) break;
      await office.until(async () => (await office.figures('asking')).retrying === 1, 1);
    }
    await office.idle();
    expect(world.calls.map(({ attempt }) => attempt)).toEqual([1, 2, 3]);
    expect(new Set(world.calls.map(({ idempotencyKey }) => idempotencyKey)).size).toBe(1);
    expect(await office.stamps()).toEqual(['error {"name":"RangeError","message":"no answer 3"}']);
    expect(await office.letters()).toEqual([]);
  });

  test('that takes too long is aborted, and has failed', async () => {
    const { office, world } = await asked('start', 1);
    await office.time.advance(TIMEOUT_MS - 10);
    expect(world.call(0).signal.aborted).toBe(false);
    await office.time.advance(20);
    expect(world.call(0).signal.aborted).toBe(true);
    await office.idle();
    expect(await office.stamps()).toEqual([
      `error {"name":"Error","message":"no result within ${TIMEOUT_MS} ms"}`,
    ]);
    // Too late.
    world.call(0).resolve('late');
    await office.idle();
    expect(await office.stamps()).toHaveLength(1);
  });

  test('that gives what is not JSON has failed', async () => {
    const { office, world } = await asked('start', 1);
    world.call(0).resolve({ at: new Date(0) });
    await office.idle();
    expect(await office.stamps()).toEqual([
      'error {"name":"TypeError","message":"output.at: a Date is not JSON"}',
    ]);
  });

  test('that rejects with what is no text has failed', async () => {
    const { office, world } = await asked('start', 1);
    world.call(0).reject(Object.create(null));
    await office.idle();
    expect(await office.stamps()).toEqual([
      'error {"name":"Error","message":"what was thrown cannot be told as text"}',
    ]);
  });

  test('whose state is left is aborted, and what it gives is dropped', async () => {
    const { office, world } = await asked();
    await office.write('a', 'stop');
    await office.idle();
    expect(world.call(0).signal.aborted).toBe(true);
    world.call(0).resolve('late');
    await office.idle();
    expect(await office.stamps()).toEqual([]);
    expect(await office.rows('effect/asking')).toBe(0);
  });

  test('whose instance ends is aborted', async () => {
    const { office, world } = await asked();
    await office.write('a', 'end');
    await office.idle();
    expect(world.call(0).signal.aborted).toBe(true);
    expect(await office.instances('asking')).toEqual({});
    expect(await office.rows('effect/asking')).toBe(0);
  });

  test('of an earlier visit is aborted and dropped, and the next has a key of its own', async () => {
    const { office, world } = await asked();
    await office.write('a', 'again');
    await office.until(() => world.calls.length === 2);
    expect(world.call(0).signal.aborted).toBe(true);
    expect(world.call(1).signal.aborted).toBe(false);
    expect(world.call(1).idempotencyKey).not.toBe(world.call(0).idempotencyKey);
    world.call(0).resolve('old');
    await office.time.advance(1_000);
    expect(await office.stamps()).toEqual([]);
    world.call(1).resolve('new');
    await office.idle();
    expect(await office.stamps()).toEqual(['answer "new"']);
  });

  test('that failed and is begun anew is tried again no more', async () => {
    const { office, world } = await asked();
    office.node.runtime.random = () => 0.99;
    world.call(0).reject(new Error('nobody answers'));
    await office.time.advance(20);
    expect(await office.figures('asking')).toMatchObject({ inFlight: 1, retrying: 1 });
    await office.write('a', 'again');
    await office.until(() => world.calls.length === 2);
    expect(await office.figures('asking')).toMatchObject({ inFlight: 1, retrying: 0 });
    world.call(1).resolve('answer');
    await office.idle();
    expect(await office.stamps()).toEqual(['answer "answer"']);
  });

  test('of an earlier visit is dropped also where what it gave had to wait', async () => {
    const { office, world } = await asked();
    world.isBroken = true;
    await office.write('a', 'anew');
    await office.until(async () => (await office.letters()).length === 1);
    world.call(0).resolve('old');
    await office.until(async () => (await office.letter()).waiting === 1);
    world.isBroken = false;
    await office.settle('retry', await office.letter());
    await office.until(() => world.calls.length === 2);
    await office.time.advance(1_000);
    expect(await office.stamps()).toEqual([]);
    world.call(1).resolve('new');
    await office.idle();
    expect(await office.stamps()).toEqual(['answer "new"']);
  });

  test('runs again under the same key on the node that takes over, with its attempts counted', async () => {
    const { office, world } = await asked();
    world.call(0).reject(new Error('no answer'));
    await office.until(() => world.calls.length === 2);
    office.node.crash();
    await office.join();
    await office.until(() => world.calls.length === 3);
    expect(world.call(2)).toMatchObject({
      attempt: 2,
      idempotencyKey: world.call(0).idempotencyKey,
    });
    world.call(2).resolve('here');
    await office.idle();
    // The dead node's own answer reaches nobody.
    world.call(1).resolve('there');
    office.node.runtime.thaw();
    await office.idle();
    expect(await office.stamps()).toEqual(['answer "here"']);
  });

  test('is told that its node stops', async () => {
    const { office, world } = await asked();
    await office.node.stop();
    const { signal } = world.call(0);
    expect(signal.aborted).toBe(true);
    expect(signal.reason).toMatchObject({ message: 'the node stops' });
    expect(await office.rows('effect/asking')).toBe(1);
  });

  test('whose outcome nobody waits for is over when it has one', async () => {
    const { office, world } = await asked('forget');
    world.call(0).resolve('whatever');
    await office.idle();
    expect(await office.rows('effect/asking')).toBe(0);
    await office.node.stop();
    await office.join();
    await office.idle();
    expect(world.calls).toHaveLength(1);
  });

  test('whose outcome its machine throws on is over: the outcome is a dead letter', async () => {
    const { office, world } = await asked();
    world.isBroken = true;
    world.call(0).resolve('answer');
    await office.idle();
    expect(await office.letter()).toMatchObject({ kind: 'effect', type: 'ask', attempts: 2 });
    await office.node.stop();
    await office.join();
    await office.idle();
    expect(world.calls).toHaveLength(1);
    world.isBroken = false;
    await office.settle('retry', await office.letter());
    await office.idle();
    expect(await office.stamps()).toEqual(['answer "answer"']);
  });
});

test('no more effects run at once than the limit, and the others follow', async () => {
  const world = new World();
  const backgroundLimits: Partial<BackgroundLimits> = { effectsMax: 3 };
  const office = await Office.open(asking(world), { partitions: 1, node: { backgroundLimits } });
  const desks = Array.from({ length: 10 }, (_, number) => `desk${number}`);
  for (const desk of desks) await office.write(desk, 'start');
  await office.time.advance(1_000);
  for (let done = 0; done < desks.length; done++) {
    expect(world.calls.length).toBe(Math.min(done + 3, desks.length));
    world.call(done).resolve(done);
    await office.time.settle();
  }
  await office.idle();
  expect(await office.stamps()).toHaveLength(desks.length);
});

test('effects that wait for their next try keep no other from running', async () => {
  const calls: string[] = [];
  const ask = defineEffect({
    run: async ({ input }: EffectCall<string>) => {
      calls.push(input);
      if (input === 'bad') throw new Error('nobody answers');
      return input;
    },
    attempts: 100,
  });
  const machine = setup({
    types: { context: {} as object, events: {} as PolicyMessages<typeof onWritten> },
    actors: { ask },
  }).createMachine({
    id: 'calling',
    context: {},
    initial: 'idle',
    states: {
      idle: { on: { Written: 'asking' } },
      asking: {
        invoke: {
          id: 'ask',
          src: 'ask',
          input: ({ event }) => (event.type === 'Written' ? event.data.text : ''),
          onDone: 'ended',
        },
      },
      ended: { type: 'final' },
    },
  });
  const backgroundLimits: Partial<BackgroundLimits> = { effectsMax: 3 };
  const app = deskApp([definePolicy({ name: 'calling', machine, on: onWritten })]);
  const office = await Office.open(app, { partitions: 1, node: { backgroundLimits } });
  await office.write('a', 'bad', 'bad', 'bad');
  await office.time.advance(60_000);
  expect(await office.figures('calling')).toMatchObject({ retrying: 3, inFlight: 3 });
  await office.write('a', 'good');
  await office.time.advance(20);
  expect(calls.at(-1)).toBe('good');
  expect(await office.figures('calling')).toMatchObject({ inFlight: 3 });
});
