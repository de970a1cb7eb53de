/** What the inspector tells of one instance of a policy, on every store. */
import { describe, expect, test } from 'vitest';
import type { InstanceDetail, LetterList } from '../../src/inspector/protocol.ts';
import { openCouriers, STORES, type World, write } from './couriers-on-stores.ts';

const ask = ({ server }: World, policy: string, id: string) =>
  fetch(`${server.url}/inspector/api/policies/${policy}/instances/${encodeURIComponent(id)}`);

async function instance(world: World, policy: string, id: string): Promise<InstanceDetail> {
  const response = await ask(world, policy, id);
  expect(response.status, id).toBe(200);
  return (await response.json()) as InstanceDetail;
}

/** As soon as it is as `is` says. */
async function instanceWhen(
  world: World,
  [policy, id]: readonly [string, string],
  is: (found: InstanceDetail) => boolean,
): Promise<InstanceDetail> {
  let last: InstanceDetail | null = null;
  const look = async () => {
    const response = await ask(world, policy, id);
    last = response.status === 200 ? ((await response.json()) as InstanceDetail) : null;
    return last !== null && is(last);
  };
  await expect.poll(look).toBe(true);
  return last ?? instance(world, policy, id);
}

const COURIER = ['courier', 'desk:a'] as const;

describe.each(STORES)('an instance, on %s', (kind) => {
  test('is told with all that it has under way', async () => {
    const world = await openCouriers(kind);
    await write(world, 'a', 'wait', 'ring', 'carry');
    const found = await instanceWhen(
      world,
      COURIER,
      ({ effects, commands }) =>
        (effects[0]?.attempts ?? 0) > 0 && commands.some(({ attempts }) => attempts > 0),
    );
    expect(found).toMatchObject({
      state: { value: { clock: 'waiting', bell: 'ringing', bag: 'carrying' } },
      began: { type: 'Written', actor: { type: 'desk', id: 'a' } },
      warning: null,
      isCut: false,
      queue: { count: 0, isParked: false, messages: [] },
    });
    expect(found.state?.active).toContain('bag.carrying');
    expect(found.incarnation).toBe(found.began?.id);
    const hour = found.timers.at(-1);
    expect(hour).toMatchObject({
      what: 'timer',
      type: 'xstate.after.3600000.courier.clock.waiting',
    });
    const ms = Date.parse(hour?.dueAt ?? '') - Date.parse(found.now);
    expect(ms).toBeGreaterThan(0);
    expect(ms).toBeLessThanOrEqual(3_600_000);
    expect(found.effects).toMatchObject([
      { stage: 'retrying', type: 'ring', error: 'Error: the bell is dead', input: { desk: 'a' } },
    ]);
    const nextTry = Date.parse(found.effects[0]?.dueAt ?? '') - Date.parse(found.now);
    expect(nextTry).toBeLessThanOrEqual(1_000);
    const [far, jam] = found.commands;
    expect(far).toMatchObject({
      ...{ stage: 'sent', type: 'Stamp', ref: 'the far one', attempts: 0, dueAt: null },
      target: { type: 'desk', id: 'far' },
      correlationId: found.taken[0]?.correlationId,
    });
    expect(jam).toMatchObject({
      ...{ stage: 'retrying', type: 'Jam', ref: 'the jam', error: 'system_error' },
      target: { type: 'desk', id: 'jam' },
    });
    expect(jam?.dueAt).not.toBeNull();
  });

  test('is told what it waits for, and by which ways that would go', async () => {
    const world = await openCouriers(kind);
    await write(world, 'a', 'wait', 'ring');
    const ringing = ({ effects }: InstanceDetail) => effects.length === 1;
    const found = await instanceWhen(world, COURIER, ringing);
    expect(found.awaits).toContainEqual({ kind: 'event', type: 'Written' });
    expect(found.awaits).toContainEqual({ kind: 'effect', type: 'xstate.done.actor.ring' });
    expect(found.awaits).not.toContainEqual({ kind: 'outcome', type: 'command.accepted' });
    expect(found.awaits.filter(({ kind: of }) => of === 'timer').map(({ type }) => type)).toContain(
      'xstate.after.3600000.courier.clock.waiting',
    );
    expect(found.possible).toContain('bell.ringing:xstate.done.actor.ring:0');
    expect(found.possible).not.toContain('bell.idle:Written:0');
  });

  test('is told with the messages that wait behind one that fails', async () => {
    const world = await openCouriers(kind);
    await write(world, 'a', 'nothing', 'bad', 'wait', 'ring');
    const found = await instanceWhen(world, COURIER, ({ queue }) => queue.count === 3);
    expect(found.queue.isParked).toBe(false);
    const [first, ...others] = found.queue.messages;
    expect(first).toMatchObject({
      stage: 'retrying',
      error: expect.stringContaining('the courier stumbles'),
    });
    expect(first?.dueAt).not.toBeNull();
    expect(first?.message).toMatchObject({ recorded: { data: { text: 'bad' } } });
    expect(others).toMatchObject([
      {
        stage: 'waiting',
        attempts: 0,
        dueAt: null,
        message: { recorded: { data: { text: 'wait' } } },
      },
      { stage: 'waiting', message: { recorded: { data: { text: 'ring' } } } },
    ]);
    world.troubles.bad = /never/;
    await instanceWhen(
      world,
      COURIER,
      ({ queue, effects }) => queue.count === 0 && effects.length === 1,
    );
  });

  test('is told that it is parked, and its dead letter is found by it', async () => {
    const world = await openCouriers(kind);
    const id = 'round a/b%2F?ü#';
    await write(world, 'a', `${id} begins`, `${id} bad`, `${id} later`, 'round elsewhere bad');
    const found = await instanceWhen(
      world,
      ['rounds', id],
      ({ queue }) => queue.isParked && queue.count === 1,
    );
    expect(found).toMatchObject({
      id,
      state: { value: 'walking' },
      queue: { messages: [{ stage: 'waiting', message: { kind: 'event' } }] },
    });
    const search = new URLSearchParams({ policy: 'rounds', instance: id });
    const letters = async () => {
      const response = await fetch(`${world.server.url}/inspector/api/dead-letters?${search}`);
      return ((await response.json()) as LetterList).items;
    };
    await expect.poll(async () => (await letters())[0]?.waiting).toBe(1);
    expect(await letters()).toMatchObject([
      { instance: id, error: expect.stringContaining('the round is blocked') },
    ]);
  });

  test('that is not there is told of as far as something of it is left', async () => {
    const world = await openCouriers(kind);
    await write(world, 'a', 'round first bad');
    // It never began: its only message is a dead letter.
    await instanceWhen(world, ['rounds', 'round first'], ({ queue }) => queue.isParked);
    const found = await instance(world, 'rounds', 'round first');
    expect(found).toMatchObject({ state: null, incarnation: null, began: null, awaits: [] });
    for (const [policy, id] of [
      ['rounds', 'round second'],
      ['courier', 'desk:nobody'],
      ['courier', 'no actor'],
      ['nothing', 'desk:a'],
    ] as const) {
      expect((await ask(world, policy, id)).status, id).toBe(404);
    }
    const asked = `${world.server.url}/inspector/api/policies/rounds/instances/a?b=1`;
    expect((await fetch(asked)).status).toBe(422);
  });
});

