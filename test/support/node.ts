import { setImmediate as nextTurn } from 'node:timers/promises';
import type { App } from '../../src/define/index.ts';
import { decodeState } from '../../src/engine/actor-state.ts';
import { prepareAggregate } from '../../src/engine/aggregate-runtime.ts';
import { createEngine } from '../../src/engine/create-engine.ts';
import type { Delivery, Engine } from '../../src/engine/engine.ts';
import { DEFAULT_LIMITS, type EngineLimits } from '../../src/engine/limits.ts';
import type { Outcome } from '../../src/engine/outcome.ts';
import type { ActorRow, Store } from '../../src/engine/store.ts';
import { boxApp } from './box/index.ts';
import { createTestLog, createTestRuntime } from './runtime.ts';

/** A runtime in which a wait takes no time and moves the monotonic clock all the same. */
function createSteppedRuntime(seed = 1, wait: () => Promise<void> = nextTurn) {
  let elapsed = 0;
  const pauses = new Set<() => void>();
  return {
    ...createTestRuntime(seed),
    monotonic: () => elapsed,
    busyMs: () => 0,
    /** Time passes. */
    advance: (ms: number) => {
      elapsed += ms;
    },
    async sleep(ms: number, signal?: AbortSignal): Promise<void> {
      if (!signal) {
        elapsed += ms;
        await wait();
      } else if (!signal.aborted) {
        await new Promise<void>((resolve) => {
          pauses.add(resolve);
          signal.addEventListener('abort', () => resolve());
        });
      }
    },
    /** Ends the pauses of loops. */
    wake: () => {
      for (const resume of pauses) resume();
      pauses.clear();
    },
  };
}

/** One engine on a store, with its log and its clock. */
export function startNode(
  store: Store,
  options: {
    readonly app?: App;
    readonly seed?: number;
    readonly limits?: Partial<EngineLimits>;
    readonly replyTtlMs?: number;
    /** In the place of waits that are over at once; not of the pauses of loops. */
    readonly wait?: () => Promise<void>;
  } = {},
) {
  const runtime = createSteppedRuntime(options.seed, options.wait);
  const log = createTestLog();
  const { limits, replyTtlMs } = options;
  const engine = createEngine({
    app: options.app ?? boxApp,
    store,
    runtime,
    log,
    // A small cache: a large one takes milliseconds to lay out, and thousands of nodes are made.
    limits: { cachedActorsMax: 64, ...limits },
    ...(replyTtlMs !== undefined && { replyTtlMs }),
    strict: true,
  });
  return { engine, log, runtime };
}

/** A command whose structure was checked. */
export function command(engine: Engine, type: string, body: unknown) {
  const validation = engine.validate(type, body);
  if (!validation.ok) throw new Error(`${type} breaks its schema`, { cause: validation.issues });
  return validation.command;
}

/** Sends a command and waits for its outcome. */
export function send(
  engine: Engine,
  type: string,
  body: unknown,
  delivery: Partial<Delivery> = {},
): Promise<Outcome> {
  return engine.submit(command(engine, type, body), { principal: 'test', ...delivery });
}

/** The outcome in a word: `accepted`, the reason of a refusal, or the code of a fault. */
export function word(outcome: Outcome): string {
  if (outcome.status === 'failed') return outcome.failure.code;
  return outcome.status === 'rejected' ? outcome.reason : outcome.status;
}

/** A command that must be accepted. */
export async function mustAccept(...args: Parameters<typeof send>): Promise<void> {
  const outcome = await send(...args);
  if (outcome.status !== 'accepted') throw new Error(`${args[1]}: ${word(outcome)}`);
}

/** What the store has of an actor. */
export async function rowOf(store: Store, id: string, type = 'box'): Promise<ActorRow> {
  const request = { pointers: [], views: [], entries: [], sizes: [] };
  const { actor } = await store.fetch({ ...request, actor: { type, id } });
  if (actor === null) throw new Error('the store did not read the actor');
  return actor;
}

/** What the store has of an actor, as a node reads it. */
export async function stateOf(store: Store, id: string, app = boxApp, type = 'box') {
  const definition = app.aggregates.get(type);
  if (!definition) throw new Error(`no aggregate ${type}`);
  const aggregate = prepareAggregate(definition, DEFAULT_LIMITS, createTestRuntime(99), true);
  return decodeState(aggregate, { type, id }, await rowOf(store, id, type));
}

/** The events of an actor's whole trail, oldest first. */
export async function eventsOf(engine: Engine, id: string, type = 'box') {
  const found = [];
  let before: string | null = null;
  do {
    const page = await engine.trail({ type, id }, { limit: 50, before });
    found.push(...(page?.items ?? []));
    before = page?.next ?? null;
  } while (before !== null);
  return found.reverse();
}

/** Waits until `condition` holds, letting everything else run. */
export async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  for (let turns = 0; turns < 10_000; turns++) {
    if (await condition()) return;
    await nextTurn();
  }
  throw new Error('what was waited for did not come about');
}
