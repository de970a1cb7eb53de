import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import type { App } from '../define/index.ts';
import type { AsyncAnswer } from '../engine/engine.ts';
import type { Failure, Outcome } from '../engine/outcome.ts';
import { LatestCommands } from './latest-commands.ts';
import { HTTP_LIMITS } from './limits.ts';

/** How a command was answered: `pending` where it was kept, else the code of what kept it from it. */
type Answer = 'accepted' | 'rejected' | 'pending' | 'validation_error' | Failure['code'];

const ANSWERS = Object.keys({
  accepted: true,
  rejected: true,
  pending: true,
  validation_error: true,
  version_mismatch: true,
  idempotency_key_reused: true,
  overloaded: true,
  unavailable: true,
  system_error: true,
} satisfies Record<Answer, true>);

/** Seconds: a commit in memory, to a disk, to a busy store, one that waits for a failover. */
const SECONDS = [0.001, 0.005, 0.025, 0.1, 0.5, 2.5];

/**
 * What one HTTP app counts. Names of commands, events and queries are the app's own: what a client
 * makes up is never a label. What a command counts is looked up when the app is made.
 */
export class Meters {
  readonly #registry = new Registry();
  readonly #commands: ReadonlyMap<string, ReadonlyMap<string, Counter.Internal>>;
  readonly #seconds: Readonly<Record<Outcome['status'], Histogram.Internal<'outcome'>>>;
  readonly #events: ReadonlyMap<string, Counter.Internal>;
  readonly #queries: Counter<'query' | 'status'>;
  readonly #streams: Gauge;
  #hasDefaults = false;
  /** `null` while nobody looks at it. */
  #latest: LatestCommands | null = null;
  #latestEnd: NodeJS.Timeout | undefined;

  constructor(app: App) {
    const registers = [this.#registry];
    this.#commands = commandCounters(app, registers);
    this.#seconds = secondsByOutcome(registers);
    this.#events = eventCounters(app, registers);
    this.#queries = new Counter({
      name: 'everstate_queries_total',
      help: 'Queries answered, by the status of the answer.',
      labelNames: ['query', 'status'],
      registers,
    });
    for (const { name } of app.queries) this.#queries.inc({ query: name, status: '200' }, 0);
    this.#streams = new Gauge({
      name: 'everstate_event_streams',
      help: 'Streams of events that are open.',
      registers,
    });
  }

  /** A moment that {@link decided} measures from, in milliseconds. */
  now(): number {
    return performance.now();
  }

  /** A command came to its end. @param begunAt when it was submitted, by {@link now} */
  decided(command: string, outcome: Outcome, begunAt: number): void {
    const { status } = outcome;
    const ms = performance.now() - begunAt;
    this.#count(command, status === 'failed' ? outcome.failure.code : status);
    this.#seconds[status].observe(ms / 1_000);
    if (this.#latest !== null) this.#latest.add(command, status, ms);
    // A kept answer's events were counted when it was first given.
    if (status === 'failed' || outcome.replayed) return;
    for (const { type } of outcome.events) this.#events.get(type)?.inc();
  }

  /** A command was kept for later, or not. */
  kept(command: string, answer: AsyncAnswer): void {
    this.#count(command, answer.status === 'failed' ? answer.failure.code : answer.status);
  }

  /** A command broke its schema. */
  invalid(command: string): void {
    this.#count(command, 'validation_error');
  }

  /** A query of the app was answered. @param status of HTTP */
  queried(query: string, status: number): void {
    this.#queries.inc({ query, status: String(status) });
  }

  /** A stream of events begins. */
  streamBegan(): void {
    this.#streams.inc();
  }

  /** A stream of events ended. */
  streamEnded(): void {
    this.#streams.dec();
  }

  /**
   * What commands took of late, on this node: counted from the first time on that somebody asks, and
   * for a while after the last.
   */
  latest(): LatestCommands {
    clearTimeout(this.#latestEnd);
    this.#latestEnd = setTimeout(() => {
      this.#latest = null;
    }, HTTP_LIMITS.latestKeptMs).unref();
    this.#latest ??= new LatestCommands(() => this.now());
    return this.#latest;
  }

  /** All of it, and how the process fares, as Prometheus reads it. */
  text(): Promise<string> {
    // The process is watched from the first time on that somebody asks: it has its price.
    if (!this.#hasDefaults) collectDefaultMetrics({ register: this.#registry });
    this.#hasDefaults = true;
    return this.#registry.metrics();
  }

  #count(command: string, answer: Answer): void {
    this.#commands.get(command)?.get(answer)?.inc();
  }
}

/** By command and answer. */
function commandCounters(
  { commands }: App,
  registers: Registry[],
): ReadonlyMap<string, ReadonlyMap<string, Counter.Internal>> {
  const counter = new Counter({
    name: 'everstate_commands_total',
    help: 'Commands answered: accepted, rejected, pending, or the code of what went wrong.',
    labelNames: ['command', 'outcome'],
    registers,
  });
  return new Map(
    [...commands.keys()].map((command) => {
      // There from the start, so that their rates are right from the first one on.
      for (const outcome of ['accepted', 'rejected']) counter.inc({ command, outcome }, 0);
      return [command, new Map(ANSWERS.map((answer) => [answer, counter.labels(command, answer)]))];
    }),
  );
}

function secondsByOutcome(
  registers: Registry[],
): Readonly<Record<Outcome['status'], Histogram.Internal<'outcome'>>> {
  const histogram = new Histogram({
    name: 'everstate_command_seconds',
    help: 'From the submission of a command to its outcome.',
    labelNames: ['outcome'],
    buckets: SECONDS,
    registers,
  });
  const by = (outcome: Outcome['status']) => {
    histogram.zero({ outcome });
    return histogram.labels(outcome);
  };
  return { accepted: by('accepted'), rejected: by('rejected'), failed: by('failed') };
}

/** By type. */
function eventCounters(
  { aggregates }: App,
  registers: Registry[],
): ReadonlyMap<string, Counter.Internal> {
  const counter = new Counter({
    name: 'everstate_events_total',
    help: 'Events that commands wrote before they were answered.',
    labelNames: ['type'],
    registers,
  });
  const types = [...aggregates.values()].flatMap(({ events }) => Object.keys(events));
  return new Map(
    types.map((type) => {
      counter.inc({ type }, 0);
      return [type, counter.labels(type)];
    }),
  );
}
