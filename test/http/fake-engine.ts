import { app } from '../../machines/index.ts';
import { createEngine } from '../../src/engine/create-engine.ts';
import type { Engine } from '../../src/engine/engine.ts';
import type { Accepted, Failed, Failure } from '../../src/engine/outcome.ts';
import { validate } from '../../src/engine/validate.ts';
import { createMemoryStore } from '../../src/storage/memory/index.ts';
import { createTestLog, createTestRuntime } from '../support/runtime.ts';

/** An engine whose every method is what a test says, for what a real one does only in distress. */
export function fakeEngine(methods: Partial<Engine> = {}): Engine {
  return {
    app,
    inside: createEngine({
      app,
      store: createMemoryStore(),
      runtime: createTestRuntime(),
      log: createTestLog(),
    }).inside,
    knows: (type) => app.commands.has(type),
    validate: (type, body) => validate(app, type, body),
    submit: async () => accepted(),
    submitAsync: async () => ({ status: 'pending', commandId: 'c-1', replayed: false }),
    asyncOutcome: async () => null,
    query: async () => null,
    untilPassed: async () => 'passed',
    trail: async () => null,
    follow: async () => ({ bookmark: '', next: async () => null, close: () => {} }),
    start: async () => {},
    policies: async () => ({ idle: true, policies: [], projections: [] }),
    instances: async () => null,
    pausePolicy: async () => 'unknown',
    resumePolicy: async () => 'unknown',
    deadLetters: async () => ({ items: [], next: null }),
    retryDeadLetter: async () => 'unknown',
    discardDeadLetter: async () => 'unknown',
    deadLetterData: async () => null,
    editDeadLetter: async () => ({ status: 'unknown' }),
    countDeadLetters: async () => ({ count: 0, isCut: false, through: '', examples: [] }),
    settleDeadLetters: async () => ({ done: 0, pending: 0, isCut: false }),
    audit: async () => ({ actors: 0, isCut: false }),
    rebuild: async () => 'unknown',
    abandonRebuild: async () => 'unknown',
    subscribers: async () => [],
    removeSubscriber: async () => 'unknown',
    ready: async () => {},
    drain: async () => {},
    ...methods,
  };
}

export function accepted(members: Partial<Accepted> = {}): Accepted {
  return {
    status: 'accepted',
    commandId: 'c-1',
    actor: { type: 'account', id: 'ann', version: 1 },
    position: '0:1',
    events: [],
    traceId: '1'.repeat(32),
    replayed: false,
    ...members,
  };
}

export function failed(failure: Failure): Failed {
  return { status: 'failed', commandId: 'c-1', traceId: '1'.repeat(32), failure };
}

/** A command that every test may send. */
export const FOLLOW = { followerId: 'ann', followeeId: 'bob' };
