import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { describe, expect, it, onTestFinished } from 'vitest';
import { WebSocket, WebSocketServer } from 'ws';
import { app } from '../../machines/index.ts';
import { createEngine } from '../../src/engine/create-engine.ts';
import type { FeedNews, LiveEvent } from '../../src/engine/live-feed.ts';
import { type Store, StoreUnavailable } from '../../src/engine/store.ts';
import { createSystemRuntime } from '../../src/engine/system-runtime.ts';
import { Gathering } from '../../src/inspector/stately/gathering.ts';
import { STATELY_LIMITS } from '../../src/inspector/stately/limits.ts';
import { type Frame, Viewer } from '../../src/inspector/stately/viewer.ts';
import { createMemoryStore } from '../../src/storage/memory/index.ts';
import { fakeEngine } from '../http/fake-engine.ts';
import { post, register, type TestServer, type TestServerOptions } from '../http/harness.ts';
import { mustAccept } from '../support/node.ts';
import { createTestLog } from '../support/runtime.ts';
import { look, serveStately, untilTold, upgraded } from './stately-viewer.ts';

let server: TestServer;

async function serve(options: TestServerOptions = {}): Promise<void> {
  server = await serveStately(options);
}

/** One on the real engine, with a store that a test can look into. */
async function serveOn(store: Store): Promise<void> {
  const runtime = createSystemRuntime();
  await serve({ engine: createEngine({ app, store, runtime, log: createTestLog() }) });
}

/** Registers so many at once. */
async function registerAll(count: number, from: number): Promise<void> {
  const ids = Array.from({ length: count }, (_, n) => `name${from + n}`);
  const sent = ids.map((id) =>
    mustAccept(server.engine, 'RegisterAccount', {
      ...{ accountId: id, username: id, email: `${id}@example.org` },
    }),
  );
  await Promise.all(sent);
}

describe('where much happens', () => {
  const live = (id: string, command: string, type = 'Changed'): LiveEvent => ({
    bookmark: '',
    event: {
      ...{ id: `${command}.0`, type, version: 1, position: '0:1.0', correlationId: 'c', data: {} },
      ...{ actor: { type: 'account', id, version: 1 }, causationId: command },
      occurredAt: '2026-01-01T00:00:00.000Z',
    },
    cause: { principal: 'anonymous', command: { type: 'Change', data: {} }, facts: {} },
  });

  it('a frame has the last commands of the busiest, and counts the others', () => {
    const limits = { ...STATELY_LIMITS, frameActorsMax: 2, actorStepsMax: 2 };
    const gathering = new Gathering(limits);
    for (const command of ['a1', 'b1', 'b2', 'b3', 'c1', 'c2']) {
      gathering.add(live(command.charAt(0), command));
      gathering.add(live(command.charAt(0), command, 'ChangedToo'));
    }
    const { changed, skipped } = gathering.take();
    const told = changed.map(({ steps }) => steps.map(({ commandId }) => commandId));
    expect(told).toEqual([
      ['b2', 'b3'],
      ['c1', 'c2'],
    ]);
    expect(changed[0]?.steps[0]?.recorded.map(({ type }) => type)).toEqual([
      'Changed',
      'ChangedToo',
    ]);
    expect(skipped).toBe(2);
    expect(gathering.isEmpty).toBe(true);
  });

  it('no more is held than is set, and each command is told or counted', () => {
    const gathering = new Gathering({ ...STATELY_LIMITS, heldStepsMax: 10 });
    for (let n = 0; n < 100; n++) gathering.add(live(`x${n % 30}`, `command${n}`));
    const { changed, skipped } = gathering.take();
    const held = changed.flatMap(({ steps }) => steps);
    expect(held).toHaveLength(10);
    expect(changed).toHaveLength(10);
    expect(held.length + skipped).toBe(100);
  });

  it('each command is told or counted, and who counts is introduced', async () => {
    await serve({ stately: { frameActorsMax: 1, actorStepsMax: 1 } });
    const viewer = await look(server);
    await registerAll(50, 0);
    await expect.poll(() => viewer.counted).toBe(50);
    const counting = viewer.told.filter(({ sessionId }) => sessionId === 'everstate');
    expect(counting.length).toBeGreaterThan(1);
    expect(counting.map(({ type }) => type).indexOf('@xstate.actor')).toBe(0);
    expect(viewer.of('@xstate.actor', 'everstate')).toHaveLength(1);
  });

  it('an actor that is too large for a frame is counted', async () => {
    await serve({ stately: { frameBytesMax: 100 } });
    const viewer = await look(server);
    await register(server, 'ann');
    await expect.poll(() => viewer.counted).toBe(1);
    expect(viewer.told.map(({ sessionId }) => sessionId)).toEqual(['everstate', 'everstate']);
  });

  it('what was trimmed is counted, and one of an unknown type has no state', async () => {
    const gap = { bookmark: '', partition: 0, after: '0:2', before: '0:10' };
    const stranger = live('x', 'c1');
    const actor = { type: 'stranger', id: 'x', version: 1 };
    const news: FeedNews[] = [
      { kind: 'gap', gap },
      { kind: 'events', events: [{ ...stranger, event: { ...stranger.event, actor } }] },
    ];
    const open = new Promise<null>(() => {});
    const next = async () => news.shift() ?? open;
    await serve({
      engine: fakeEngine({ follow: async () => ({ bookmark: '', next, close() {} }) }),
    });
    const viewer = await look(server);
    await expect.poll(() => viewer.counted).toBe(8);
    expect(viewer.of('@xstate.actor', 'stranger:x')).toMatchObject([
      { definition: '{"id":"stranger"}', snapshot: {} },
    ]);
    expect(viewer.of('@xstate.event', 'stranger:x')).toHaveLength(1);
    expect(viewer.of('@xstate.snapshot')).toEqual([]);
  });

  it('what an event quotes of the command’s personal data is masked', async () => {
    const one = live('ann', 'c1');
    const told: FeedNews = {
      kind: 'events',
      events: [
        {
          ...one,
          event: { ...one.event, data: { note: 'Grace Hopper 1906 asked for it' } },
          cause: { ...one.cause, command: { type: 'Ask', data: { email: 'Grace Hopper 1906' } } },
        },
      ],
    };
    const news = [told];
    const next = async () => news.shift() ?? new Promise<null>(() => {});
    const follow = async () => ({ bookmark: '', next, close() {} });
    await serve({ engine: fakeEngine({ follow }) });
    const viewer = await look(server);
    await expect
      .poll(() => viewer.of('@xstate.event')[0]?.event.recorded)
      .toEqual([{ type: 'Changed', data: { note: '••••• asked for it' } }]);
  });

  it('one who was told of too many is told anew who they are', async () => {
    await serve({ stately: { knownActorsMax: 2 } });
    const viewer = await look(server);
    for (const id of ['ann', 'bob', 'cid']) {
      await register(server, id);
      await untilTold(viewer, `account:${id}`);
    }
    await post(server, '/v1/commands/DeactivateAccount', { accountId: 'ann' });
    await expect.poll(() => viewer.of('@xstate.event', 'account:ann')).toHaveLength(2);
    expect(viewer.of('@xstate.actor', 'account:ann')).toHaveLength(2);
    expect(viewer.of('@xstate.actor', 'account:cid')).toHaveLength(1);
  });
});