describe('an instance', () => {
  test('is told without what is personal, unless that is allowed', async () => {
    for (const unmask of [false, true]) {
      const world = await openCouriers('memory', unmask);
      await write(world, 'a', 'carry');
      const found = await instanceWhen(world, COURIER, ({ commands }) => commands.length === 2);
      expect(found.isMasked).toBe(!unmask);
      const told = unmask ? 'a secret' : '•••••';
      expect(found.state?.context).toEqual({ stamp: told });
      expect(found.commands[0]?.data).toEqual({ desk: 'far', stamp: told });
    }
  });

  test('is told without what its errors quote of what it alone knows', async () => {
    for (const unmask of [false, true]) {
      const world = await openCouriers('memory', unmask);
      await write(world, 'a', 'carry', 'bad', 'round north begins', 'round north bad');
      await instanceWhen(world, COURIER, ({ queue }) => queue.count > 0);
      await instanceWhen(world, ['rounds', 'round north'], ({ queue }) => queue.isParked);
      const api = `${world.server.url}/inspector/api`;
      for (const path of [
        '/policies/courier/instances/desk%3Aa',
        '/actors/desk/a/under-way',
        '/dead-letters',
      ]) {
        const text = await (await fetch(`${api}${path}`)).text();
        expect(text, path).toContain(` with ${unmask ? 'a secret' : '•••••'}`);
      }
    }
  });

  test('of another machine than this code’s is told with a warning', async () => {
    const world = await openCouriers('memory');
    await write(world, 'a', 'wait');
    // The first of its two timers is over: nothing more is written of it by itself.
    await instanceWhen(world, COURIER, ({ timers }) => timers.length === 1);
    const { store } = world.engine.inside;
    const page = await world.engine.instances('courier', { limit: 1, cursor: null });
    const partition = page?.items[0]?.partition ?? 0;
    const tell = async (change: object) => {
      const [body] = await store.rows(partition, 'instance/courier', ['desk:a']);
      const row = { ...JSON.parse(body ?? ''), ...change };
      const written = { table: 'instance/courier', key: 'desk:a', body: JSON.stringify(row) };
      const rows = [{ ...written, order: { kind: 'next' } as const }];
      await store.post({ partition, expected: [], rows });
      return (await instance(world, 'courier', 'desk:a')).warning;
    };
    expect(await tell({ machineHash: 'another' })).toContain('another machine of this version');
    expect(await tell({ version: 2 })).toContain('written by version 2');
    const gone = await tell({ version: 1, machine: { value: 'gone', context: {} } });
    expect(gone).toContain('This code cannot run');
  });

  test('is told however many messages wait for it', async () => {
    const world = await openCouriers('memory');
    await write(world, 'a', 'round many bad');
    await instanceWhen(world, ['rounds', 'round many'], ({ queue }) => queue.isParked);
    const { store } = world.engine.inside;
    const table = 'instance/rounds';
    for (let partition = 0; partition < store.partitions; partition++) {
      const [body = null] = await store.rows(partition, table, ['round many']);
      if (body === null) continue;
      const queue = { first: 1, next: 2 ** 40, parked: true };
      const row = {
        table,
        key: 'round many',
        body: JSON.stringify({ ...JSON.parse(body), queue }),
      };
      const rows = [{ ...row, order: { kind: 'next' } as const }];
      await store.post({ partition, expected: [], rows });
    }
    const { queue } = await instance(world, 'rounds', 'round many');
    expect(queue).toEqual({ count: 2 ** 40 - 2, isParked: true, messages: [] });
  });

  test('says so where there was too much to look through', async () => {
    const world = await openCouriers('memory');
    await write(world, 'a', 'wait');
    const found = await instanceWhen(world, COURIER, ({ timers }) => timers.length > 0);
    expect(found.isCut).toBe(false);
    const { store } = world.engine.inside;
    const page = await world.engine.instances('courier', { limit: 1, cursor: null });
    const letter = { kind: 'message', instance: 'other', error: 'e', queued: queuedOf(found) };
    const rows = Array.from({ length: 1_001 }, (_, number) => ({
      ...{ table: 'dead/courier', key: `other\n${number}`, body: JSON.stringify(letter) },
      order: { kind: 'at', at: number } as const,
    }));
    await store.post({ partition: page?.items[0]?.partition ?? 0, expected: [], rows });
    expect((await instance(world, 'courier', 'desk:a')).isCut).toBe(true);
  });
});

/** A message that failed, as it stands in a letter. */
function queuedOf({ now, began }: InstanceDetail) {
  const message = {
    ...{ kind: 'timer', id: 't', generation: 1, incarnation: 'i', at: now },
    ...{ event: { type: 't' }, correlationId: began?.correlationId ?? '' },
  };
  return { message, attempts: 1, history: [], at: now, revived: false };
}
