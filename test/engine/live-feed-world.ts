/** Bells that are struck, and those who listen. */
import { enqueueActions, setup } from 'xstate';
import { z } from 'zod';
import {
  type App,
  defineAggregate,
  defineApp,
  defineCommand,
  defineEvent,
  type Emitted,
  type EventDefinition,
  type Messages,
} from '../../src/define/index.ts';
import type { FeedLimits } from '../../src/engine/feed/limits.ts';
import {
  type FeedGap,
  type FeedStream,
  type FollowRequest,
  type LiveEvent,
  LiveFeed,
} from '../../src/engine/live-feed.ts';
import type { Store } from '../../src/engine/store.ts';
import { createTestLog } from '../support/runtime.ts';
import { type SimulatedNode, SimulatedNodes } from '../support/simulated-nodes.ts';

const target = ({ bell }: { bell: string }) => bell;

const commands = {
  Ring: defineCommand({
    summary: 'Strikes a bell so many times: as many events.',
    schema: z.strictObject({ bell: z.string(), times: z.int().default(1) }),
    target,
  }),
  Mute: defineCommand({
    summary: 'Has a bell be silent.',
    schema: z.strictObject({ bell: z.string() }),
    target,
  }),
};

const Struck = defineEvent({ schema: z.object({ stroke: z.int() }) });
const Muted = defineEvent({ schema: z.object({ bell: z.string() }) });

/** An app of bells. @param struck how it knows its strokes, where not as they are recorded */
export function bellApp(struck: EventDefinition<{ stroke: number }> = Struck): App {
  const events = { Struck: struck, Muted };
  const machine = setup({
    types: {
      context: {} as object,
      events: {} as Messages<typeof commands>,
      emitted: {} as Emitted<typeof events>,
    },
  }).createMachine({
    id: 'bell',
    context: {},
    on: {
      Ring: {
        actions: enqueueActions(({ event, enqueue }) => {
          for (let stroke = 1; stroke <= event.data.times; stroke++) {
            enqueue.emit({ type: 'Struck', data: { stroke } });
          }
        }),
      },
      Mute: {
        actions: enqueueActions(({ event, enqueue }) => {
          enqueue.emit({ type: 'Struck', data: { stroke: 0 } });
          enqueue.emit({ type: 'Muted', data: event.data });
        }),
      },
    },
  });
  return defineApp({
    aggregates: [defineAggregate({ type: 'bell', machine, commands, events })],
  });
}

/** One who takes all that comes, unless it rests. */
export class Listener {
  readonly heard: LiveEvent[] = [];
  readonly gaps: FeedGap[] = [];
  beats = 0;
  isEnded = false;
  error: unknown = null;
  readonly stream: FeedStream;

  constructor(stream: FeedStream) {
    this.stream = stream;
  }

  /** Listens until the end. */
  listen(): this {
    void this.#listen();
    return this;
  }

  /** What it heard, as positions. */
  get positions(): string[] {
    return this.heard.map(({ event }) => event.position);
  }

  async #listen(): Promise<void> {
    try {
      for (;;) {
        const news = await this.stream.next();
        if (news === null) break;
        if (news.kind === 'beat') this.beats += 1;
        else if (news.kind === 'gap') this.gaps.push(news.gap);
        else this.heard.push(...news.events);
      }
    } catch (error) {
      this.error = error;
    }
    this.isEnded = true;
  }
}

/** A simulated node with a live feed whose limits a test may set. */
export class Belfry {
  readonly nodes: SimulatedNodes;
  readonly node: SimulatedNode;
  readonly feed: LiveFeed;
  readonly log = createTestLog();

  constructor(
    options: {
      readonly partitions?: number;
      readonly limits?: Partial<FeedLimits>;
      readonly app?: App;
      /** The store as the feed reaches it. */
      readonly view?: (store: Store) => Store;
    } = {},
  ) {
    const { partitions = 4, limits, app = bellApp(), view = (store) => store } = options;
    this.nodes = new SimulatedNodes({ partitions });
    this.node = this.nodes.make(bellApp());
    const store = view(this.nodes.store);
    const runtime = this.nodes.time.runtime();
    this.feed = new LiveFeed({ app, store, runtime, log: this.log, limits });
  }

  /** One who listens from now on to everything, unless it says otherwise. */
  async open(request: Partial<FollowRequest> = {}): Promise<Listener> {
    const whole = { types: null, actor: null, after: null, beatMs: 15_000, ...request };
    return new Listener(await this.nodes.run(this.feed.follow(whole)));
  }

  async ring(bell: string, times = 1): Promise<void> {
    await this.nodes.send(this.node, 'Ring', { bell, times });
  }

  async mute(bell: string): Promise<void> {
    await this.nodes.send(this.node, 'Mute', { bell });
  }

  /** Positions of all events there are, of these types, in the order of their partitions. */
  async all(types: ReadonlySet<string> | null = null): Promise<string[]> {
    const { store } = this.nodes;
    const found: string[] = [];
    for (let partition = 0; partition < store.partitions; partition++) {
      for (const { position, body } of await store.readFeed(partition, 0, 100_000)) {
        recorded.parse(JSON.parse(body)).events.forEach(({ type }, index) => {
          if (types?.has(type) ?? true) found.push(`${partition}:${position}.${index}`);
        });
      }
    }
    return found;
  }
}

const recorded = z.looseObject({ events: z.array(z.looseObject({ type: z.string() })) });

/** Positions in the order of their partitions, each as it came. */
export function byPartition(positions: readonly string[]): string[] {
  const parted = positions.map((position) => [Number(position.split(':')[0]), position] as const);
  return parted.sort(([a], [b]) => a - b).map(([, position]) => position);
}
