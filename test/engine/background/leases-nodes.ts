import { expect } from 'vitest';
import { type Held, Leases } from '../../../src/engine/background/leases.ts';
import { DEFAULT_LIMITS } from '../../../src/engine/limits.ts';
import { type Store, StoreUnavailable } from '../../../src/engine/store.ts';
import type { Fence, Woken, WorkStore } from '../../../src/engine/work-store.ts';
import { createMemoryStore } from '../../../src/storage/memory/index.ts';
import { createFakeTime, type FakeRuntime, type FakeTime } from '../../../src/testing/fake-time.ts';
import { createTestLog } from '../../support/runtime.ts';

/** Between two steps of a partition's work, in milliseconds. */
const STEP_MS = 250;

/** What becomes of one call to the store. */
export type Fate =
  | 'answered'
  | 'reply lost'
  /** Nothing happens, which is learnt after a second. */
  | 'out of reach'
  /** Carried out 400 ms after it was asked for. */
  | 'late'
  /** Carried out at once, answered after 400 ms. */
  | 'late reply'
  | Error;

/** The port's part that leases are kept by, with what their work writes through. */
type LeaseStore = WorkStore & Pick<Store, 'partitions'>;

export interface TestNode {
  readonly name: string;
  readonly leases: Leases;
  readonly runtime: FakeRuntime;
  readonly log: ReturnType<typeof createTestLog>;
  /** Wake-ups that its work was given, by partition. */
  readonly wakes: Map<number, number>;
  /** Calls to the store, by method. */
  readonly calls: Map<string, number>;
  /** Decides what becomes of its calls to the store. */
  fate: (method: string) => Fate;
  /** Whether its work writes; if not, it learns of nothing by itself. */
  isIdle: boolean;
  /** Partitions whose work goes on, once or more often. */
  readonly working: number[];
  /** What its work waits for before it ends. */
  ending: () => Promise<void>;
  /** Called when the work of a partition is to begin. */
  onHold: (partition: number) => void;
  /** Wakes it, as a store does. */
  tell: (woken: Woken) => void;
}

/** Several nodes on one store, whose work takes a step now and then while a lease is held. */
export class TestNodes {
  readonly time: FakeTime;
  readonly store: Store;
  readonly nodes: TestNode[] = [];
  /** Every step that succeeded, in the store's order. */
  readonly steps: { partition: number; fence: Fence; node: string }[] = [];
  /** Every fence that work was begun with. */
  readonly fences: { partition: number; fence: Fence; node: string }[] = [];

  constructor(options: { readonly seed?: number; readonly partitions?: number } = {}) {
    this.time = createFakeTime(options.seed);
    this.store = createMemoryStore({
      now: this.time.now,
      ...(options.partitions !== undefined && { partitions: options.partitions }),
    });
  }

  /** Starts a further node. */
  join(): TestNode {
    const node = this.make();
    node.leases.start();
    return node;
  }

  /** A further node that is not started. */
  make(): TestNode {
    const runtime = this.time.runtime();
    const name = runtime.uuid();
    const log = createTestLog();
    const node: TestNode = {
      name,
      runtime,
      log,
      wakes: new Map(),
      calls: new Map(),
      fate: () => 'answered',
      isIdle: false,
      working: [],
      ending: () => Promise.resolve(),
      onHold: () => {},
      tell: () => {},
      leases: new Leases(
        { store: this.#view(() => node), runtime, log, limits: DEFAULT_LIMITS, node: name },
        (partition, fence) => this.#begin(node, partition, fence),
      ),
    };
    this.nodes.push(node);
    return node;
  }

  /** Who holds each partition by the store's word. */
  async holders(): Promise<(string | null)[]> {
    return (await this.store.leases()).map((lease) => lease?.node ?? null);
  }

  /** Each partition is held by exactly one of these nodes, by the store's word and by theirs. */
  async expectSettled(live: readonly TestNode[]): Promise<void> {
    const holders = await this.holders();
    const held = holders.map((_, partition) =>
      live.filter((node) => node.leases.held().includes(partition)).map(({ name }) => name),
    );
    expect(held).toEqual(holders.map((name) => [name]));
    for (const { leases, working } of live) {
      expect(working.toSorted((a, b) => a - b)).toEqual(leases.held());
    }
  }

  /** No fence was used twice, and none was written by after a later one. */
  expectFenced(): void {
    expect(new Set(this.fences.map(({ fence }) => fence)).size).toBe(this.fences.length);
    const nodeOf = new Map(this.fences.map(({ fence, node }) => [fence, node]));
    const last = new Map<number, number>();
    for (const { partition, fence, node } of this.steps) {
      expect(node).toBe(nodeOf.get(fence));
      const count = Number.parseInt(fence, 10);
      expect(count).toBeGreaterThanOrEqual(last.get(partition) ?? 0);
      last.set(partition, count);
    }
  }

  /** The store as one node reaches it: not at all while it is frozen. */
  #view(nodeOf: () => TestNode): LeaseStore {
    return new Proxy(this.store, {
      get: (target, property, receiver) => {
        const member: unknown = Reflect.get(target, property, receiver);
        if (typeof member !== 'function') return member;
        const node = nodeOf();
        if (property === 'onWake') {
          return (listener: (woken: Woken) => void) => {
            node.tell = (woken) => void node.runtime.running().then(() => listener(woken));
            return target.onWake(node.tell);
          };
        }
        return (...args: unknown[]) =>
          this.#call(node, String(property), () => Reflect.apply(member, target, args));
      },
    });
  }

  async #call(node: TestNode, method: string, carryOut: () => unknown): Promise<unknown> {
    await node.runtime.running();
    node.calls.set(method, (node.calls.get(method) ?? 0) + 1);
    const fate = node.fate(method);
    if (fate instanceof Error) throw fate;
    if (fate === 'out of reach') {
      await node.runtime.sleep(1_000);
      throw new StoreUnavailable('no answer', 'unknown');
    }
    if (fate === 'late') await node.runtime.sleep(400);
    const reply = await carryOut();
    if (fate === 'late reply') await node.runtime.sleep(400);
    await node.runtime.running();
    if (fate === 'reply lost') throw new StoreUnavailable('no answer', 'unknown');
    return reply;
  }

  #begin(node: TestNode, partition: number, fence: Fence): Held {
    node.onHold(partition);
    this.fences.push({ partition, fence, node: node.name });
    const stopping = new AbortController();
    node.working.push(partition);
    const ended = this.#work(node, partition, fence, stopping.signal);
    return {
      wake: () => void node.wakes.set(partition, (node.wakes.get(partition) ?? 0) + 1),
      stop: async () => {
        stopping.abort();
        await Promise.all([ended, node.ending()]);
        node.working.splice(node.working.indexOf(partition), 1);
      },
    };
  }

  /** Steps until it is stopped or fenced. */
  async #work(node: TestNode, partition: number, fence: Fence, stopping: AbortSignal) {
    if (node.isIdle) return;
    const view = this.#view(() => node);
    for (let count = 0; !stopping.aborted; count++) {
      const stepId = `${fence}/${count}`;
      try {
        const reply = await view.step({ partition, fence, stepId, checkpoints: [], rows: [] });
        if (reply.kind !== 'done') return node.leases.lost(partition, fence);
        this.steps.push({ partition, fence, node: node.name });
      } catch (error) {
        if (!(error instanceof StoreUnavailable)) throw error;
      }
      await node.runtime.sleep(STEP_MS, stopping);
    }
  }
}
