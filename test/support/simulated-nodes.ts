import type { App } from '../../src/define/index.ts';
import type { BackgroundLimits } from '../../src/engine/background/limits.ts';
import type { RetentionSettings } from '../../src/engine/background/retention.ts';
import { createEngine } from '../../src/engine/create-engine.ts';
import type { Engine } from '../../src/engine/engine.ts';
import type { EngineLimits } from '../../src/engine/limits.ts';
import type { Outcome } from '../../src/engine/outcome.ts';
import { type Store, StoreUnavailable } from '../../src/engine/store.ts';
import type { Woken } from '../../src/engine/work-store.ts';
import { createMemoryStore } from '../../src/storage/memory/index.ts';
import { createFakeTime, type FakeRuntime, type FakeTime } from '../../src/testing/fake-time.ts';
import type { Fate, Method } from './faulty-store.ts';
import { send } from './node.ts';
import { createTestLog } from './runtime.ts';

/** How far the clock is moved between two looks at what is waited for, in milliseconds. */
const STEP_MS = 20;

/** The same for what costs a survey of the whole store. */
const LOOK_MS = 200;

/** How long is waited for anything, in milliseconds: longer than every retry takes together. */
const PATIENCE_MS = 600_000;

/** What becomes of a call to the store, and of the node that makes it. */
export type NodeFate =
  | Fate
  /** The node dies, and the call never gets there. */
  | 'dies before'
  /** The call takes effect, and the node dies before it learns of that. */
  | 'dies after';

/** A node's way to the store. */
interface Way {
  readonly runtime: FakeRuntime;
  /** Decides what becomes of its calls to the store; a call may be held back by it. */
  fate: (method: Method, args: readonly unknown[]) => NodeFate | Promise<NodeFate>;
  /** Calls it made to the store, by method. */
  readonly calls: Map<Method, number>;
}

/** A whole node under the simulated time. */
export interface SimulatedNode extends Way {
  readonly engine: Engine;
  readonly log: ReturnType<typeof createTestLog>;
  /** It stands still for ever: nothing of it reaches the store, nothing reaches it. */
  crash(): void;
  /** Hands over and ends. */
  stop(): Promise<void>;
}

interface NodeOptions {
  /** By how much its own clock is ahead of the store's, in milliseconds. */
  readonly clockAheadMs?: number;
  readonly limits?: Partial<EngineLimits>;
  readonly backgroundLimits?: Partial<BackgroundLimits>;
  readonly retention?: RetentionSettings;
}

/** Several nodes on one store in memory, whose clock moves only when it is told to. */
export class SimulatedNodes {
  readonly time: FakeTime;
  readonly store: Store;

  constructor(options: { readonly seed?: number; readonly partitions?: number } = {}) {
    this.time = createFakeTime(options.seed);
    this.store = createMemoryStore({ now: this.time.now, partitions: options.partitions ?? 4 });
  }

  /** Makes a node whose background work has not begun. */
  make(app: App, options: NodeOptions = {}): SimulatedNode {
    const { limits, backgroundLimits = {}, retention, clockAheadMs = 0 } = options;
    const { now } = this.time;
    const runtime = { ...this.time.runtime(), now: () => now() + clockAheadMs };
    const log = createTestLog();
    const way: Way = { runtime, fate: () => 'answered', calls: new Map() };
    const engine = createEngine({
      app,
      store: this.#view(way),
      runtime,
      log,
      // A small cache: a large one takes milliseconds to lay out, and many nodes are made.
      limits: { cachedActorsMax: 64, ...limits },
      backgroundLimits,
      ...(retention && { retention }),
      strict: true,
    });
    return Object.assign(way, {
      engine,
      log,
      crash: () => runtime.freeze(),
      stop: () => this.run(engine.drain()),
    });
  }

  /** A further node, which holds its share of the partitions when this resolves. */
  async start(app: App, options: NodeOptions = {}): Promise<SimulatedNode> {
    const node = this.make(app, options);
    await this.run(node.engine.start());
    await this.time.settle();
    return node;
  }

  /** Lets time pass until a promise is settled. */
  async run<T>(promise: Promise<T>): Promise<T> {
    let isSettled = false;
    const settled = () => {
      isSettled = true;
    };
    promise.then(settled, settled);
    await this.until(() => isSettled);
    return promise;
  }

  /** Sends a command through a node and waits for its outcome. */
  async send(node: SimulatedNode, type: string, body: unknown): Promise<Outcome> {
    return this.run(send(node.engine, type, body));
  }

  /**
   * Lets time pass until a condition holds.
   * @param stepMs how much passes between two looks
   */
  async until(condition: () => boolean | Promise<boolean>, stepMs = STEP_MS): Promise<void> {
    const end = this.time.now() + PATIENCE_MS;
    await this.time.settle();
    while (!(await condition())) {
      if (this.time.now() > end) throw new Error('what was waited for did not come about');
      await this.time.advance(stepMs);
    }
  }

  /** Lets time pass until nothing is left to do but what is not due yet. */
  async untilIdle({ engine }: SimulatedNode): Promise<void> {
    await this.until(async () => (await engine.policies()).idle, LOOK_MS);
  }

  /** The store as one node reaches it. */
  #view(way: Way): Store {
    return new Proxy(this.store, {
      get: (target, property, receiver) => {
        const member: unknown = Reflect.get(target, property, receiver);
        if (typeof member !== 'function') return member;
        if (property === 'epoch') return () => target.epoch();
        if (property === 'onWake') {
          return (listener: (woken: Woken) => void) =>
            target.onWake((woken) => {
              void way.runtime.running().then(() => listener(woken));
            });
        }
        const carryOut = (args: unknown[]): unknown => Reflect.apply(member, target, args);
        return (...args: unknown[]) => call(way, property as Method, args, carryOut);
      },
    });
  }
}

async function call(
  way: Way,
  method: Method,
  args: unknown[],
  carryOut: (args: unknown[]) => unknown,
): Promise<unknown> {
  await way.runtime.running();
  way.calls.set(method, (way.calls.get(method) ?? 0) + 1);
  const fate = await way.fate(method, args);
  if (fate === 'dies before') way.runtime.freeze();
  await way.runtime.running();
  if (fate instanceof Error) throw fate;
  if (fate === 'refused') throw new StoreUnavailable('refused', 'no');
  if (fate === 'request lost') throw new StoreUnavailable('no answer', 'unknown');
  const reply = await carryOut(args);
  if (fate === 'dies after') way.runtime.freeze();
  await way.runtime.running();
  if (fate === 'reply lost') throw new StoreUnavailable('no answer', 'unknown');
  return reply;
}
