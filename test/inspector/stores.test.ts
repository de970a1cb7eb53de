/** The inspector tells the same on every store, whichever of two nodes is asked. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createActor } from 'xstate';
import { actorKey, partitionOf } from '../../src/engine/address.ts';
import type { Outcome } from '../../src/engine/outcome.ts';
import { parseRecord } from '../../src/engine/record.ts';
import type {
  ActorPage,
  HistoryPage,
  HistoryPages,
  LetterCountAnswer,
  LetterList,
  LettersSettled,
  PastState,
  PolicyList,
  Trace,
} from '../../src/inspector/protocol.ts';
import { oneOf, randomFrom, SEED } from '../faults/seed.ts';
import { boxMachine } from '../support/box/machine.ts';
import { eventsOf, mustAccept, send } from '../support/node.ts';
import { makeRoom, type StoreRoom } from '../support/stores.ts';
import { untilLater } from './index-answers.ts';
import { LiveReader } from './live-reader.ts';
import {
  atRest,
  type InspectedNode,
  inspectedApp,
  look,
  PARTITIONS,
  say,
  startInspected,
  statusOf,
} from './store-world.ts';

/** Commands of one box: more than two snapshots, and then some. */
const STEPS = 280;
const TOGETHER = 20;

/** A step of a box, and what plain XState makes of the commands up to it. */
interface LivedStep {
  readonly position: string;
  readonly command: string;
  readonly version: number;
  readonly value: unknown;
  readonly context: unknown;
}

