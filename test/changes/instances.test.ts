/**
 * Instances of policies live for years, and their policies change meanwhile. One whose state is gone
 * is parked with what comes for it, never lost and never begun anew; a migration mends it, and takes
 * its timers and effects along.
 */
import { describe, expect, test } from 'vitest';
import { setup } from 'xstate';
import {
  defineEffect,
  definePolicy,
  type InstanceMigration,
  type Migrations,
  noEffect,
  type PolicyMessages,
  sends,
} from '../../src/define/index.ts';
import { Office } from '../engine/background/office.ts';
import { type commands, deskApp, onWritten, stamp } from '../support/desk/index.ts';

const HOUR_MS = 60 * 60 * 1_000;

/** An outer world that answers when a test has it answer. */
class World {
  readonly calls: ((output: string) => void)[] = [];

  readonly ask = (): Promise<string> => new Promise((resolve) => this.calls.push(resolve));
}

interface Version {
  readonly version?: number;
  readonly migrations?: Migrations<InstanceMigration>;
  /** What the state is called in which an instance waits an hour. */
  readonly waiting?: string;
  /** What the state is called in which it asks the world. */
  readonly asking?: string;
}

/** Waits an hour for another text, or asks the world at once; stamps what comes of it. */
function clerk(world: World, { version, migrations, ...names }: Version = {}) {
  const { waiting = 'waiting', asking = 'asking' } = names;
  const machine = setup({
    types: { context: {} as object, events: {} as PolicyMessages<typeof onWritten> },
    actions: { send: sends<typeof commands>(), noEffect },
    actors: { ask: defineEffect({ run: world.ask, timeoutMs: 24 * HOUR_MS }) },
    guards: {
      asks: ({ event }) => event.type === 'Written' && event.data.text === 'ask',
      stays: ({ event }) => event.type === 'Written' && event.data.text === 'stay',
    },
  }).createMachine({
    id: 'clerk',
    context: {},
    initial: 'idle',
    states: {
      idle: { on: { Written: [{ guard: 'asks', target: asking }, { target: waiting }] } },
      [waiting]: {
        on: {
          Written: [
            { guard: 'stays', actions: 'noEffect' },
            {
              target: 'ended',
              actions: {
                type: 'send',
                params: ({ event }) => stamp('stamps', `${event.data.text} in ${waiting}`),
              },
            },
          ],
        },
        after: {
          [HOUR_MS]: {
            target: 'ended',
            actions: { type: 'send', params: stamp('stamps', `over in ${waiting}`) },
          },
        },
      },
      [asking]: {
        invoke: {
          src: 'ask',
          onDone: {
            target: 'ended',
            actions: {
              type: 'send',
              params: ({ event }) => stamp('stamps', `${event.output} in ${asking}`),
            },
          },
        },
        on: { Written: [{ guard: 'stays', actions: 'noEffect' }, { target: 'ended' }] },
      },
      ended: { type: 'final' },
    },
  });
  const policy = definePolicy({
    name: 'clerk',
    machine,
    on: onWritten,
    correlate: 'actor',
    attempts: 2,
    ...(version !== undefined && { version }),
    ...(migrations !== undefined && { migrations }),
  });
  return deskApp([policy]);
}

/** An office in which an instance of the first version waits, or asks. */
async function begun(text: string) {
  const world = new World();
  const office = await Office.open(clerk(world));
  await office.write('a', text);
  if (text === 'ask') await office.until(() => world.calls.length === 1);
  else await office.idle();
  await office.node.stop();
  return { office, world };
}

const TABLES = ['instance', 'timer', 'effect', 'again', 'queue', 'retry', 'outbox', 'dead'];

/** Nothing is left of the policy. */
async function expectNothingLeft(office: Office): Promise<void> {
  const rows = await Promise.all(TABLES.map((table) => office.rows(`${table}/clerk`)));
  expect(Object.fromEntries(TABLES.map((table, at) => [table, rows[at]]))).toEqual(
    Object.fromEntries(TABLES.map((table) => [table, 0])),
  );
}

