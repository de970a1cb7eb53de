/**
 * Everstate's test kit: decisions and policies as pure functions, whole apps under simulated time,
 * and paths that cover every transition of every machine. It runs under any test library.
 */
export {
  type AppCover,
  type CoverOptions,
  coverApp,
  type ExpectedAnswer,
  type Path,
  type PathStep,
  type PlainEvent,
} from './cover/cover-app.ts';
export {
  coverPolicy,
  type PolicyCoverOptions,
  type PolicyInput,
  type PolicyPath,
  replayPolicyPath,
  type SampleEvent,
} from './cover/cover-policy.ts';
export type { CoveredItem } from './cover/explore.ts';
export type { Allowed, Coverage, CoverageRow } from './cover/report.ts';
export { sampleCommands } from './cover/samples.ts';
export {
  type Decided,
  type Expectation,
  type Expected,
  type ExpectedEvent,
  invalid,
  noEffect,
  notPossible,
  type Result,
  rejected,
} from './decision.ts';
export type { Duration } from './duration.ts';
export { createFakeTime, type FakeRuntime, type FakeTime } from './fake-time.ts';
export type { FoundFacts } from './found-facts.ts';
export {
  type Given,
  type GivenEvent,
  type GivenSituation,
  type TestKit,
  testKit,
  type Whenever,
} from './given.ts';
export {
  type Answered,
  type EventOrigin,
  givenPolicy,
  type PolicyCase,
} from './given-policy.ts';
export { InvalidCommand } from './model/decision.ts';
export type { CommandBody } from './model/model.ts';
export { type HttpSystemOptions, httpSystem } from './paths/http-system.ts';
export { type Answer, runPath, type System } from './paths/run-path.ts';
export { type ActorSeen, createTestWorld, type TestWorld, type TestWorldOptions } from './world.ts';
