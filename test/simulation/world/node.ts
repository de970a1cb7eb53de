import { createHash } from 'node:crypto';
import type { App } from '../../../src/define/index.ts';
import { createEngine } from '../../../src/engine/create-engine.ts';
import type { Engine } from '../../../src/engine/engine.ts';
import type { Log, Runtime } from '../../../src/engine/runtime.ts';
import type { Store } from '../../../src/engine/store.ts';
import { onAbort } from './abort.ts';
import type { Random } from './random.ts';
import type { Party, Scheduler } from './scheduler.ts';

/** When every run begins, in ms since 1970. */
export const EPOCH = Date.parse('2026-01-01T00:00:00.000Z');

/** A node of a run. */
export interface SimulatedNode extends Party {
  /** From 1 on, never used again. */
  readonly number: number;
  readonly engine: Engine;
  /** By how much its clock is ahead of the store's, in ms. */
  aheadMs: number;
  /** Until when no wake-up reaches it, in ms by the scheduler. */
  deafUntil: number;
  /** It takes no commands any more. */
  isLeaving: boolean;
  /** Ends its hearing of wake-ups. */
  endWakes: () => void;
  /** What it told its operator that must never be told. */
  readonly complaints: string[];
}

export interface NodeTools {
  readonly appFor: (node: Omit<SimulatedNode, 'engine'>) => App;
  readonly scheduler: Scheduler;
  readonly random: Random;
  /** The store as this node reaches it. */
  readonly reach: (node: Omit<SimulatedNode, 'engine'>) => Store;
}

/** Makes a node: the shipped engine on a runtime whose time and randomness are the run's. */
export function makeNode(number: number, tools: NodeTools, aheadMs: number): SimulatedNode {
  const body = {
    number,
    aheadMs,
    isDead: false,
    isLeaving: false,
    stillUntil: 0,
    deafUntil: 0,
    endWakes: () => {},
    complaints: [] as string[],
  };
  const engine = createEngine({
    app: tools.appFor(body),
    store: tools.reach(body),
    runtime: runtimeOf(body, tools),
    log: logOf(body.complaints),
    // A small cache: a large one takes milliseconds to lay out, and many nodes are made.
    limits: { cachedActorsMax: 64, asyncSweepMs: 2_500 },
    backgroundLimits: {
      cachedInstancesMax: 32,
      lookMs: 3_000,
      viewMs: 300,
      viewMsMax: 1_500,
    },
  });
  return Object.assign(body, { engine });
}

function runtimeOf(node: Omit<SimulatedNode, 'engine'>, tools: NodeTools): Runtime {
  const { scheduler, random } = tools;
  let ids = 0;
  const nextId = () => (node.number * 1_000_000 + ++ids).toString(16).padStart(12, '0');
  return {
    now: () => EPOCH + Math.floor(scheduler.now) + node.aheadMs,
    monotonic: () => scheduler.now,
    busyMs: () => 0,
    uuid: () => `00000000-0000-4000-8000-${nextId()}`,
    token: () => `turn${nextId()}`,
    random: random.next,
    sleep(ms, signal) {
      if (signal?.aborted) return Promise.resolve();
      return new Promise((resolve) => {
        const planned = scheduler.after(Math.max(0, ms), node, () => {
          forget();
          resolve();
        });
        const forget = onAbort(signal, () => {
          planned.run = null;
          resolve();
        });
      });
    },
    digest: (text) => createHash('sha256').update(text).digest('base64url'),
  };
}

/** A node may warn of what faults do to it; an error is a fault of its own. */
function logOf(complaints: string[]): Log {
  return {
    warn: () => {},
    error: (fields, message) => {
      const err: unknown = Reflect.get(fields, 'err');
      const why = err instanceof Error ? (err.stack ?? err.message) : String(err);
      complaints.push(`${message} ${JSON.stringify({ ...fields, err: undefined })} ${why}`);
    },
  };
}
