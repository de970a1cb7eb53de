/** Trimming history while policies and projections run, under simulated time. */
import { describe, expect, test } from 'vitest';
import type { BackgroundLimits } from '../../../src/engine/background/limits.ts';
import type { RetentionSettings } from '../../../src/engine/background/retention.ts';
import { deskApp } from '../../support/desk/index.ts';
import { counted, feeds, historyApp, olderApp, seenOn } from '../history-world.ts';
import { holdCommits, Office } from './office.ts';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
/** The last records of a feed stay: among so many one bears the time of its commit. */
const LAST = 16;

const KEEP_20: RetentionSettings = { keepMs: null, keepRecords: 20 };
const KEEP_2_HOURS: RetentionSettings = { keepMs: 2 * HOUR_MS, keepRecords: null };

function open(retention: RetentionSettings, limits: Partial<BackgroundLimits> = {}) {
  const node = { retention, backgroundLimits: { trimPage: 40, ...limits } };
  return Office.open(historyApp(), { partitions: 2, node });
}

async function writeMany(office: Office, count: number, desk = 'a'): Promise<void> {
  const texts = Array.from({ length: count }, (_, n) => `${desk}${n}`);
  await office.write(desk, ...texts);
  await office.idle();
}

/** Time passes, with a rest every minute. */
async function pass(office: Office, ms: number): Promise<void> {
  for (let left = ms; left > 0; left -= MINUTE_MS) {
    await office.time.jump(Math.min(left, MINUTE_MS));
    await office.time.advance(2_000);
  }
}

const trimmedOf = async ({ nodes }: Office) =>
  (await feeds(nodes.store)).map(({ trimmed }) => trimmed);
/** Up to where feeds with these heads are trimmed that keep so many records. */
const short = (heads: readonly number[], kept: number) =>
  heads.map((head) => Math.max(0, head - kept));
const headsOf = async ({ nodes }: Office) => (await feeds(nodes.store)).map(({ head }) => head);

describe('history that is kept by count', () => {
  test('is as long as was said on every partition, and no shorter', async () => {
    const office = await open(KEEP_20);
    for (const desk of ['a', 'b', 'c']) await writeMany(office, 60, desk);
    const before = await headsOf(office);
    expect(Math.max(...before)).toBeGreaterThan(200);
    await pass(office, 5 * MINUTE_MS);
    expect(await trimmedOf(office)).toEqual(short(before, 20));
    await writeMany(office, 10);
    await pass(office, 5 * MINUTE_MS);
    const after = await headsOf(office);
    expect(await trimmedOf(office)).toEqual(short(after, 20));
    expect(await seenOn(office.nodes.store, 'stamps')).toHaveLength(190);
    await office.node.stop();
  });

  test('has all that is younger than two minutes', async () => {
    const office = await open(KEEP_20);
    await writeMany(office, 100);
    const heads = await headsOf(office);
    await pass(office, MINUTE_MS);
    expect(await trimmedOf(office)).toEqual([0, 0]);
    await pass(office, 4 * MINUTE_MS);
    expect(await trimmedOf(office)).toEqual(short(heads, 20));
    await office.node.stop();
  });
});

describe('history that is kept by age', () => {
  test('has all that is younger, and the last few records whatever their age', async () => {
    const office = await open(KEEP_2_HOURS);
    await writeMany(office, 80);
    const old = await headsOf(office);
    await pass(office, HOUR_MS);
    await writeMany(office, 80);
    const heads = await headsOf(office);
    await pass(office, 30 * MINUTE_MS);
    expect(await trimmedOf(office)).toEqual([0, 0]);
    await pass(office, 35 * MINUTE_MS);
    expect(await trimmedOf(office)).toEqual(short(old, LAST));
    await pass(office, 60 * MINUTE_MS);
    expect(await trimmedOf(office)).toEqual(short(heads, LAST));
    await office.node.stop();
  });

  test('loses none that was committed late, however old its command was', async () => {
    const office = await open(KEEP_2_HOURS);
    const late = office.nodes.make(office.app, { clockAheadMs: -24 * HOUR_MS });
    for (let n = 0; n < 60; n++) {
      const node = n % 3 === 0 ? office.counter : late;
      await office.nodes.send(node, 'Write', { desk: 'a', text: `${n}` });
    }
    await office.idle();
    await pass(office, HOUR_MS);
    expect(await trimmedOf(office)).toEqual([0, 0]);
    await office.node.stop();
  });

  test('goes by age or by count, whichever says so', async () => {
    const office = await open({ keepMs: 2 * HOUR_MS, keepRecords: 100 });
    for (let n = 0; n < 4; n++) {
      await writeMany(office, 100);
      await pass(office, 5 * MINUTE_MS);
      const heads = await headsOf(office);
      expect(await trimmedOf(office)).toEqual(short(heads, 100));
    }
    await pass(office, 2 * HOUR_MS);
    const heads = await headsOf(office);
    expect(await trimmedOf(office)).toEqual(short(heads, LAST));
    await office.node.stop();
  });
});

