/**
 * Everstate's test kit: decisions and policies as pure functions, whole apps under simulated time,
 * and paths that cover every transition of every machine. It runs under any test library.
 */
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
  type FoundFacts,
  givenPolicy,
  type PolicyCase,
} from './given-policy.ts';
export type { CommandBody } from './model/model.ts';
