import { afterEach, describe, expect, it } from 'vitest';
import { app } from '../../machines/index.ts';
import { createEngine } from '../../src/engine/create-engine.ts';
import type { Engine } from '../../src/engine/engine.ts';
import { encodeBookmark } from '../../src/engine/feed/bookmark.ts';
import type { FeedStream } from '../../src/engine/live-feed.ts';
import type { EventEnvelope } from '../../src/engine/outcome.ts';
import { createSystemRuntime } from '../../src/engine/system-runtime.ts';
import { catchUp } from '../../src/inspector/live/catch-up.ts';
import { FrameBuilder } from '../../src/inspector/live/frame.ts';
import { LIVE_LIMITS } from '../../src/inspector/live/limits.ts';
import { Live } from '../../src/inspector/live/live.ts';
import { Viewer } from '../../src/inspector/live/viewer.ts';
import type { LiveFrame } from '../../src/inspector/protocol.ts';
import { createMemoryStore } from '../../src/storage/memory/index.ts';
import { register, startTestServer, type TestServer } from '../http/harness.ts';
import { send } from '../support/node.ts';
import { createTestLog } from '../support/runtime.ts';

/** Reads a stream of frames as a page does, when it is told to. */
class Watching {
  readonly frames: LiveFrame[] = [];
  lastId = '';
  readonly #reader: ReadableStreamDefaultReader<Uint8Array>;
  #rest = '';

  constructor(body: ReadableStream<Uint8Array>) {
    this.#reader = body.getReader();
  }

  /** Reads one piece. @returns its bytes; `null` at the end */
  async read(): Promise<Uint8Array | null> {
    const { value } = await this.#reader.read();
    if (value === undefined) return null;
    const pieces = (this.#rest + Buffer.from(value).toString()).split('\n\n');
    this.#rest = pieces.pop() ?? '';
    for (const piece of pieces) this.#take(piece);
    return value;
  }

  /** Reads until what came satisfies. */
  async until(isEnough: (watching: Watching) => boolean): Promise<void> {
    while (!isEnough(this)) if ((await this.read()) === null) throw new Error('it ended');
  }

  get events(): number {
    return this.frames
      .flatMap(({ counts }) => Object.values(counts))
      .reduce((sum, count) => sum + count, 0);
  }

  get skipped(): number {
    return this.frames.reduce((sum, { skipped }) => sum + skipped, 0);
  }

  leave(): Promise<void> {
    return this.#reader.cancel();
  }

  #take(piece: string): void {
    for (const line of piece.split('\n')) {
      if (line.startsWith('id: ')) this.lastId = line.slice(4);
      if (line.startsWith('data: ')) this.frames.push(JSON.parse(line.slice(6)));
    }
  }
}

function world(limits: Partial<typeof LIVE_LIMITS> = {}, store = createMemoryStore()) {
  const log = createTestLog();
  const engine = createEngine({ app, store, runtime: createSystemRuntime(), log, strict: true });
  const services = {
    engine,
    log: { ...log, info: () => {} },
    stopping: new AbortController().signal,
  };
  return { engine, store, live: new Live(services, { ...LIVE_LIMITS, ...limits }) };
}

async function registerAll(engine: Engine, ...ids: readonly string[]): Promise<void> {
  const all = ids.map((id) =>
    send(engine, 'RegisterAccount', { accountId: id, email: `${id}@example.org`, username: id }),
  );
  for (const { status } of await Promise.all(all)) expect(status).toBe('accepted');
}

const names = (count: number, prefix = 'name') =>
  Array.from({ length: count }, (_, index) => `${prefix}${index}`);

const event = (id: string, version: number): EventEnvelope => ({
  id: `${id}.${version}`,
  type: 'Changed',
  version: 1,
  actor: { type: 'account', id, version },
  position: `0:${version}.0`,
  occurredAt: '2026-01-01T00:00:00.000Z',
  correlationId: 'c',
  causationId: 'c',
  data: {},
});

describe('a frame', () => {
  it('has the latest of each actor, and counts all', () => {
    const builder = new FrameBuilder(10);
    for (const version of [1, 2, 3]) builder.add(event('ann', version));
    builder.add(event('bob', 1));
    const { frame, events } = builder.take();
    expect(frame.actors).toMatchObject([
      { id: 'ann', version: 3, events: 3 },
      { id: 'bob', version: 1, events: 1 },
    ]);
    expect(frame).toMatchObject({ counts: { Changed: 4 }, skipped: 0 });
    expect(events).toBe(4);
    expect(builder.isEmpty).toBe(true);
  });

  it('tells of the busiest where there are too many, and how many events it leaves out', () => {
    const builder = new FrameBuilder(2);
    for (const id of ['a', 'b', 'b', 'c', 'd', 'd', 'd']) builder.add(event(id, 1));
    const { frame } = builder.take();
    expect(frame.actors.map(({ id }) => id)).toEqual(['d', 'b']);
    expect(frame).toMatchObject({ counts: { Changed: 7 }, skipped: 2 });
  });

  it('counts each event once to one who misses it, those that it leaves out too', () => {
    const builder = new FrameBuilder(1);
    for (const id of ['a', 'b', 'b', 'c']) builder.add(event(id, 1));
    builder.skip(3);
    expect(builder.take().events).toBe(7);
    expect(builder.take().events).toBe(0);
  });
});

