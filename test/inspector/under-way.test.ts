/** What the inspector tells of what an actor led to, and of what led to it, on every store. */
import { describe, expect, test } from 'vitest';
import type {
  ActorUnderWay,
  HistoryPage,
  StepCause,
  Trace,
  UnderWay,
} from '../../src/inspector/protocol.ts';
import { command } from '../support/node.ts';
import { openCouriers, STORES, type World, write } from './couriers-on-stores.ts';

const get = ({ server }: World, path: string) => fetch(`${server.url}/inspector/api${path}`);

async function read<T>(world: World, path: string): Promise<T> {
  const response = await get(world, path);
  expect(response.status, path).toBe(200);
  return (await response.json()) as T;
}

const of = (world: World, desk: string) =>
  read<ActorUnderWay>(world, `/actors/desk/${desk}/under-way`);

/** As soon as it is as `is` says. */
async function when(
  world: World,
  desk: string,
  is: (found: ActorUnderWay) => boolean,
): Promise<ActorUnderWay> {
  let last = await of(world, desk);
  const look = async () => {
    last = await of(world, desk);
    return is(last);
  };
  if (!is(last)) await expect.poll(look).toBe(true);
  return last;
}

const words = (items: readonly UnderWay[]) =>
  items.map(({ what, stage, type }) => `${what} ${stage}: ${type}`).sort();

const isAtRest = ({ behind, items, awaited }: ActorUnderWay) =>
  behind.length + items.length + awaited.length === 0;

const AN_HOUR = 'timer waiting: xstate.after.3600000.courier.clock.waiting';