test.each([
  ['count', KEEP_20, 10 * MINUTE_MS, 20],
  ['age', KEEP_2_HOURS, 4 * HOUR_MS, LAST],
])('history by %s has all that came since the cause of what is to be done', async (...given) => {
  const [, retention, ms, kept] = given;
  const office = await open(retention);
  await writeMany(office, 60);
  await pass(office, ms);
  const [before = [], release] = [await headsOf(office), holdCommits(office.node, 'late')];
  await office.write('a', 'late');
  const texts = Array.from({ length: 60 }, (_, n) => `more${n}`);
  await office.write('a', ...texts);
  await pass(office, ms);
  for (const [partition, trimmed] of (await trimmedOf(office)).entries()) {
    expect(trimmed).toBeLessThanOrEqual(before[partition] ?? 0);
  }
  release();
  await office.idle();
  await pass(office, ms);
  const heads = await headsOf(office);
  expect(await trimmedOf(office)).toEqual(short(heads, kept));
  expect(await office.letters()).toEqual([]);
  await office.node.stop();
});

describe('what a subscriber has not passed', () => {
  test('stays while a fold throws, and goes once it is mended', async () => {
    const broken = { isBroken: true };
    const app = historyApp(broken);
    const node = { retention: KEEP_20, backgroundLimits: { trimPage: 40 } };
    const office = await Office.open(app, { partitions: 1, node });
    await office.write('a', ...Array.from({ length: 50 }, (_, n) => `${n}`));
    await office.write('a', 'bad');
    await office.write('a', ...Array.from({ length: 50 }, (_, n) => `more ${n}`));
    await office.until(async () => (await office.stamps()).length === 101);
    await pass(office, 10 * MINUTE_MS);
    const [halted] = await feeds(office.nodes.store);
    expect(halted?.trimmed).toBe(halted?.checkpoints.seen);
    expect(halted?.trimmed).toBeGreaterThan(0);
    expect(halted?.passed).toBeLessThan((halted?.head ?? 0) - 100);
    broken.isBroken = false;
    await office.idle();
    await pass(office, 10 * MINUTE_MS);
    const [mended] = await feeds(office.nodes.store);
    expect(mended?.trimmed).toBe((mended?.head ?? 0) - 20);
    expect(await seenOn(office.nodes.store, 'a')).toHaveLength(101);
    await office.node.stop();
  });

  test('stays for one who is gone, until it is removed by name', async () => {
    const office = new Office(historyApp(), { partitions: 2 });
    const before = await office.join(olderApp());
    await writeMany(office, 60);
    await office.until(async () => (await before.engine.policies()).idle);
    await before.stop();
    const passed = await headsOf(office);
    const node = office.nodes.make(office.app, { retention: KEEP_20 });
    const warned: unknown[] = [];
    Object.assign(node.log, { warn: (fields: object) => void warned.push(fields) });
    await office.nodes.run(node.engine.start());
    expect(warned).toEqual([{ subscribers: ['former'] }]);
    await writeMany(office, 60);
    await pass(office, 10 * MINUTE_MS);
    const heads = await headsOf(office);
    const most = short(heads, 20).map((last, place) => Math.min(passed[place] ?? 0, last));
    expect(await trimmedOf(office)).toEqual(most);

    const all = await node.engine.subscribers();
    expect(all.map(({ name, kind }) => `${name} ${kind}`)).toEqual([
      'counting policy',
      'former gone',
      'once policy',
      'seen projection',
    ]);
    const lag = heads.reduce((sum, head, place) => sum + head - (passed[place] ?? 0), 0);
    expect(all.map((each) => each.lag)).toEqual([0, lag, 0, 0]);
    expect(await node.engine.removeSubscriber('once')).toBe('in_use');
    expect(await node.engine.removeSubscriber('seen#3')).toBe('in_use');
    expect(await node.engine.removeSubscriber('nobody')).toBe('unknown');
    expect(await node.engine.removeSubscriber('former')).toBe('removed');
    expect(await node.engine.removeSubscriber('former')).toBe('unknown');
    await pass(office, 5 * MINUTE_MS);
    expect(await trimmedOf(office)).toEqual(short(heads, 20));
    await node.stop();
  });
});