describe('the store', () => {
  /** Counts reads, and fails those of actors while it is to. */
  function watched() {
    const store = createMemoryStore();
    const { fetch, readFeed } = store;
    const state = { reads: 0, feedReads: 0, isDown: false };
    store.readFeed = (...args) => {
      state.feedReads++;
      return readFeed.apply(store, args);
    };
    store.fetch = async (...args) => {
      state.reads++;
      if (state.isDown) throw new StoreUnavailable('down', 'no');
      return fetch.apply(store, args);
    };
    return { store, state };
  }

  it('is not read while nobody looks', async () => {
    const { store, state } = watched();
    await serveOn(store);
    const viewer = await look(server);
    await register(server, 'ann');
    await untilTold(viewer, 'account:ann');
    viewer.socket.close();
    await viewer.closed;
    // Until the tail has noticed.
    let names = 0;
    const readsOfOne = async () => {
      const { feedReads } = state;
      await register(server, `name${names++}`);
      return state.feedReads - feedReads;
    };
    await expect.poll(readsOfOne).toBe(0);
    const { feedReads } = state;
    for (const id of ['bob', 'cid', 'dan']) await register(server, id);
    expect(state.feedReads).toBe(feedReads);
  });

  it('reads one feed for all who look', async () => {
    const { store, state } = watched();
    await serveOn(store);
    const viewers = await Promise.all(Array.from({ length: 5 }, () => look(server)));
    await register(server, 'ann');
    for (const viewer of viewers) await untilTold(viewer, 'account:ann');
    // Of the command itself, and one of the frame.
    expect(state.reads).toBeLessThanOrEqual(3);
  });

  it('that does not answer is asked again, and nothing is lost', async () => {
    const { store, state } = watched();
    await serveOn(store);
    const viewer = await look(server);
    await register(server, 'ann');
    await untilTold(viewer, 'account:ann');
    const { reads } = state;
    await post(server, '/v1/commands/DeactivateAccount', { accountId: 'ann' });
    state.isDown = true;
    await register(server, 'bob').catch(() => {});
    await expect.poll(() => state.reads).toBeGreaterThan(reads + 1);
    state.isDown = false;
    await expect
      .poll(() => viewer.of('@xstate.snapshot', 'account:ann').at(-1)?.snapshot.value)
      .toEqual({ registered: 'deactivated' });
  });

  it('that is down when one comes is told as a problem', async () => {
    let isDown = true;
    const next = () => new Promise<null>(() => {});
    const follow = async () => {
      if (isDown) throw new StoreUnavailable('down', 'no');
      return { bookmark: '', next, close() {} };
    };
    await serve({ engine: fakeEngine({ follow }) });
    await expect(look(server)).rejects.toThrow(/^503: .*The store is out of reach/);
    isDown = false;
    await look(server);
  });

  it('a feed that breaks off closes its viewers, who may come again', async () => {
    let fail = (_error: Error): void => {};
    const next = () =>
      new Promise<null>((_resolve, reject) => {
        fail = reject;
      });
    await serve({
      engine: fakeEngine({ follow: async () => ({ bookmark: '', next, close() {} }) }),
    });
    const viewer = await look(server);
    fail(new Error('unreadable'));
    expect(await viewer.closed).toMatch(/^1011 /);
    expect(server.logged.join()).toContain('the inspection feed broke off');
    await look(server);
  });
});

