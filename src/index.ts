/**
 * Everstate as a library: declare an app, open a store, run an engine on it, serve it over HTTP.
 *
 * @example
 * const store = await openEmbeddedStore({ dir: './data' });
 * const engine = createEngine({ app, store, runtime: createSystemRuntime(), log: console });
 * await engine.start();
 * const http = await createHttpApp({ engine, credentials, corsOrigins: [], log: console, stopping });
 * const server = await startServer({ app: http, host: '127.0.0.1', port: 3000, log: console });
 */
export * from './define/index.ts';
export type { Address } from './engine/address.ts';
export {
  type CheckOptions,
  type CheckProgress,
  type CheckReport,
  checkStored,
  type Finding,
  type FindingKind,
  KINDS,
} from './engine/check/check.ts';
export { createEngine, type EngineOptions } from './engine/create-engine.ts';
export type {
  AsyncAnswer,
  DeadLetter,
  DeadLetterAnswer,
  DeadLetterPage,
  Delivery,
  Engine,
  InstanceItem,
  InstancePage,
  PoliciesReport,
  PolicyFigures,
  ProjectionFigures,
  TrailItem,
  TrailPage,
  Validation,
  ValidCommand,
} from './engine/engine.ts';
export { DEFAULT_LIMITS, type EngineLimits } from './engine/limits.ts';
export {
  BadBookmarkError,
  type FeedNews,
  type FeedStream,
  type FollowRequest,
  type LiveCause,
  type LiveEvent,
} from './engine/live-feed.ts';
export type {
  Accepted,
  ActorVersion,
  EventEnvelope,
  Failed,
  Failure,
  Outcome,
  Rejected,
} from './engine/outcome.ts';
export type { Log, Runtime } from './engine/runtime.ts';
export { type Store, StoreRefused, StoreUnavailable } from './engine/store.ts';
export { createSystemRuntime } from './engine/system-runtime.ts';
export { createHttpApp, type HttpApp, type HttpAppOptions } from './http/app.ts';
export type { Credentials, JwtKeys } from './http/auth/authenticate.ts';
export { type HttpServer, startServer } from './http/server.ts';
export type { Upgrades } from './http/upgrade.ts';
export { createStatelyFeed } from './inspector/stately/feed.ts';
export { createMemoryStore } from './storage/memory/index.ts';
export {
  type EmbeddedStoreOptions,
  openEmbeddedStore,
  openRedisStore,
  type RedisStoreOptions,
} from './storage/open.ts';
