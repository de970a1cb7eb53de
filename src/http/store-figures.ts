import { Gauge, Registry } from 'prom-client';
import type { Engine, PoliciesReport } from '../engine/engine.ts';
import type { ServerLog } from './context.ts';
import { HTTP_LIMITS } from './limits.ts';

/** What is read from the store when somebody asks, for all nodes, as Prometheus reads it. */
export class StoreFigures {
  readonly #engine: Engine;
  readonly #log: ServerLog;
  #reading: Promise<string> | null = null;

  constructor(engine: Engine, log: ServerLog) {
    this.#engine = engine;
    this.#log = log;
  }

  /** However many ask, the store is asked once in a while. Never rejects: a store may be down. */
  text(): Promise<string> {
    this.#reading ??= this.#read().finally(() => {
      setTimeout(() => {
        this.#reading = null;
      }, HTTP_LIMITS.metricsKeptMs).unref();
    });
    return this.#reading;
  }

  async #read(): Promise<string> {
    const report = await this.#report();
    const registry = new Registry();
    const up = gauge(registry, 'everstate_store_up', 'Whether the store could be read just now.');
    up.set(report ? 1 : 0);
    if (report) {
      addPolicies(registry, report);
      addProjections(registry, report);
      addNodes(registry, report);
    }
    return registry.metrics();
  }

  /** `null` where the store can not be read, or not in time. */
  async #report(): Promise<PoliciesReport | null> {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<null>((resolve) => {
      timer = setTimeout(resolve, HTTP_LIMITS.metricsStoreMsMax, null);
    });
    try {
      return await Promise.race([this.#engine.policies(), late]);
    } catch (error) {
      this.#log.warn({ err: error }, 'the store could not be read for metrics');
      return null;
    } finally {
      clearTimeout(timer);
    }
  }
}

function addPolicies(registry: Registry, { policies }: PoliciesReport): void {
  const add = (name: string, help: string, read: (of: (typeof policies)[number]) => number) => {
    const figure = gauge(registry, `everstate_policy_${name}`, help, 'policy');
    for (const policy of policies) figure.set({ policy: policy.name }, read(policy));
  };
  add('lag_records', 'Records that a policy has not passed.', ({ lag }) => lag);
  add('in_flight', 'Commands and effects without an outcome.', ({ inFlight }) => inFlight);
  add('retrying', 'What failed and waits for its next try.', ({ retrying }) => retrying);
  add('dead_letters', 'What was given up.', ({ deadLetters }) => deadLetters);
  add('timers', 'Pending timers.', ({ timers }) => timers);
  add(
    'oldest_pending_seconds',
    'The age of the oldest message that waits.',
    ({ oldestPendingMs }) => oldestPendingMs / 1_000,
  );
}

function addProjections(registry: Registry, { projections }: PoliciesReport): void {
  const name = 'everstate_projection_lag_records';
  const lag = gauge(registry, name, 'Records that a projection has not passed.', 'projection');
  for (const projection of projections) lag.set({ projection: projection.name }, projection.lag);
}

/** A partition is run as a whole: what a node holds for one policy, it holds for all that it knows. */
function addNodes(registry: Registry, { policies }: PoliciesReport): void {
  const held = new Map<string, number>();
  for (const { holders } of policies) {
    for (const [node, count] of Object.entries(holders)) {
      held.set(node, Math.max(held.get(node) ?? 0, count));
    }
  }
  const help = 'Partitions whose background work a node runs.';
  const partitions = gauge(registry, 'everstate_partitions_held', help, 'node');
  for (const [node, count] of held) partitions.set({ node }, count);
}

function gauge<Label extends string>(
  registry: Registry,
  name: string,
  help: string,
  ...labelNames: readonly Label[]
): Gauge<Label> {
  return new Gauge({ name, help, labelNames, registers: [registry] });
}