/** The names of timers and effects follow those of their states. */
const renaming = (from: string, to: string): InstanceMigration => {
  const renamed = (numbers: Readonly<Record<string, number>>) =>
    Object.fromEntries(
      Object.entries(numbers).map(([id, number]) => [id.replace(from, to), number]),
    );
  return ({ timers, effects }) => ({
    value: to,
    timers: renamed(timers),
    effects: renamed(effects),
  });
};

describe('an instance whose state the policy does not have any more', () => {
  test('is parked with a clear error, with what comes after behind it, and stays as it was', async () => {
    const { office, world } = await begun('first');
    const node = await office.join(clerk(world, { waiting: 'pausing' }));
    await office.write('a', 'second', 'third');
    await office.until(async () => (await office.letters()).length === 1);
    expect(await office.letter()).toMatchObject({
      error: expect.stringContaining(
        'instance desk:a of the policy clerk: the machine does not have the state "waiting"',
      ),
      waiting: 1,
    });
    expect(await office.instances('clerk')).toEqual({ 'desk:a': 'waiting' });
    expect(await office.stamps()).toEqual([]);
    await node.stop();
  });

  test('goes on where a migration mends it and the dead letter is tried again', async () => {
    const { office, world } = await begun('first');
    const broken = await office.join(clerk(world, { waiting: 'pausing' }));
    await office.write('a', 'second');
    await office.until(async () => (await office.letters()).length === 1);
    await broken.stop();
    const migrations = { 1: renaming('waiting', 'pausing') };
    await office.join(clerk(world, { waiting: 'pausing', version: 2, migrations }));
    await office.settle('retry', await office.letter());
    await office.idle();
    expect(await office.letters()).toEqual([]);
    expect(await office.stamps()).toEqual(['second in pausing']);
    await expectNothingLeft(office);
  });

  test('is parked where its migration is missing, and where one breaks it', async () => {
    const { office, world } = await begun('first');
    const migrations = { 2: () => ({}) };
    const node = await office.join(clerk(world, { version: 3, migrations }));
    await office.write('a', 'second');
    await office.until(async () => (await office.letters()).length === 1);
    expect((await office.letter()).error).toContain('there is no migration from 1 to 2');
    await node.stop();
    const ending = { version: 2, migrations: { 1: () => ({ value: 'ended' }) } };
    const next = await office.join(clerk(world, ending));
    await office.settle('retry', await office.letter());
    await office.until(async () => (await office.letters())[0]?.attempts === 2);
    expect((await office.letter()).error).toContain('a migration cannot end it');
    await next.stop();
  });
});

describe('a timer of an instance that is migrated', () => {
  test('fires when it was due, by the name its state has now', async () => {
    const { office, world } = await begun('first');
    const migrations = { 1: renaming('waiting', 'pausing') };
    await office.join(clerk(world, { waiting: 'pausing', version: 2, migrations }));
    await office.time.jump(HOUR_MS);
    await office.idle();
    expect(await office.stamps()).toEqual(['over in pausing']);
    expect(await office.letters()).toEqual([]);
    await expectNothingLeft(office);
  });

  test('fires also after the instance was written by the new version', async () => {
    const { office, world } = await begun('first');
    const migrations = { 1: renaming('waiting', 'pausing') };
    await office.join(clerk(world, { waiting: 'pausing', version: 2, migrations }));
    await office.write('a', 'stay');
    await office.idle();
    await office.time.jump(HOUR_MS);
    await office.idle();
    expect(await office.stamps()).toEqual(['over in pausing']);
    await expectNothingLeft(office);
  });

  test('goes when its state is left before it is due', async () => {
    const { office, world } = await begun('first');
    const migrations = { 1: renaming('waiting', 'pausing') };
    await office.join(clerk(world, { waiting: 'pausing', version: 2, migrations }));
    await office.write('a', 'second');
    await office.idle();
    expect(await office.stamps()).toEqual(['second in pausing']);
    await expectNothingLeft(office);
  });

  test('is forgotten where the migration leaves it out', async () => {
    const { office, world } = await begun('first');
    const migrations: Migrations<InstanceMigration> = {
      1: () => ({ value: 'pausing', timers: {} }),
    };
    await office.join(clerk(world, { waiting: 'pausing', version: 2, migrations }));
    await office.time.jump(2 * HOUR_MS);
    await office.idle();
    expect(await office.stamps()).toEqual([]);
    expect(await office.instances('clerk')).toEqual({ 'desk:a': 'pausing' });
    expect(await office.rows('timer/clerk')).toBe(0);
    await office.write('a', 'second');
    await office.idle();
    expect(await office.stamps()).toEqual(['second in pausing']);
    await expectNothingLeft(office);
  });

  test('cannot be made up', async () => {
    const { office, world } = await begun('first');
    const migrations: Migrations<InstanceMigration> = { 1: () => ({ timers: { mine: 7 } }) };
    await office.join(clerk(world, { version: 2, migrations }));
    await office.write('a', 'second');
    await office.until(async () => (await office.letters()).length === 1);
    expect((await office.letter()).error).toContain(
      'a migration gives timers.mine the number 7, which no other has',
    );
  });
});