describe.each(STORES)('what is under way of an actor, on %s', (kind) => {
  test('is what its events led to, and what goes to it', async () => {
    const world = await openCouriers(kind);
    await write(world, 'a', 'wait', 'ring', 'carry');
    await write(world, 'other', 'nothing');
    const isTried = ({ items }: ActorUnderWay) =>
      items.length === 4 && items.filter(({ attempts }) => attempts > 0).length === 2;
    const found = await when(world, 'a', isTried);
    expect(words(found.items)).toEqual([
      'command retrying: Jam',
      'command sent: Stamp',
      'effect retrying: ring',
      AN_HOUR,
    ]);
    expect(found).toMatchObject({ behind: [], awaited: [], isCut: false, ofSteps: null });
    for (const { policy, instance, correlationId, stage, dueAt } of found.items) {
      expect([policy, instance]).toEqual(['courier', 'desk:a']);
      expect(correlationId).toMatch(/^[\da-f]{32}$/);
      if (stage === 'retrying') expect(dueAt).not.toBeNull();
    }
    const far = await of(world, 'far');
    expect(words(far.items)).toEqual(['command sent: Stamp']);
    expect(far.items[0]).toMatchObject({ target: { type: 'desk', id: 'far' }, ref: 'the far one' });
    expect(isAtRest(await of(world, 'other'))).toBe(true);
    expect(isAtRest(await of(world, 'nobody'))).toBe(true);
    expect((await get(world, '/actors/nothing/a/under-way')).status).toBe(404);
    expect((await get(world, '/actors/desk/a/under-way?a=1')).status).toBe(422);
  });

  test('is over when all has come to its end', async () => {
    const world = await openCouriers(kind);
    await write(world, 'a', 'ring', 'carry');
    await when(world, 'a', ({ items }) => items.length === 3);
    Object.assign(world.troubles, { isDead: false, isFar: false, isJammed: false });
    await when(world, 'a', isAtRest);
    expect(isAtRest(await of(world, 'far'))).toBe(true);
  });

  test('has messages about its events that fail, and those that were given up', async () => {
    const world = await openCouriers(kind);
    await write(world, 'a', 'bad', 'round north bad');
    await write(world, 'b', 'round north later');
    const isSettled = ({ items }: ActorUnderWay) =>
      items.length === 2 && items.every(({ stage }) => stage !== 'waiting');
    const found = await when(world, 'a', isSettled);
    expect(words(found.items)).toEqual(['message dead: Written', 'message retrying: Written']);
    expect(found.items.find(({ stage }) => stage === 'dead')).toMatchObject({
      policy: 'rounds',
      instance: 'round north',
      error: expect.stringContaining('the round is blocked'),
    });
  });

  test('has who has not passed its last steps, and that it is paused', async () => {
    const world = await openCouriers(kind);
    await write(world, 'a', 'nothing');
    await when(world, 'a', isAtRest);
    await world.engine.pausePolicy('rounds');
    await expect
      .poll(async () => {
        await write(world, 'a', 'nothing');
        return (await of(world, 'a')).behind;
      })
      .toContainEqual(expect.objectContaining({ name: 'rounds', isPaused: true }));
    // It may have been about to take one when it was paused.
    await write(world, 'a', 'nothing', 'nothing');
    const { behind } = await when(world, 'a', (found) => found.behind.length === 1);
    expect(behind).toMatchObject([{ kind: 'policy', name: 'rounds', isPaused: true }]);
    expect(behind[0]?.steps).toBeGreaterThanOrEqual(2);
    await world.engine.resumePolicy('rounds');
    await when(world, 'a', isAtRest);
  });

  test('has commands that are answered later', async () => {
    const world = await openCouriers(kind);
    const stamp = command(world.engine, 'Stamp', { desk: 'far', stamp: 'x' });
    const answer = await world.engine.submitAsync(stamp, { principal: 'somebody' });
    expect(answer.status).toBe('pending');
    const found = await when(world, 'far', ({ awaited }) => awaited.length > 0);
    expect(found.awaited).toMatchObject([
      { commandId: answer.commandId, command: 'Stamp', principal: 'somebody' },
    ]);
    expect((await of(world, 'near')).awaited).toEqual([]);
    world.troubles.isFar = false;
    await when(world, 'far', isAtRest);
  });

  test('is told of a step: who sent its command, and for which event', async () => {
    const world = await openCouriers(kind);
    Object.assign(world.troubles, { isFar: false, isJammed: false });
    await read(world, '/actors');
    await write(world, 'a', 'nothing', 'carry', 'wait');
    const steps = async (desk: string, count: number) => {
      const path = `/actors/desk/${desk}/history`;
      await expect
        .poll(async () => {
          const response = await get(world, path);
          const { steps: all = [] } = (await response.json()) as Partial<HistoryPage>;
          return all.length;
        })
        .toBe(count);
      return (await read<HistoryPage>(world, path)).steps;
    };
    const written = await steps('a', 3);
    const [stamped] = await steps('far', 1);
    const [late] = await steps('stamps', 1);
    const causeOf = (desk: string, position = '') =>
      read<StepCause>(world, `/actors/desk/${desk}/at/${position}/cause`);
    const told = async (desk: string, position?: string) => {
      await expect.poll(async () => (await causeOf(desk, position)).event?.type).toBe('Written');
      return causeOf(desk, position);
    };
    const [waited, carried] = written;
    expect(await told('far', stamped?.position)).toMatchObject({
      policy: 'courier',
      instance: 'desk:a',
      event: { actor: { type: 'desk', id: 'a' }, position: carried?.position },
    });
    // The instance began in another trace; its timer was set by the event of this one.
    expect(await told('stamps', late?.position)).toMatchObject({
      policy: 'courier',
      instance: 'desk:a',
      event: { position: waited?.position },
    });
    const outside = await get(world, `/actors/desk/a/at/${waited?.position}/cause`);
    expect(outside.status).toBe(404);
    expect((await get(world, '/actors/desk/far/at/0:99/cause')).status).toBe(404);
  });
});

describe('what is under way', () => {
  test('is told of a trace, with its timers and its effects', async () => {
    const world = await openCouriers('memory');
    await write(world, 'a', 'wait');
    const { items } = await when(world, 'a', (found) => words(found.items).join() === AN_HOUR);
    const trace = await read<Trace>(world, `/traces/${items[0]?.correlationId}`);
    expect(trace.pending).toEqual(items);
  });

  test('says so where there was too much to look through, and of how many steps it tells', async () => {
    const world = await openCouriers('memory');
    await write(world, 'a', 'round old bad', ...Array.from({ length: 101 }, () => 'nothing'));
    const isTaken = ({ behind, items }: ActorUnderWay) => behind.length === 0 && items.length === 2;
    const found = await when(world, 'a', isTaken);
    expect(found).toMatchObject({ isCut: false, ofSteps: 100 });
    // A message says itself whose event it is about, however long ago that was.
    expect(found.items.map(({ instance }) => instance)).toContain('round old');
    const timer = {
      ...{ instance: 'i', incarnation: 'i', id: 't', generation: 1 },
      ...{ event: { type: 't' }, correlationId: 'c' },
    };
    const rows = Array.from({ length: 101 }, (_, number) => ({
      ...{ table: 'timer/courier', key: `i\n${number}`, body: JSON.stringify(timer) },
      order: { kind: 'in', ms: 60_000 } as const,
    }));
    await world.engine.inside.store.post({ partition: 2, expected: [], rows });
    expect(await of(world, 'a')).toMatchObject({ isCut: true });
  });
});
