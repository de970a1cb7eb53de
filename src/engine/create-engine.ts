import type { App } from '../define/index.ts';
import { ActorCache } from './actor-cache.ts';
import { ActorIndex } from './actor-index/actor-index.ts';
import { type AggregateRuntime, prepareAggregate } from './aggregate-runtime.ts';
import { AsyncCommands } from './async-commands.ts';
import { audit } from './audit/audit.ts';
import { Background } from './background/background.ts';
import { listLetters, sayWord } from './background/dead-letters.ts';
import { editLetter, letterData } from './background/edit-letter.ts';
import { report } from './background/figures.ts';
import { listInstances } from './background/instances.ts';
import { type BackgroundLimits, DEFAULT_BACKGROUND_LIMITS } from './background/limits.ts';
import { Pauses, pausePolicy, resumePolicy } from './background/pauses.ts';
import { preparePolicy } from './background/policy-runtime.ts';
import { Retention, type RetentionSettings } from './background/retention.ts';
import { countLetters, sweepLetters } from './background/sweep-letters.ts';
import type { Engine } from './engine.ts';
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
  const { app, store } = options;
  const parts = partsOf(options);
  const { submitter, mailboxes, asyncCommands, liveFeed, background, retention } = parts;
  void asyncCommands.sweep();
  return {
    app,
    inside: parts.inside,
    knows: (type) => app.commands.has(type),
    validate: (type, body) => validate(app, type, body),
    submit: (command, delivery) => submitter.submit(command, delivery),
    submitAsync: (command, delivery) => asyncCommands.submit(command, delivery),
    asyncOutcome: (commandId) => asyncCommands.outcome(commandId),
    ...readsOf(options, parts),
    ...operatorsOf(options, parts),
    async start() {
      await background.start();
      await retention?.start();
    },
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

/** What an engine is made of. */
function partsOf(options: EngineOptions) {
  const { app, store, runtime, log, strict = false } = options;
  const limits = { ...DEFAULT_LIMITS, ...options.limits };
  assertLimits(limits);
  const replyTtlMs = options.replyTtlMs ?? REPLY_TTL_MS_DEFAULT;
  const aggregates = aggregatesByCommand(app, limits, runtime, strict);
  const cache = new ActorCache(store, limits.cachedActorsMax);
  const patience = new Patience(runtime, limits);
  const common = { store, runtime, log, limits, replyTtlMs };
  const mailboxes = new Mailboxes({ ...common, cache, patience });
  const submitter = new Submitter({ runtime, log, mailboxes, aggregates });
  const asyncCommands = new AsyncCommands({ ...common, submitter });
  const liveFeed = new LiveFeed({ app, store, runtime, log });
  const backgroundLimits = { ...DEFAULT_BACKGROUND_LIMITS, ...options.backgroundLimits };
  const tools = { store, runtime, log, limits: backgroundLimits };
  const generations = new Generations(app.projections, tools);
  const policies = [...app.policies.values()].map((policy) =>
    preparePolicy(policy, limits, runtime, strict),
  );
  const { projections } = app;
  const pauses = new Pauses(tools, [...app.policies.keys()]);
  const types = [...app.aggregates.keys()];
  const decided = { submitter, aggregates, policies, pauses, types };
  const worked = { ...tools, ...decided, projections, generations };
  const background = new Background(worked, limits, runtime);
  const begin = () => background.beginIndexing();
  const actorIndex = new ActorIndex({ ...tools, types, begin });
  const names = { policies: [...app.policies.keys()], projections: [...projections.keys()] };
  const kept = { ...tools, names, held: () => background.held() };
  const retention = options.retention && new Retention(kept, options.retention);
  const byName = new Map(policies.map((policy) => [policy.name, policy]));
  const working = { store, runtime, aggregates, generations, submitter };
  const inside = { ...working, policies: byName, actorIndex, node: background.node };
  return {
    ...{ aggregates, mailboxes, submitter, asyncCommands, liveFeed, generations, inside },
    ...{ background, retention, names, backgroundLimits, pauses },
  };
}

type Parts = ReturnType<typeof partsOf>;

/** What is asked of what was recorded. */
function readsOf(
  { app, store, runtime }: EngineOptions,
  { generations, liveFeed }: Parts,
): Pick<Engine, 'query' | 'untilPassed' | 'trail' | 'follow'> {
  const reader = createReader(store, generations, runtime);
  return {
    query: (query, input) => query.run(input, reader),
    untilPassed: (places, withinMs, signal) =>
      untilPassed({ store, runtime, generations }, places, withinMs, signal),
    trail: (actor, page) => readTrail(app, store, actor, page),
    follow: (request) => liveFeed.follow(request),
  };
}

/** What operators ask and say. */
function operatorsOf(options: EngineOptions, parts: Parts) {
  const { app, store, runtime, log } = options;
  const { generations, names, backgroundLimits, pauses, submitter, aggregates } = parts;
  const operated = { store, runtime, limits: backgroundLimits, policies: names.policies };
  const edited = { ...operated, aggregates, runtimes: parts.inside.policies };
  return {
    policies: () => report(store, names.policies, generations, pauses),
    async instances(policy, page) {
      return app.policies.has(policy) ? listInstances(store, policy, page) : null;
    },
    async pausePolicy(policy) {
      if (!app.policies.has(policy)) return 'unknown';
      await pausePolicy(store, policy, new Date(runtime.now()).toISOString());
      return 'done';
    },
    async resumePolicy(policy) {
      if (!app.policies.has(policy)) return 'unknown';
      await resumePolicy(store, policy);
      return 'done';
    },
    deadLetters: (page) => listLetters(operated, page),
    retryDeadLetter: (id) => sayWord(operated, 'retry', id),
    discardDeadLetter: (id) => sayWord(operated, 'discard', id),
    deadLetterData: (id) => letterData(edited, id),
    editDeadLetter: (id, edit) => editLetter(edited, id, edit),
    countDeadLetters: (filter) => countLetters(operated, filter),
    settleDeadLetters: (how, filter) => sweepLetters(operated, how, filter),
    async rebuild(name) {
      const projection = app.projections.get(name);
      return projection ? rebuild(store, projection) : 'unknown';
    },
    async abandonRebuild(name) {
      const projection = app.projections.get(name);
      return projection ? abandonRebuild(store, projection) : 'unknown';
    },
    audit(request) {
      const { answerTtlMs } = backgroundLimits;
      const tools = { app, store, runtime, log, submitter, aggregates, generations, answerTtlMs };
      return audit({ ...tools, auditId: runtime.uuid() }, request);
    },
    subscribers: () => listSubscribers(store, names),
    removeSubscriber: (name) => removeSubscriber(store, names, name),
  } satisfies Partial<Engine>;
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