describe('the live stream', () => {
  it('goes on for one who comes just when the last one leaves', async () => {
    const { engine, live } = world();
    const last = new Watching(await live.open(null, null));
    await last.read();
    const [, body] = await Promise.all([last.leave(), live.open(null, null)]);
    const next = new Watching(body);
    await next.read();
    await registerAll(engine, 'ann');
    await next.until(({ events }) => events === 1);
    await next.leave();
  });

  it('is written once, however many look at the same', async () => {
    const { engine, live } = world();
    const all = await Promise.all(
      names(10).map(async () => new Watching(await live.open(null, null))),
    );
    await Promise.all(all.map((each) => each.read()));
    await registerAll(engine, ...names(50));
    // Each frame is one object for all ten: it was made once.
    while (all.some(({ events }) => events < 50)) {
      const [first, ...others] = await Promise.all(all.map((each) => each.read()));
      for (const other of others) expect(other).toBe(first);
    }
    expect(all.map(({ events }) => events)).toEqual(names(10).map(() => 50));
    for (const each of all) await each.leave();
  });

  it('reads the feed for all who look together once, and not when nobody does', async () => {
    const { engine, store, live } = world();
    let reads = 0;
    const { readFeed } = store;
    store.readFeed = (...args) => {
      reads++;
      return readFeed.apply(store, args);
    };
    await registerAll(engine, 'before');
    expect(reads).toBe(0);
    const all = await Promise.all(
      names(5).map(async () => new Watching(await live.open(null, null))),
    );
    for (const each of all) await each.read();
    await registerAll(engine, 'ann');
    for (const each of all) await each.until(({ events }) => events === 1);
    const alone = reads;
    for (const each of all) await each.leave();
    expect(live.viewers).toBe(0);
    for (const name of names(20)) await registerAll(engine, name);
    expect(reads - alone).toBeLessThanOrEqual(1);
  });

  it('tells of one actor alone to those who ask for it', async () => {
    const { engine, live } = world();
    const watching = new Watching(await live.open({ type: 'account', id: 'ann' }, null));
    await watching.read();
    await registerAll(engine, 'bob', 'ann', 'cid');
    await watching.until(({ events }) => events > 0);
    expect(watching.frames.flatMap(({ actors }) => actors)).toMatchObject([
      { type: 'account', id: 'ann', event: 'AccountRegistered', version: 1 },
    ]);
    await watching.leave();
  });

  it('goes on where one left off, over a restart, with nothing twice and nothing left out', async () => {
    const { engine, store, live } = world();
    const before = new Watching(await live.open(null, null));
    await before.read();
    await registerAll(engine, ...names(20, 'seen'));
    await before.until(({ events }) => events === 20);
    await before.leave();
    await registerAll(engine, ...names(30, 'missed'));
    await engine.drain();

    const next = world({}, store);
    const other = new Watching(await next.live.open(null, null));
    await other.read();
    // While one catches up, more happens.
    const [watching] = await Promise.all([
      next.live.open(null, before.lastId).then((body) => new Watching(body)),
      registerAll(next.engine, ...names(30, 'meanwhile')),
    ]);
    const after = registerAll(next.engine, ...names(30, 'after'));
    await watching.until(({ events }) => events >= 90);
    await after;
    expect(watching.events).toBe(90);
    expect(watching.skipped).toBe(0);
    const seen = watching.frames.flatMap(({ actors }) => actors.map(({ id }) => id));
    expect(seen.filter((id) => id.startsWith('missed'))).toHaveLength(30);
    expect(new Set(seen).size).toBe(90);
    await Promise.all([watching.leave(), other.leave()]);
  });

  it('leaves to the next frame what one who comes again finds beyond the last', async () => {
    const at = (position: number) => encodeBookmark({ positions: [position], begun: null });
    let passed = 0;
    const stream: FeedStream = {
      get bookmark() {
        return at(passed);
      },
      async next() {
        passed = 3;
        const events = [1, 2, 3].map((version) => ({
          bookmark: '',
          event: event('ann', version),
          cause: { principal: 'anonymous', command: { type: 'Change', data: {} }, facts: {} },
        }));
        return { kind: 'events', events };
      },
      close() {},
    };
    const joined: Viewer[] = [];
    const channel = { bookmark: at(2), isEnded: false, join: (one: Viewer) => joined.push(one) };
    const viewer = new Viewer();
    const tools = { partitions: 1, limits: LIVE_LIMITS };
    const piece = await catchUp(tools, stream, { viewer, channel, actor: null });
    const text = Buffer.from(piece?.bytes ?? []).toString();
    expect(text).toContain('"version":2');
    expect(text).toContain('"counts":{"Changed":2}');
    expect(text).toContain(`id: ${at(2)}\n`);
    expect(joined).toEqual([viewer]);
  });

  it('counts what is too much to be told to one who comes again', async () => {
    const { engine, live } = world({ resumeRecordsMax: 10 });
    const before = new Watching(await live.open(null, null));
    await before.read();
    await before.leave();
    await registerAll(engine, ...names(40));
    const watching = new Watching(await live.open(null, before.lastId));
    await watching.read();
    expect(watching).toMatchObject({ events: 0, skipped: 40 });
    await registerAll(engine, 'next');
    await watching.until(({ events }) => events > 0);
    expect(watching.events).toBe(1);
    await watching.leave();
  });

  it('counts what was trimmed meanwhile to one who comes again', async () => {
    const { engine, store, live } = world({}, createMemoryStore({ partitions: 1 }));
    const before = new Watching(await live.open(null, null));
    await before.read();
    await before.leave();
    await registerAll(engine, ...names(40));
    expect(await store.trim(0, 30)).toBe(30);
    const watching = new Watching(await live.open(null, before.lastId));
    await watching.read();
    expect(watching).toMatchObject({ events: 10, skipped: 30 });
    await watching.leave();
  });

  it('holds one frame for one who does not read, and tells how many events it missed', async () => {
    const { engine, live } = world({ frameMs: 1 });
    const [stalled, reading] = await Promise.all([
      live.open(null, null).then((body) => new Watching(body)),
      live.open(null, null).then((body) => new Watching(body)),
    ]);
    await Promise.all([stalled.read(), reading.read()]);
    for (const name of names(14)) {
      await registerAll(engine, name);
      const { events } = reading;
      await reading.until((watching) => watching.events > events);
    }
    expect(reading.frames.length).toBeGreaterThan(5);
    await stalled.until((watching) => watching.events + watching.skipped === 14);
    // What was held, and what was missed: no frame more.
    expect(stalled.frames).toHaveLength(2);
    expect(stalled.events + stalled.skipped).toBe(14);
    expect(stalled.skipped).toBeGreaterThan(0);
    await Promise.all([stalled.leave(), reading.leave()]);
  });

  it('has room for so many, and for another when one left', async () => {
    const { live } = world({ viewersMax: 2 });
    const [first] = await Promise.all([live.open(null, null), live.open(null, null)]);
    await expect(live.open(null, null)).rejects.toMatchObject({ code: 'overloaded' });
    await first?.cancel();
    const again = await live.open(null, null);
    await again.cancel();
  });

  it('ends for all when the node stops', async () => {
    const { engine, live } = world();
    const watching = new Watching(await live.open(null, null));
    await watching.read();
    await engine.drain();
    expect(await watching.read()).toBeNull();
    expect(live.viewers).toBe(0);
  });
});

