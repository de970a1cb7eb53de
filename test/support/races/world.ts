import { setImmediate as settled } from 'node:timers/promises';
import type { Steppable } from '../explorer-states.ts';
import { Footprint } from '../footprint.ts';
import { expectNothingLeft } from './nothing-left.ts';
import type { Before, Race } from './race.ts';
import { Stage, type Worker } from './stage.ts';
import { type Call, digest, withoutNames } from './strand.ts';

/** Said of a call after which its node meets its fate. */
const FATED = ', its last';
const TIME_PASSES = 'time passes';

/** A race, step by step. */
export class World implements Steppable {
  readonly #race: Race;
  readonly #stage: Stage;
  #fates: number;
  /** The strand whose turn has just read its facts, which do not change any more. */
  #begun: string | null = null;

  private constructor(race: Race, stage: Stage) {
    this.#race = race;
    this.#stage = stage;
    this.#fates = race.fate === null ? 0 : 1;
  }

  /** The world at its beginning. */
  static async begin(race: Race): Promise<World> {
    const stage = await Stage.set(race);
    await settled();
    return new World(race, stage);
  }

  options(): readonly string[] {
    const { calls, clients, clock } = this.#stage;
    const first = calls.find((call) => this.#mayComeFirst(call));
    if (first) return this.#ways(first);
    const asks = clients.flatMap(({ option }) => option ?? []);
    const options = [...calls.flatMap((call) => this.#ways(call)), ...asks];
    // Whoever waits for a time waits until nothing else goes on.
    return options.length === 0 && clock.isAwaited ? [TIME_PASSES] : options;
  }

  /**
   * Whether all other orders come to the same as those in which this call comes first:
   * - an answer that was found to be kept is read: it stays as it is;
   * - a step of work that waits for nothing else: nobody else writes its rows;
   * - once no client changes a block or a view any more: a policy's look at them, and the commit
   *   of a turn that has just read them. A turn that reads earlier reads the same, or its actor
   *   has changed and it reads again.
   */
  #mayComeFirst({ strand, method }: Call): boolean {
    if (!this.#race.leavesOut) return false;
    if (method === 'reply') return true;
    const isWork = this.#stage.workers.some((worker) => worker.strand === strand);
    if (!isWork) return method === 'commit' && strand.name === this.#begun;
    if (strand.underWay > 1) return false;
    return method === 'step' || (method === 'fetch' && this.#areFactsFixed());
  }

  #areFactsFixed(): boolean {
    return this.#stage.clients.every(({ onlyFollows }) => onlyFollows);
  }

  /**
   * How a call can go. A node may meet its fate at each of its writes: before that, or with several
   * under way, it leaves what it would leave at the write before.
   */
  #ways({ strand, method, label }: Call): string[] {
    const isWrite = method === 'step' || method === 'commit' || method === 'transfer';
    const worker = this.#workerOf({ strand });
    const isMortal = worker !== undefined && this.#race.mortal.includes(worker.partition);
    return this.#fates > 0 && isWrite && isMortal ? [label, `${label}${FATED}`] : [label];
  }

  #workerOf({ strand }: Pick<Call, 'strand'>): Worker | undefined {
    return this.#stage.workers.find(({ node }) => node.strands.includes(strand));
  }

  async take(option: string): Promise<Footprint> {
    const stage = this.#stage;
    const footprint = new Footprint();
    stage.footprint = footprint;
    this.#begun = null;
    const client = stage.clients.find((candidate) => candidate.option === option);
    if (client) stage.ask(client);
    else if (option === TIME_PASSES) stage.clock.pass();
    else await this.#carryOut(option);
    await settled();
    for (const node of stage.nodes) node.forget();
    const [fault] = stage.faults;
    if (fault instanceof Error) throw fault;
    if (fault !== undefined) throw new Error(JSON.stringify(fault));
    return footprint;
  }

  async #carryOut(option: string): Promise<void> {
    const label = option.replace(FATED, '');
    const { calls } = this.#stage;
    const index = calls.findIndex((waiting) => waiting.label === label);
    const [call] = index < 0 ? [] : calls.splice(index, 1);
    if (!call) throw new Error(`there is no ${option} among ${this.options().join(', ')}`);
    const worker = label === option ? undefined : this.#workerOf(call);
    if (worker && this.#race.fate === 'dies') worker.node.die();
    if (call.method === 'fetch' && this.#areFactsFixed()) this.#begun = call.strand.name;
    await call.carryOut();
    if (worker) await this.#meetFate(worker);
  }

  /** Its lease is taken over: its node is dead, or goes on in vain. */
  async #meetFate({ node, partition }: Worker): Promise<void> {
    const stage = this.#stage;
    this.#fates--;
    stage.touch(...node.strands.map(({ name }) => `of ${name}`));
    stage.calls = stage.calls.filter(({ strand }) => !strand.isDead);
    await stage.takeOver(partition, `${node.name}'`);
  }

  key(): string {
    const { rules, asked, clock, clients, nodes } = this.#stage;
    const parts = [`${rules} ${asked} ${clock.now} ${this.#fates} ${this.#begun}`];
    for (const pair of this.#stage.content()) parts.push(...pair);
    // Nothing comes any more of the node of a client that has all its answers.
    const done = clients.flatMap(({ isDone, home }) => (isDone && home ? [home] : []));
    for (const node of nodes) {
      if (done.includes(node)) continue;
      for (const { isDead, name, memory } of node.strands) if (!isDead) parts.push(name, memory);
    }
    return digest(withoutNames(parts.join('\n')));
  }

  async judge(): Promise<void> {
    const { store, clients, rules } = this.#stage;
    await expectNothingLeft(store, this.#race.prepared.app);
    for (const { strand, isDone } of clients) {
      if (!strand.isDead && !isDone) throw new Error(`${strand.name} waits for an answer`);
    }
    await rules.judge(store);
  }

  /** What it leaves for a race after it. */
  after(): Before {
    const { rules, asked } = this.#stage;
    return { content: [...this.#stage.content()], rules, asked };
  }
}
