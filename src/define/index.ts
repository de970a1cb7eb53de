export {
  type ActorState,
  type AggregateDefinition,
  type ClaimDefinition,
  defineAggregate,
} from './aggregate.ts';
export { type App, DefinitionError, defineApp } from './app.ts';
export type { DefinitionFault } from './check.ts';
export {
  type ClaimAnswer,
  type CommandDefinition,
  defineCommand,
  type Message,
  type MessageMeta,
  type Messages,
  type NewId,
} from './command.ts';
export { defineEffect, type EffectCall } from './effect.ts';
export {
  defineEvent,
  defineRejection,
  type Emitted,
  type EventData,
  type EventDefinition,
  NewerEventError,
  type RecordedEvent,
  UpcastError,
  type Upcaster,
  upcast,
} from './event.ts';
export {
  type CollectionDefinition,
  defineCollection,
  defineView,
  type Entry,
  type EntryChange,
  entry,
  type Fact,
  type FactMap,
  put,
  type Resolved,
  remove,
  size,
  type ViewDefinition,
  view,
} from './facts.ts';
export { type Audited, defineInvariant, type InvariantDefinition } from './invariant.ts';
export type { Json, JsonObject } from './json.ts';
export type {
  InstanceMigration,
  Migration,
  Migrations,
  StoredInstance,
  StoredState,
  StoredValue,
} from './migration.ts';
export { noEffect } from './no-effect.ts';
export {
  type BareMessage,
  type BareMessageOf,
  type CommandOutcome,
  type CorrelatedEvent,
  type Correlation,
  definePolicy,
  type InstanceState,
  type PolicyDefinition,
  type PolicyEvent,
  type PolicyMessageMeta,
  type PolicyMessages,
  type RecordedEventInfo,
} from './policy.ts';
export {
  type FactPage,
  heads,
  type PagePlace,
  type PolicyFact,
  type PolicyFactMap,
  type PolicyFactsAsked,
  page,
  passed,
  type ResolvedPolicyFacts,
} from './policy-facts.ts';
export {
  defineProjection,
  defineReadModel,
  type ModelChange,
  type ProjectionDefinition,
  type RankedModel,
  rankingOf,
} from './projection.ts';
export {
  BadCursorError,
  defineQuery,
  type Page,
  type QueryDefinition,
  type Ranked,
  type Reader,
} from './query.ts';
export { refuse } from './refuse.ts';
export { type Sending, type SendingOf, send, sends } from './send.ts';
