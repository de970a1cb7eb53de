import type { Evidence } from './audit/evidence.ts';
import { leftovers } from './audit/rest.ts';
import { FaultPlan } from './faults/plan.ts';
import { GraphScenario } from './scenarios/graph.ts';
import type { Scenario } from './scenarios/scenario.ts';
import { WatchScenario } from './scenarios/watch.ts';
import { Clients, isOpen } from './workload/clients.ts';
import { COMMANDS_MIN, Load } from './workload/load.ts';
import { streamOf } from './world/random.ts';
import { Trace } from './world/trace.ts';
import { LATE_MS_MAX } from './world/way.ts';
import { NODES, OUTSIDE, World } from './world/world.ts';

/** How much goes wrong in a run at least. */
export const FAULTS_MIN = 5;
/** Every so many runs are of the small domain whose policies wait and call the world. */
const WATCH_EVERY = 4;
/** How long a run may take to come to rest once nothing goes wrong any more, in ms. */
const REST_MS_MAX = 120_000;
const LOOK_MS = 500;

const NO_APP = { policies: new Map<string, never>(), projections: new Map<string, never>() };

/** What one seed came to. */
export interface Result {
  readonly seed: number;
  /** Every rule that did not hold, and where. */
  readonly violations: readonly string[];
  readonly commands: number;
  readonly faults: number;
  /** How often what went wrong. */
  readonly kinds: ReadonlyMap<string, number>;
  /** Nodes that lived, all together. */
  readonly nodes: number;
  /** Things that happened, and their hash: the same for the same seed. */
  readonly events: number;
  readonly hash: string;
  /** How long it took by its own clock, in ms. */
  readonly ms: number;
  /** All that happened, where it was to be kept. */
  readonly lines: readonly string[] | null;
}

/** One run: nodes, clients and faults of one seed, until all is at rest and judged. */
class Run {
  readonly #seed: number;
  readonly #trace: Trace;
  readonly #world: World;
  readonly #scenario: Scenario;
  readonly #clients: Clients;
  readonly #plan: FaultPlan;
  readonly #violations: string[] = [];

  constructor(seed: number, keepsLines: boolean) {
    this.#seed = seed;
    this.#trace = new Trace(keepsLines);
    this.#world = new World(seed, this.#trace);
    const random = streamOf(seed, 6);
    this.#scenario =
      seed % WATCH_EVERY === WATCH_EVERY - 1
        ? new WatchScenario(this.#world.scheduler, random)
        : new GraphScenario(random);
    this.#world.appFor = this.#scenario.appFor;
    this.#clients = new Clients(this.#world, streamOf(seed, 4));
    this.#plan = new FaultPlan(seed, this.#world);
  }

  async result(): Promise<Result> {
    const { scheduler, nodes, content } = this.#world;
    await scheduler.run(this.#live());
    this.#violations.push(...this.#complaints());
    if (this.#violations.length === 0) this.#violations.push(...this.audit(this.evidence()));
    this.#trace.end(scheduler.now, content.dump());
    return {
      seed: this.#seed,
      violations: this.#violations,
      commands: this.#clients.history.length,
      faults: this.#plan.count,
      kinds: this.#plan.kinds,
      nodes: nodes.length,
      events: this.#trace.count,
      hash: this.#trace.hash,
      ms: scheduler.now,
      lines: this.#trace.lines,
    };
  }

  async #live(): Promise<void> {
    const { scheduler } = this.#world;
    const random = streamOf(this.#seed, 5);
    for (let node = 0; node < NODES; node++) this.#world.join();
    await scheduler.pause(random.between(0, 3_000), OUTSIDE);
    this.#world.faults = this.#plan;
    this.#scenario.failsOutside = true;
    this.#clients.lossChance = random.oneOf([0, 0.01, 0.03]);
    void this.#plan.mishaps();
    const owe = () => {
      const sent = this.#clients.history.length;
      this.#plan.owed = Math.floor((sent * (FAULTS_MIN + 1)) / COMMANDS_MIN);
    };
    await new Load(this.#world, this.#clients, random, this.#scenario, owe).run();
    await this.#heal();
    await this.#rest();
    this.#violations.push(...(await this.#scenario.prove(this.#world, this.#clients)));
    await this.#rest();
  }

  /** Nothing goes wrong any more: what is under way has to come to its end. */
  async #heal(): Promise<void> {
    this.#plan.end();
    this.#scenario.failsOutside = false;
    this.#clients.lossChance = 0;
    while (this.#world.serving.length < NODES) this.#world.join();
    const { history } = this.#clients;
    const open = history.filter((sent) => sent.key !== null && isOpen(sent));
    await Promise.all(open.map((sent) => this.#clients.send(sent)));
  }

  async #rest(): Promise<void> {
    const { scheduler, content, nodes } = this.#world;
    const until = scheduler.now + REST_MS_MAX;
    const stalls = nodes.map(({ isDead, stillUntil }) => (isDead ? 0 : stillUntil));
    // What was sent before that is there by then, however late.
    const leftMs = Math.max(0, Math.max(...stalls) - scheduler.now) + LATE_MS_MAX;
    await scheduler.pause(leftMs, OUTSIDE);
    for (;;) {
      const left = leftovers(content.dumpWork(), (row) => this.#scenario.mayStay(row));
      if (left.length === 0) return;
      if (scheduler.now > until) {
        this.#violations.push(`all comes to rest: ${left.slice(0, 5).join('; ')}`);
        return;
      }
      this.#scenario.tend(this.#world);
      await scheduler.pause(LOOK_MS, OUTSIDE);
    }
  }

  /** A node may warn of what faults do to it; an error that it tells of is its own. */
  #complaints(): string[] {
    return this.#world.nodes.flatMap(({ number, complaints }) =>
      complaints
        .filter((what) => !this.#scenario.expects(what))
        .map((what) => `no node complains: node ${number}: ${what}`),
    );
  }

  /** What the run left behind, to be judged. */
  evidence(): Evidence {
    const { content, nodes } = this.#world;
    const { policies, projections } = nodes[0]?.engine.app ?? NO_APP;
    return {
      dump: content.dump(),
      writtenAt: content.writtenAt,
      history: this.#clients.history,
      partitions: content.store.partitions,
      subscribers: [...policies.keys(), ...projections.keys()],
      mayStay: (row) => this.#scenario.mayStay(row),
    };
  }

  audit(evidence: Evidence): readonly string[] {
    return this.#scenario.audit(evidence);
  }
}

/** Runs one seed. @param keepsLines whether the result has all that happened */
export function runSeed(seed: number, keepsLines = false): Promise<Result> {
  return new Run(seed, keepsLines).result();
}

/** What one seed left behind, and its auditor: for those who try the auditor. */
export async function leftBy(seed: number): Promise<Pick<Run, 'evidence' | 'audit'>> {
  const run = new Run(seed, false);
  await run.result();
  return run;
}
