import type { App } from '../define/index.ts';
import { ActorCache } from './actor-cache.ts';
import { type AggregateRuntime, prepareAggregate } from './aggregate-runtime.ts';
import { AsyncCommands } from './async-commands.ts';
import { Background } from './background/background.ts';
import { listLetters, sayWord } from './background/dead-letters.ts';
import { report } from './background/figures.ts';
import { listInstances } from './background/instances.ts';
import { type BackgroundLimits, DEFAULT_BACKGROUND_LIMITS } from './background/limits.ts';
import { preparePolicy } from './background/policy-runtime.ts';
import { Retention, type RetentionSettings } from './background/retention.ts';
import type { Engine } from './engine.ts';
import type { FeedLimits } from './feed/limits.ts';
import { Generations } from './generations/generations.ts';
import { abandonRebuild, rebuild } from './generations/operator.ts';
import { assertLimits, DEFAULT_LIMITS, type EngineLimits } from './limits.ts';
import { LiveFeed } from './live-feed.ts';
import { Mailboxes } from './mailbox.ts';
import { untilPassed } from './passed.ts';
import { Patience } from './patience.ts';
import { createReader } from './reader.ts';
import type { Log, Runtime } from './runtime.ts';
import type { Store } from './store.ts';
import { Submitter } from './submit.ts';
import { listSubscribers, removeSubscriber } from './subscribers.ts';
import { readTrail } from './trail.ts';
import { validate } from './validate.ts';

/** How long answers to idempotency keys and async commands are kept, unless set: 24 hours. */
const REPLY_TTL_MS_DEFAULT = 24 * 60 * 60 * 1_000;

/** What an engine is made of. */
export interface EngineOptions {
  readonly app: App;
  /** The engine uses it, and leaves closing it to its owner. */
  readonly store: Store;
  readonly runtime: Runtime;
  readonly log: Log;
  readonly limits?: Partial<EngineLimits>;
  readonly backgroundLimits?: Partial<BackgroundLimits>;
  readonly feedLimits?: Partial<FeedLimits>;
  /** What of the feed is kept; all of it unless said. */
  readonly retention?: RetentionSettings;
  /** How long answers to idempotency keys and async commands are kept, in milliseconds. */
  readonly replyTtlMs?: number;
  /** Freezes machine states and checks emitted events by their schemas: for development and tests. */
  readonly strict?: boolean;
}

/**
 * Makes a node's engine and takes up the async commands that a dead one left.
 * @throws RangeError when the limits do not fit together, or so little cannot be kept
 */
export function createEngine(options: EngineOptions): Engine {
  const { app, store, runtime, log } = options;
  const limits = { ...DEFAULT_LIMITS, ...options.limits };
  assertLimits(limits);
  const backgroundLimits = { ...DEFAULT_BACKGROUND_LIMITS, ...options.backgroundLimits };
  const replyTtlMs = options.replyTtlMs ?? REPLY_TTL_MS_DEFAULT;
  const aggregates = aggregatesByCommand(app, limits, runtime, options.strict ?? false);
  const mailboxes = new Mailboxes({
    store,
    runtime,
    log,
    limits,
    replyTtlMs,
    cache: new ActorCache(store, limits.cachedActorsMax),
    patience: new Patience(runtime, limits),
  });
  const submitter = new Submitter({ runtime, log, mailboxes, aggregates });
  const asyncCommands = new AsyncCommands({ store, runtime, log, limits, replyTtlMs, submitter });
  void asyncCommands.sweep();
  const generations = new Generations(app.projections, {
    store,
    runtime,
    limits: backgroundLimits,
  });
  const reader = createReader(store, generations, runtime);
  const liveFeed = new LiveFeed({ app, store, runtime, log, limits: options.feedLimits });
  const policies = [...app.policies.keys()];
  const operated = { store, runtime, limits: backgroundLimits, policies };
  const subscriberNames = { policies, projections: [...app.projections.keys()] };
  const background = new Background(
    {
      store,
      runtime,
      log,
      limits: backgroundLimits,
      submitter,
      aggregates,
      policies: [...app.policies.values()].map((policy) =>
        preparePolicy(policy, limits, runtime, options.strict ?? false),
      ),
      projections: app.projections,
      generations,
    },
    limits,
    runtime,
  );
  const held = () => background.held();
  const tools = { store, runtime, log, limits: backgroundLimits, names: subscriberNames, held };
  const retention = options.retention && new Retention(tools, options.retention);

  return {
    app,
    knows: (type) => app.commands.has(type),
    validate: (type, body) => validate(app, type, body),
    submit: (command, delivery) => submitter.submit(command, delivery),
    submitAsync: (command, delivery) => asyncCommands.submit(command, delivery),
    asyncOutcome: (commandId) => asyncCommands.outcome(commandId),
    query: (query, input) => query.run(input, reader),
    untilPassed: (places, withinMs, signal) =>
      untilPassed({ store, runtime, generations }, places, withinMs, signal),
    trail: (actor, page) => readTrail(app, store, actor, page),
    follow: (request) => liveFeed.follow(request),
    async start() {
      await background.start();
      await retention?.start();
    },
    policies: () => report(store, policies, generations),
    async instances(policy, page) {
      return app.policies.has(policy) ? listInstances(store, policy, page) : null;
    },
    deadLetters: (page) => listLetters(operated, page),
    retryDeadLetter: (id) => sayWord(operated, 'retry', id),
    discardDeadLetter: (id) => sayWord(operated, 'discard', id),
    async rebuild(name) {
      const projection = app.projections.get(name);
      return projection ? rebuild(store, projection) : 'unknown';
    },
    async abandonRebuild(name) {
      const projection = app.projections.get(name);
      return projection ? abandonRebuild(store, projection) : 'unknown';
    },
    subscribers: () => listSubscribers(store, subscriberNames),
    removeSubscriber: (name) => removeSubscriber(store, subscriberNames, name),
    ready: () => store.ping(),
    async drain() {
      // All close their doors before one of them is waited for.
      liveFeed.stop();
      await Promise.all([
        asyncCommands.stop(),
        mailboxes.close(),
        background.stop(),
        retention?.stop(),
      ]);
    },
  };
}

function aggregatesByCommand(
  app: App,
  limits: EngineLimits,
  runtime: Runtime,
  strict: boolean,
): ReadonlyMap<string, AggregateRuntime> {
  const prepared = new Map<string, AggregateRuntime>();
  for (const definition of app.aggregates.values()) {
    const aggregate = prepareAggregate(definition, limits, runtime, strict);
    for (const name of Object.keys(definition.commands)) prepared.set(name, aggregate);
  }
  return prepared;
}