describe.each(['memory', 'embedded', 'redis', 'cluster'] as const)('on %s', (kind) => {
  const picky = { cannot: /bad/ };
  let room: StoreRoom;
  /** What is sent goes to one node, what is asked is asked of the other. */
  let one: InspectedNode;
  let other: InspectedNode;
  let lived: readonly LivedStep[];

  beforeAll(async () => {
    room = await makeRoom(kind, PARTITIONS);
    const app = inspectedApp(picky);
    // What is said is waited for until it is done, however busy the machine.
    const limits = { pauseLookMs: 1, deadLetterWaitMs: 20_000 };
    one = await startInspected(await room.open(), { app, limits });
    other = await startInspected(await room.open(), { app, limits });
    lived = await live(one);
    await atRest(other);
  });
  afterAll(async () => {
    await Promise.all([one.end(), other.end()]);
    await room.close();
  });

  /** How the step that is the nth, from 1 on, is told. */
  const at = (nth: number) => look<PastState>(other, `/actors/box/lived/at/${step(nth).position}`);
  const step = (nth: number) => {
    const found = lived[nth - 1];
    if (!found) throw new Error(`there is no step ${nth}`);
    return found;
  };
  const shown = ({ value, context }: LivedStep) => ({ value, context });

  test('a long history comes in pages of a hundred, and by where they begin', async () => {
    const newest = lived.toReversed().map(({ position, command }) => ({ position, command }));
    const told: { position: string; command: string }[] = [];
    const begins: string[] = [];
    for (let path = ''; ; ) {
      const page = await look<HistoryPage>(other, `/actors/box/lived/history${path}`);
      if (path === '') expect(page).toMatchObject({ total: lived.length, isTrimmed: false });
      begins.push(page.steps[0]?.position ?? '');
      told.push(...page.steps.map(({ position, command }) => ({ position, command })));
      if (page.next === null) break;
      path = `?from=${page.next}`;
    }
    expect(told).toEqual(newest);
    const pages = await look<HistoryPages>(other, '/actors/box/lived/history/pages');
    expect(pages).toEqual({
      starts: begins,
      next: null,
      lastSteps: lived.length % 100,
      isTrimmed: false,
    });
    expect(begins).toHaveLength(3);
  });

  test('a step of the past is what plain XState makes of the commands up to it', async () => {
    expect(lived.length).toBeGreaterThan(250);
    for (const nth of [1, 2, 57, 99, 100, 101, 102, 199, 200, 201, 250, lived.length]) {
      const past = await at(nth);
      const { command, position, version } = step(nth);
      expect(past, `step ${nth}`).toMatchObject({
        step: { command, position, version },
        after: shown(step(nth)),
        warning: null,
        // From the nearest snapshot, which every hundredth record carries.
        folded: nth % 100 === 0 ? 100 : nth % 100,
      });
      if (nth > 1) expect(past.before).toMatchObject(shown(step(nth - 1)));
    }
  });

  test('a trace is what the feed says, across actors and policies', async () => {
    const traceId = 'c0ffee'.padStart(32, '0');
    const put = async (item: string) => {
      await mustAccept(one.engine, 'Put', { box: 'traced', item }, { traceId });
      await atRest(other);
    };
    await put('pen');
    // The index has the first part of it already.
    await put('cup');
    const trace = await look<Trace>(other, `/traces/${traceId}`);
    const feeds = await Promise.all(
      Array.from({ length: PARTITIONS }, (_, each) => one.store.readFeed(each, 0, 10_000)),
    );
    const recorded = feeds.flat().map(({ body }) => parseRecord(body));
    const own = recorded.filter(({ correlationId }) => correlationId === traceId);
    expect(own).toHaveLength(6);
    expect(
      trace.steps
        .map(({ commandId, version, actor }) => [commandId, version, actorKey(actor)])
        .sort(),
    ).toEqual(own.map(({ commandId, version, actor }) => [commandId, version, actor]).sort());
    const puts = trace.steps.filter(({ command }) => command === 'Put');
    const caused = trace.steps.filter(({ command }) => command !== 'Put');
    for (const step of puts) expect(step).toMatchObject({ policy: null, cause: null });
    const because = puts.flatMap(({ events: [event] }) =>
      ['counting', 'tossing'].map((policy) => [policy, event?.id]),
    );
    expect(caused.map(({ policy, cause }) => [policy, cause]).sort()).toEqual(because.sort());
    expect(trace).toMatchObject({ isIndexed: true, isCut: false, pending: [] });
  });

  test('a policy that is paused at one node takes nothing at any, until it is resumed', async () => {
    const policy = async (name: string, node: InspectedNode) =>
      (await look<PolicyList>(node, '/policies')).policies.find((each) => each.name === name);
    expect(await say(other, '/policies/tossing/pause')).toEqual({ paused: true });
    expect(await policy('tossing', one)).toMatchObject({ paused: true });
    // Every node has looked whether policies are paused since.
    await untilLater();
    await untilLater();
    const boxes = Array.from({ length: 8 }, (_, n) => `paused-${n}`);
    for (const box of boxes) await mustAccept(one.engine, 'Put', { box, item: box });
    await expect
      .poll(async () => (await policy('counting', other)) ?? null)
      .toMatchObject({ lag: 0, inFlight: 0 });
    expect((await policy('tossing', other))?.lag).toBeGreaterThanOrEqual(boxes.length);
    const tossed = async () =>
      (await eventsOf(one.engine, 'tossed')).filter(({ data: { item } }) =>
        boxes.includes(String(item)),
      ).length;
    expect(await tossed()).toBe(0);
    expect(await say(one, '/policies/tossing/resume')).toEqual({ paused: false });
    await atRest(other);
    expect(await tossed()).toBe(boxes.length);
    expect(await policy('tossing', other)).toMatchObject({ paused: false, lag: 0 });
  });

  test('dead letters are edited, retried, and retried in bulk as they were counted', async () => {
    picky.cannot = /bad|worse/;
    const put = (item: string) => mustAccept(one.engine, 'Put', { box: item, item });
    const letters = async () => {
      const found = [];
      for (let more = ''; ; ) {
        const page = await look<LetterList>(other, `/dead-letters?limit=2${more}`);
        found.push(...page.items);
        if (page.nextCursor === null) return found;
        more = `&cursor=${page.nextCursor}`;
      }
    };
    const items = async () =>
      (await letters()).map(({ error }) => error.replace('Error: cannot toss ', '')).sort();
    const bad = ['bad 1', 'bad 2', 'bad 3', 'bad 4', 'bad 5'];
    for (const item of bad) await put(item);
    await expect.poll(items).toEqual(bad);
    const idOf = async (item: string) =>
      (await letters()).find(({ error }) => error.endsWith(item))?.id ?? '';

    const edited = (await letters()).find(({ error }) => error.endsWith('bad 1'));
    expect(edited).toMatchObject({ isEditable: true, attempts: 1, data: { item: 'bad 1' } });
    const next = { ...Object(edited?.data), item: 'mended 1' };
    expect(await say(other, `/dead-letters/${edited?.id}/edit`, { data: next })).toEqual({
      status: 'done',
    });
    await expect.poll(items).toEqual(bad.slice(1));

    picky.cannot = /worse/;
    expect(await say(other, `/dead-letters/${await idOf('bad 2')}/retry`)).toEqual({
      status: 'done',
    });
    const count = await say<LetterCountAnswer>(other, '/dead-letters/count', { policy: 'tossing' });
    expect(count).toMatchObject({ count: 3, isCut: false });
    await untilLater();
    await put('worse');
    await expect.poll(items).toContain('worse');
    const [late] = (await letters()).filter(({ error }) => error.endsWith('worse'));
    const word = { how: 'retry', policy: 'tossing', through: count.through };
    expect(await say<LettersSettled>(other, '/dead-letters/settle', word)).toEqual({
      done: 3,
      pending: 0,
      isCut: false,
    });
    await atRest(other);
    // What was parked after the count was not tried.
    expect(await letters()).toEqual([late]);
    const tossed = (await eventsOf(one.engine, 'tossed')).map(({ data: { item } }) => item);
    const meant = tossed.filter((item) => /bad|worse|mended/.test(String(item))).sort();
    expect(meant).toEqual(['bad 2', 'bad 3', 'bad 4', 'bad 5', 'mended 1']);
    const reason = { reason: 'of no use' };
    expect(await say(one, `/dead-letters/${late?.id}/discard`, reason)).toEqual({ status: 'done' });
    expect(await letters()).toEqual([]);
  });

  test('actors are found by every word, each once, also while others change', async () => {
    const random = randomFrom(SEED);
    const ids = Array.from({ length: 40 }, (_, n) => `s${String(n).padStart(2, '0')}`);
    await Promise.all(ids.map((box) => mustAccept(one.engine, 'Count', { box })));
    const sealed = ids.filter((_, n) => n % 8 === 3);
    await untilLater();
    for (const box of sealed) await mustAccept(one.engine, 'Seal', { box });
    await atRest(other);

    /** All pages; before each, what `between` does. */
    const found = async (q: string, between: () => Promise<unknown> = async () => {}) => {
      const all: string[] = [];
      for (let more = ''; ; ) {
        await between();
        const path = `/actors?q=${encodeURIComponent(q)}&limit=7${more}`;
        const page = await look<ActorPage>(other, path);
        all.push(...page.items.map(({ id }) => id));
        if (page.nextCursor === null) return all;
        more = `&cursor=${page.nextCursor}`;
      }
    };
    expect((await found('s state:sealed')).sort()).toEqual(sealed);
    expect((await found('type:box state:sealed')).sort()).toEqual(
      [...sealed, ...(step(lived.length).value === 'sealed' ? ['lived'] : [])].sort(),
    );
    expect(await found('id:s07')).toEqual(['s07']);
    expect(await found('id:s0…')).toEqual(ids.slice(0, 10));
    expect(await found('stale:>1h')).toEqual([]);
    const oldest = await found('stale:0s');
    const newest = await found('');
    const tops = [oldest.toReversed(), newest].map((all) => all.slice(0, sealed.length).sort());
    expect(tops).toEqual([sealed, sealed]);
    expect(oldest.toSorted()).toEqual(newest.toSorted());

    const moving = ids.slice(20).filter((id) => !sealed.includes(id));
    const still = newest.filter((id) => !moving.includes(id)).sort();
    const change = () => mustAccept(one.engine, 'Count', { box: oneOf(random, moving) });
    expect(await found('id:s…', change)).toEqual(ids);
    const among = await found('', change);
    expect(new Set(among).size).toBe(among.length);
    expect(among.filter((id) => !moving.includes(id)).sort()).toEqual(still);

    await atRest(other);
    const { counts, total } = await look<ActorPage>(other, '/actors?q=type:box&limit=1');
    const count = (state: string) => counts?.find((each) => each.state === state)?.count;
    expect(total).toBe(newest.length);
    expect(count('sealed')).toBe((await found('state:sealed')).length);
    expect(count('open')).toBe((await found('state:open')).length);
    expect((count('open') ?? 0) + (count('sealed') ?? 0)).toBe(total);
  });

  test('the live stream goes on where it broke off: nothing is lost, nothing comes twice', async () => {
    const first = await LiveReader.open(other);
    const sent = async (count: number) => {
      for (let n = 0; n < count; n++)
        await mustAccept(one.engine, 'Count', { box: `live-${n % 3}` });
    };
    await sent(10);
    await first.until(10);
    first.leave();
    await sent(15);
    // Its next stream is served by another node.
    const second = await LiveReader.open(one, first.lastId);
    await sent(5);
    await second.until(20);
    second.leave();
    await sent(7);
    const third = await LiveReader.open(other, second.lastId);
    await mustAccept(one.engine, 'Name', { box: 'live-0', name: `last of ${kind}` });
    await third.until(8);
    third.leave();
    expect([first.events, second.events, third.events]).toEqual([
      { Counted: 10 },
      { Counted: 20 },
      { Counted: 7, Named: 1 },
    ]);
    expect([first, second, third].map(({ skipped }) => skipped)).toEqual([0, 0, 0]);
  });

  test('a history that was trimmed says so, and travel says what cannot be told any more', async () => {
    await atRest(other);
    const partition = partitionOf('box:lived', PARTITIONS);
    const through = Number(step(120).position.split(':')[1]);
    for (let gone = 0; gone < through; ) gone = await one.store.trim(partition, through);
    const page = await look<HistoryPage>(other, '/actors/box/lived/history');
    expect(page).toMatchObject({ total: lived.length, isTrimmed: false });
    const last = await look<HistoryPage>(other, `/actors/box/lived/history?from=${page.next}`);
    expect(last).toMatchObject({ next: null, isTrimmed: true });
    expect(page.steps.length + last.steps.length).toBe(lived.length - 120);

    const lost = await at(150);
    expect(lost).toMatchObject({
      before: null,
      after: null,
      taken: [],
      commands: { possible: [] },
    });
    expect(lost.warning).toContain('was trimmed');
    expect(await at(200)).toMatchObject({ before: null, after: shown(step(200)) });
    expect(await at(201)).toMatchObject({ after: shown(step(201)), folded: 1, warning: null });
    expect(await statusOf(other, `/actors/box/lived/at/${step(120).position}`)).toBe(404);
    expect(await statusOf(other, `/actors/box/lived/history?from=${step(120).position}`)).toBe(200);
  });
});