describe('an effect of an instance that is migrated', () => {
  test('tells its result by the name its state has now', async () => {
    const { office, world } = await begun('ask');
    const migrations = { 1: renaming('asking', 'inquiring') };
    await office.join(clerk(world, { asking: 'inquiring', version: 2, migrations }));
    // It runs at least once: anew on the new node.
    await office.until(() => world.calls.length === 2);
    world.calls[1]?.('yes');
    await office.idle();
    expect(await office.stamps()).toEqual(['yes in inquiring']);
    await expectNothingLeft(office);
  });

  test('tells it also after the instance was written by the new version', async () => {
    const { office, world } = await begun('ask');
    const migrations = { 1: renaming('asking', 'inquiring') };
    await office.join(clerk(world, { asking: 'inquiring', version: 2, migrations }));
    await office.until(() => world.calls.length === 2);
    await office.write('a', 'stay');
    await office.until(async () => (await office.figures('clerk')).lag === 0);
    world.calls[1]?.('yes');
    await office.idle();
    expect(await office.stamps()).toEqual(['yes in inquiring']);
    await expectNothingLeft(office);
  });

  test('runs no more when its state is left', async () => {
    const { office, world } = await begun('ask');
    const migrations = { 1: renaming('asking', 'inquiring') };
    await office.join(clerk(world, { asking: 'inquiring', version: 2, migrations }));
    await office.until(() => world.calls.length === 2);
    await office.write('a', 'stop');
    await office.idle();
    await expectNothingLeft(office);
    world.calls[1]?.('late');
    await office.idle();
    expect(await office.stamps()).toEqual([]);
  });

  test('is over with its result where the migration leaves it out', async () => {
    const { office, world } = await begun('ask');
    const migrations: Migrations<InstanceMigration> = {
      1: () => ({ value: 'waiting', effects: {} }),
    };
    await office.join(clerk(world, { version: 2, migrations }));
    await office.until(() => world.calls.length === 2);
    await office.write('a', 'stay');
    await office.until(async () => (await office.figures('clerk')).lag === 0);
    expect(await office.rows('effect/clerk')).toBe(1);
    world.calls[1]?.('yes');
    await office.idle();
    expect(await office.stamps()).toEqual([]);
    expect(await office.rows('effect/clerk')).toBe(0);
  });
});

test('an instance that newer code wrote waits for a node that has it', async () => {
  const { office, world } = await begun('first');
  const migrations = { 1: renaming('waiting', 'pausing') };
  const parts = { waiting: 'pausing', version: 2, migrations };
  const newer = clerk(world, parts);
  const fresh = await office.join(newer);
  await office.write('a', 'second');
  await office.write('b', 'first');
  await office.idle();
  await fresh.stop();
  expect(await office.instances('clerk')).toEqual({ 'desk:b': 'pausing' });
  const old = await office.join(clerk(world));
  await office.write('b', 'second');
  await office.until(async () => (await office.figures('clerk')).retrying === 1);
  const end = office.time.now() + 120_000;
  await office.until(() => office.time.now() > end, 1_000);
  expect(await office.letters()).toEqual([]);
  await old.stop();
  await office.join(newer);
  await office.idle();
  expect(await office.stamps()).toEqual(['second in pausing', 'second in pausing']);
  await expectNothingLeft(office);
});