describe('GET /inspector/api/live', () => {
  let server: TestServer;
  afterEach(() => server.close());
  const live = (search = '', headers = {}) =>
    fetch(`${server.url}/inspector/api/live${search}`, { headers });

  it('is a stream of server-sent events', async () => {
    server = await startTestServer();
    const response = await live();
    expect(response.headers.get('content-type')).toBe('text/event-stream');
    if (!response.body) throw new Error('it has no body');
    const watching = new Watching(response.body);
    await watching.read();
    await register(server, 'ann');
    await watching.until(({ events }) => events === 1);
    expect(watching.lastId).not.toBe('');
    await watching.leave();
  });

  it('refuses what names no actor, and places of another feed', async () => {
    server = await startTestServer();
    expect((await live('?actor=nobody')).status).toBe(422);
    expect((await live('?actor=cat:tom')).status).toBe(422);
    expect((await live('?types=A')).status).toBe(422);
    expect((await live('', { 'last-event-id': 'elsewhere' })).status).toBe(400);
    // None of them keeps a place.
    const response = await live();
    expect(response.status).toBe(200);
    await response.body?.cancel();
  });

  it('is for those with credentials', async () => {
    server = await startTestServer({ credentials: { tokens: ['secret'], jwt: null } });
    expect((await live()).status).toBe(401);
    const response = await live('', { authorization: 'Bearer secret' });
    expect(response.status).toBe(200);
    await response.body?.cancel();
  });
});