/** A box lives through many commands. Each is told to plain XState, too. */
async function live({ engine }: InspectedNode): Promise<readonly LivedStep[]> {
  const random = randomFrom(SEED);
  const commands = Array.from({ length: STEPS }, () => {
    const pick = random();
    if (pick < 0.6) return { type: 'Count', body: {} };
    if (pick < 0.7) return { type: 'Refuse', body: {} };
    if (pick < 0.9) return { type: 'Settle', body: { total: Math.floor(random() * 50) } };
    return { type: 'Name', body: { name: oneOf(random, ['Ann', 'Bob']) } };
  });
  const outcomes: Outcome[] = [];
  while (outcomes.length < STEPS) {
    // In order, some together in a turn.
    const together = commands.slice(outcomes.length, outcomes.length + TOGETHER);
    const sent = together.map(({ type, body }) => send(engine, type, { box: 'lived', ...body }));
    outcomes.push(...(await Promise.all(sent)));
  }
  const actor = createActor(boxMachine).start();
  return outcomes.flatMap((outcome, index) => {
    const { type, body } = commands[index] ?? { type: '', body: {} };
    if (outcome.status === 'failed') throw new Error(outcome.failure.code);
    // What has no effect is not recorded.
    if (outcome.events.length === 0) return [];
    const told = { type, data: { box: 'lived', ...body }, facts: {}, claims: { name: 'granted' } };
    actor.send({ ...told, meta: {} } as never);
    const { value, context } = actor.getSnapshot();
    const { version } = outcome.actor;
    return [{ position: outcome.position, command: type, version, value, context }];
  });
}
