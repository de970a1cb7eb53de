import { createHash } from 'node:crypto';
import { setMaxListeners } from 'node:events';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Runtime } from '../engine/runtime.ts';
import { randomFrom } from './random.ts';

/** Turns of the event loop in which what goes on in memory has come to its next wait. */
const TURNS_TO_SETTLE = 3;

/** The runtime of one node under a fake time. */
export interface FakeRuntime extends Runtime {
  /** The node stands still, as a stopped process does: its waits end when it goes on. */
  freeze(): void;
  /** The node goes on; what became due meanwhile is over at once. */
  thaw(): void;
  /** Resolves when the node is not frozen: what a call to a store, or its reply, has to pass. */
  running(): Promise<void>;
}

/** One clock for several nodes and their store, which moves only when it is told to. */
export interface FakeTime {
  /** Milliseconds since 1970: the store's clock and that of every node. */
  now(): number;
  /** Uniform in [0, 1), from the seed: for the choices of a simulation. */
  random(): number;
  /** A runtime of its own, for a further node. */
  runtime(): FakeRuntime;
  /** Lets everything run until it waits for time, or for what a test holds back. */
  settle(): Promise<void>;
  /** Moves the clock, by whole milliseconds: waits end in the order of their times, and each lets everything run. */
  advance(ms: number): Promise<void>;
  /**
   * Sets the clock forward at once, as for machines that were all suspended together: what became
   * due meanwhile is over then, in the order of its times. So years cost no more than a moment.
   */
  jump(ms: number): Promise<void>;
}

interface Sleeper {
  readonly due: number;
  readonly number: number;
  wake(): void;
}

/**
 * @param seed the same seed, with the same calls in the same order, repeats a run
 * @param start what the clock says at first, in milliseconds since 1970
 */
export function createFakeTime(seed = 1, start = Date.parse('2026-01-01T00:00:00.000Z')): FakeTime {
  let now = start;
  let nodes = 0;
  let sleeps = 0;
  const sleepers = new Set<Sleeper>();
  const random = randomFrom(seed);

  function sleep(ms: number, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      if (signal?.aborted) return resolve();
      const wake = () => {
        sleepers.delete(sleeper);
        signal?.removeEventListener('abort', wake);
        resolve();
      };
      const sleeper: Sleeper = { due: now + Math.max(0, Math.ceil(ms)), number: sleeps++, wake };
      sleepers.add(sleeper);
      // As many as there are commands may wait for one: no leak to warn of.
      if (signal) setMaxListeners(0, signal);
      signal?.addEventListener('abort', wake);
    });
  }

  function nextUntil(end: number): Sleeper | undefined {
    return [...sleepers]
      .filter(({ due }) => due <= end)
      .sort((a, b) => a.due - b.due || a.number - b.number)[0];
  }

  async function settle(): Promise<void> {
    for (let turn = 0; turn < TURNS_TO_SETTLE; turn++) await nextTurn();
  }

  async function advance(ms: number): Promise<void> {
    const end = now + Math.ceil(ms);
    await settle();
    for (let next = nextUntil(end); next; next = nextUntil(end)) {
      now = Math.max(now, next.due);
      next.wake();
      await settle();
    }
    now = end;
  }

  return {
    now: () => now,
    random,
    settle,
    runtime: () => createFakeRuntime(++nodes, { now: () => now, random, sleep }),
    advance,
    async jump(ms) {
      await settle();
      now += Math.ceil(ms);
      await advance(0);
    },
  };
}

function createFakeRuntime(
  node: number,
  time: Pick<Runtime, 'now' | 'random'> & { sleep: Runtime['sleep'] },
): FakeRuntime {
  let counter = 0;
  let thaw: (() => void) | null = null;
  let running: Promise<void> = Promise.resolve();
  const next = () => (node * 100_000_000 + ++counter).toString(16).padStart(12, '0');
  return {
    now: time.now,
    monotonic: time.now,
    busyMs: () => 0,
    uuid: () => `00000000-0000-4000-8000-${next()}`,
    token: () => `token${next().slice(1)}`,
    random: time.random,
    async sleep(ms, signal) {
      await time.sleep(ms, signal);
      while (thaw) await running;
    },
    digest: (text) => createHash('sha256').update(text).digest('base64url'),
    freeze() {
      if (thaw) return;
      running = new Promise((resolve) => {
        thaw = resolve;
      });
    },
    thaw() {
      thaw?.();
      thaw = null;
    },
    async running() {
      while (thaw) await running;
    },
  };
}