describe('a viewer that does not read', () => {
  it('costs the others nothing, and is sent away', async () => {
    await serve({ stately: { bufferedBytesMax: 16_384, stalledMsMax: 100, closeMsMax: 50 } });
    const stalled = await upgraded(server);
    stalled.pause();
    const other = await look(server);
    let count = 0;
    // Until the system's own buffers are full, what is held here is too, and time is over.
    while ((await server.connections()) === 2) {
      await registerAll(50, count);
      count += 50;
      await nextTurn();
    }
    await expect.poll(() => other.counted).toBe(count);
    expect(other.socket.readyState).toBe(other.socket.OPEN);
  });

  const limits = { ...STATELY_LIMITS, bufferedBytesMax: 64 * 1024, closeMsMax: 50 };
  const frame = (bytes: number): Frame => ({
    told: [{ introductions: [], messages: [Buffer.alloc(bytes, 'x')], bytes, steps: 1 }],
    skipped: 0,
  });

  /** A viewer over a real connection, and the other end of that. */
  async function connected(stalledMsMax: number) {
    const sockets = new WebSocketServer({ port: 0, host: '127.0.0.1' });
    onTestFinished(() => sockets.close());
    await once(sockets, 'listening');
    const { port } = sockets.address() as AddressInfo;
    const peer = new WebSocket(`ws://127.0.0.1:${port}`);
    const [[socket, request]] = await Promise.all([
      once(sockets, 'connection'),
      once(peer, 'open'),
    ]);
    onTestFinished(() => peer.terminate());
    const viewer = new Viewer(socket, request.socket, { ...limits, stalledMsMax });
    return { viewer, peer };
  }

  it('has no more held for it than is set, and one frame', async () => {
    const { viewer, peer } = await connected(60_000);
    peer.pause();
    const bytes = 100_000;
    let most = 0;
    for (let frames = 0; frames < 2_000; frames++) {
      viewer.offer(frame(bytes));
      most = Math.max(most, viewer.waiting);
      if (frames % 10 === 0) await nextTurn();
    }
    expect(most).toBeGreaterThan(limits.bufferedBytesMax);
    expect(most).toBeLessThan(limits.bufferedBytesMax + bytes + 1_000);
  });

  it('is told how much it missed when it reads on', async () => {
    const { viewer, peer } = await connected(60_000);
    let told = 0;
    let missed = 0;
    peer.on('message', (text) => {
      const message = String(text);
      if (message.startsWith('x')) told++;
      else missed += JSON.parse(message).event?.commands ?? 0;
    });
    peer.pause();
    for (let frames = 0; frames < 200; frames++) {
      viewer.offer(frame(100_000));
      if (frames % 10 === 0) await nextTurn();
    }
    peer.resume();
    await expect.poll(() => viewer.waiting).toBe(0);
    viewer.offer(frame(10));
    await expect.poll(() => told + missed).toBe(201);
    expect(missed).toBeGreaterThan(0);
  });

  it('is closed as too slow, and cut off where it takes that no more either', async () => {
    const { viewer, peer } = await connected(20);
    peer.pause();
    const closed = once(peer, 'close');
    await expect
      .poll(() => {
        for (let frames = 0; frames < 50; frames++) viewer.offer(frame(100_000));
        return viewer.isOpen;
      })
      .toBe(false);
    peer.resume();
    const [code] = await closed;
    expect([1006, 1013]).toContain(code);
  });
});
