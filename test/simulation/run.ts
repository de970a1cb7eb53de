import { graphApp, SMALL_LIMIT } from './apps/graph.ts';
import { Content as AuditedContent } from './audit/content.ts';
import { auditGraph } from './audit/graph-audit.ts';
import { leftovers } from './audit/rest.ts';
import { FaultPlan } from './faults/plan.ts';
import { Clients, isOpen, PLAINLY } from './workload/clients.ts';
import { COMMANDS_MIN, GraphLoad } from './workload/graph-load.ts';
import { streamOf } from './world/random.ts';
import { Trace } from './world/trace.ts';
import { NODES, OUTSIDE, World } from './world/world.ts';

/** How much goes wrong in a run at least. */
const FAULTS_MIN = 5;
/** How long a run may take to come to rest once nothing goes wrong any more, in ms. */
const REST_MS_MAX = 120_000;
const LOOK_MS = 250;

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
  readonly lines: readonly string[] | null;
}

/** One run: nodes, clients and faults of one seed, until all is at rest and judged. */
class Run {
  readonly #trace: Trace;
  readonly #world: World;
  readonly #clients: Clients;
  readonly #plan: FaultPlan;
  readonly #seed: number;
  readonly violations: string[] = [];

  constructor(seed: number, keepsLines: boolean) {
    this.#seed = seed;
    this.#trace = new Trace(keepsLines);
    this.#world = new World(seed, graphApp, this.#trace);
    this.#clients = new Clients(this.#world, streamOf(seed, 4));
    this.#plan = new FaultPlan(seed, this.#world);
  }

  async result(): Promise<Result> {
    const { scheduler, nodes } = this.#world;
    await scheduler.run(this.#live());
    for (const { number, complaints } of nodes) {
      this.violations.push(
        ...complaints.map((what) => `no node complains: node ${number}: ${what}`),
      );
    }
    if (this.violations.length === 0) this.#audit();
    for (const [key, value] of this.#world.content.dump())
      this.#trace.note(scheduler.now, 0, key, value);
    const { hash, count: events, lines } = this.#trace;
    const { count: faults, kinds } = this.#plan;
    const commands = this.#clients.history.length;
    const { violations } = this;
    return {
      seed: this.#seed,
      violations,
      commands,
      faults,
      kinds,
      nodes: nodes.length,
      events,
      hash,
      ms: scheduler.now,
      lines,
    };
  }

  async #live(): Promise<void> {
    const { scheduler } = this.#world;
    const random = streamOf(this.#seed, 5);
    for (let node = 0; node < NODES; node++) this.#world.join();
    await scheduler.pause(random.between(0, 3_000), OUTSIDE);
    this.#world.faults = this.#plan;
    this.#clients.lossChance = random.oneOf([0, 0.01, 0.03]);
    void this.#plan.mishaps();
    const owe = () => {
      this.#plan.owed = Math.floor(
        (this.#clients.history.length * (FAULTS_MIN + 1)) / COMMANDS_MIN,
      );
    };
    await new GraphLoad(this.#world, this.#clients, random, owe).run();
    await this.#heal();
    await this.#rest();
    await this.#takeOrphans();
    await this.#rest();
  }

  /** Nothing goes wrong any more: what is under way has to come to its end. */
  async #heal(): Promise<void> {
    this.#plan.end();
    this.#clients.lossChance = 0;
    while (this.#world.serving.length < NODES) this.#world.join();
    const { history } = this.#clients;
    const open = history.filter((sent) => sent.key !== null && isOpen(sent));
    await Promise.all(open.map((sent) => this.#clients.send(sent)));
  }

  /** A claim that a crash left blocks nobody: whoever wants it gets it. */
  async #takeOrphans(): Promise<void> {
    const { claims, actors } = new AuditedContent(this.#world.content.dump());
    let number = 0;
    for (const [claim, { holder }] of claims) {
      if (actors.get(holder)?.held[claim] !== undefined) continue;
      const id = `heir${++number}`;
      const [, name = '', value = ''] = /^account\/(\w+):(.*)$/.exec(claim) ?? [];
      const body = { accountId: id, email: `${id}@example.org`, username: id, [name]: value };
      const key = `orphan${number}`;
      const sent = this.#clients.note({ type: 'RegisterAccount', body }, { ...PLAINLY, key });
      await this.#clients.send(sent);
      const last = sent.tries.at(-1)?.outcome;
      const isTaken = typeof last === 'object' && last?.status === 'accepted';
      if (!isTaken)
        this.violations.push(
          `an orphaned claim blocks nobody: ${claim} of ${holder}: ${JSON.stringify(last)}`,
        );
    }
  }

  async #rest(): Promise<void> {
    const { scheduler, content, nodes } = this.#world;
    const until = scheduler.now + REST_MS_MAX;
    const stalls = nodes.map(({ isDead, stillUntil }) => (isDead ? 0 : stillUntil));
    await scheduler.pause(Math.max(0, Math.max(...stalls) - scheduler.now) + 1_500, OUTSIDE);
    for (;;) {
      const left = leftovers(content.dump());
      if (left.length === 0) return;
      if (scheduler.now > until) {
        this.violations.push(`all comes to rest: ${left.slice(0, 5).join('; ')}`);
        return;
      }
      await scheduler.pause(LOOK_MS, OUTSIDE);
    }
  }

  #audit(): void {
    const { content } = this.#world;
    const dump = content.dump();
    const { history } = this.#clients;
    const subscribers = [...graphApp.policies.keys(), ...graphApp.projections.keys()];
    const evidence = {
      dump,
      writtenAt: content.writtenAt,
      history,
      subscribers,
      limit: SMALL_LIMIT,
    };
    this.violations.push(...auditGraph({ ...evidence, partitions: content.store.partitions }));
  }
}

/** Runs one seed. @param keepsLines whether the result has all that happened */
export function runSeed(seed: number, keepsLines = false): Promise<Result> {
  return new Run(seed, keepsLines).result();
}