describe('a node that trims', () => {
  test('does so for what it holds, and takes over what another held', async () => {
    const office = new Office(historyApp(), { partitions: 4 });
    const options = { retention: KEEP_20 };
    const [one, two] = [
      await office.join(office.app, options),
      await office.join(office.app, options),
    ];
    for (const desk of ['a', 'b', 'c', 'd', 'e', 'f']) await writeMany(office, 40, desk);
    await pass(office, 5 * MINUTE_MS);
    const first = await headsOf(office);
    expect(await trimmedOf(office)).toEqual(short(first, 20));
    one.crash();
    for (const desk of ['a', 'b', 'c', 'd', 'e', 'f']) await writeMany(office, 40, desk);
    await pass(office, 5 * MINUTE_MS);
    const second = await headsOf(office);
    expect(await trimmedOf(office)).toEqual(short(second, 20));
    expect(await counted(office.counter.engine)).toMatchObject({ 'desk:a': 80, 'desk:f': 80 });
    await two.stop();
  });

  test('waits for a store that is out of reach, says so once, and goes on', async () => {
    const office = await open(KEEP_20);
    const warned: string[] = [];
    Object.assign(office.node.log, { warn: (_: object, text: string) => void warned.push(text) });
    await writeMany(office, 60);
    let tries = 0;
    office.node.fate = (method) => {
      if (method !== 'trim') return 'answered';
      tries += 1;
      return 'request lost';
    };
    await pass(office, 60 * MINUTE_MS);
    expect(warned).toEqual(['history cannot be trimmed while the store is out of reach']);
    expect(tries).toBeGreaterThan(1);
    expect(tries).toBeLessThan(10);
    office.node.fate = () => 'answered';
    await pass(office, 20 * MINUTE_MS);
    const heads = await headsOf(office);
    expect(await trimmedOf(office)).toEqual(short(heads, 20));
    await office.node.stop();
  });

  test('says what else went wrong once, and goes on', async () => {
    const office = await open(KEEP_20);
    await writeMany(office, 60);
    office.node.fate = (method) => (method === 'trim' ? new Error('torn') : 'answered');
    await pass(office, 20 * MINUTE_MS);
    const said = office.node.log.errors.filter(({ message }) => message.includes('trimmed'));
    expect(said).toHaveLength(1);
    await office.node.stop();
  });

  test('reads next to nothing where nothing is to go', async () => {
    const office = await open(KEEP_2_HOURS);
    await writeMany(office, 400);
    let looks = 0;
    office.node.fate = (method, args) => {
      if (method === 'trim' || args[2] === 40) throw new Error(method);
      if (method === 'readFeed' && args[2] === LAST + 1) looks += 1;
      return 'answered';
    };
    await pass(office, 30 * MINUTE_MS);
    expect(looks).toBeGreaterThan(10);
    expect(looks).toBeLessThanOrEqual(2 * 31);
    expect(office.node.log.errors).toEqual([]);
    await office.node.stop();
  });

  test('is none unless it is told to', async () => {
    const office = await Office.open(historyApp(), { partitions: 1 });
    await writeMany(office, 100);
    await pass(office, 3 * HOUR_MS);
    expect(await trimmedOf(office)).toEqual([0]);
    expect(office.node.calls.get('trim')).toBeUndefined();
    await office.node.stop();
  });

  test('trims also where nobody subscribes', async () => {
    const office = new Office(deskApp([]), { partitions: 1 });
    const bare = await office.join(office.app, { retention: KEEP_20 });
    await office.write('a', ...Array.from({ length: 60 }, (_, n) => `${n}`));
    await pass(office, 5 * MINUTE_MS);
    expect(await trimmedOf(office)).toEqual([40]);
    await bare.stop();
  });

  test.each([
    [{ keepMs: HOUR_MS - 1, keepRecords: null }],
    [{ keepMs: Number.NaN, keepRecords: null }],
    [{ keepMs: null, keepRecords: 0 }],
    [{ keepMs: null, keepRecords: 1.5 }],
  ])('refuses to keep so little: %j', (retention) => {
    const office = new Office(historyApp());
    expect(() => office.nodes.make(office.app, { retention })).toThrow(RangeError);
  });
});
