import type { Method } from '../../support/faulty-store.ts';
import type { Fate, Faults, Mishap } from '../world/fates.ts';
import { steal } from '../world/interference.ts';
import type { SimulatedNode } from '../world/node.ts';
import { type Random, streamOf } from '../world/random.ts';
import { NODES, OUTSIDE, type World } from '../world/world.ts';

/** How many nodes of a run die or hand over at most. */
const LIVES_MAX = 6;
/** By how much a clock is set at most, in ms: near to what is waited for, or far beyond. */
const CLOCK_MS_MAX = [500, 5_000, 400_000];
const DEAF_MS_MAX = 6_000;

/** Each with how often it is drawn. */
const FATES: readonly (readonly [Exclude<Fate, 'answered'>, number])[] = [
  ['refused', 1],
  ['request lost', 2],
  ['request late', 2],
  ['reply lost', 4],
  ['reply late', 2],
  ['duplicate', 2],
  ['late duplicate', 2],
  ['conflict', 6],
  ['death before', 2],
  ['death after', 2],
  ['stall before', 2],
  ['stall after', 2],
];
const MISHAPS: readonly Mishap[] = [
  'clock set',
  'lease stolen',
  'wake-ups lost',
  'handover',
  'rebuild',
];

/** The calls that change what others find: more often what a fault is drawn for than the rest. */
const WRITES: ReadonlySet<Method> = new Set([
  'commit',
  'step',
  'transfer',
  'swapClaim',
  'fenceClaim',
  'swapLease',
  'putAsync',
  'finishAsync',
  'post',
]);
const CONFLICTS: ReadonlySet<Method> = new Set(['commit', 'step', 'swapClaim', 'swapLease']);

/** What goes wrong in one run, as its seed has it: not every run has every kind, nor as often. */
export class FaultPlan implements Faults {
  /** How much went wrong. */
  count = 0;
  /** How much must have gone wrong by now: made up for at the next call. */
  owed = 0;
  readonly kinds = new Map<string, number>();
  readonly #world: World;
  readonly #random: Random;
  readonly #fates: readonly Exclude<Fate, 'answered'>[];
  readonly #mishaps: readonly Mishap[];
  readonly #chance: number;
  /** The longest time between two mishaps, in ms. */
  readonly #mishapMsMax: number;
  #ends = 0;
  #isOver = false;

  constructor(seed: number, world: World) {
    this.#world = world;
    this.#random = streamOf(seed, 3);
    const random = this.#random;
    const some = FATES.filter(() => random.chance(0.6));
    const chosen = some.length === 0 ? FATES : some;
    this.#fates = chosen.flatMap(([fate, often]) => Array<typeof fate>(often).fill(fate));
    this.#mishaps = MISHAPS.filter((mishap) => random.chance(mishap === 'rebuild' ? 0.25 : 0.6));
    this.#mishapMsMax = random.oneOf([200, 700, 2_500]);
    this.#chance = random.oneOf([0.003, 0.008, 0.02, 0.04]);
  }

  fateOf(method: Method): Fate {
    if (this.#isOver) return 'answered';
    const chance = WRITES.has(method) ? 2 * this.#chance : this.#chance / 2;
    const isDue = this.count < this.owed;
    if (!isDue && !this.#random.chance(chance)) return 'answered';
    const fate = this.#random.oneOf(this.#fates);
    if (fate === 'conflict' && !CONFLICTS.has(method)) return 'answered';
    if (fate.startsWith('death') && !this.#mayEnd()) return 'answered';
    if (fate.startsWith('death')) this.#replaceLater();
    this.#counted(fate);
    return fate;
  }

  /** Nothing goes wrong any more. */
  end(): void {
    this.#isOver = true;
  }

  /** Has what is no call's fate happen now and then, until the end. */
  async mishaps(): Promise<void> {
    const { scheduler } = this.#world;
    while (!this.#isOver && this.#mishaps.length > 0) {
      await scheduler.pause(this.#random.between(20, this.#mishapMsMax), OUTSIDE);
      if (!this.#isOver) await this.#happen(this.#random.oneOf(this.#mishaps));
    }
  }

  async #happen(mishap: Mishap): Promise<void> {
    const { scheduler, trace, content, serving } = this.#world;
    const node = this.#random.pick(serving);
    if (!node || (mishap === 'handover' && !this.#mayEnd())) return;
    this.#counted(mishap);
    trace.note(scheduler.now, node.number, `! ${mishap}`, '');
    switch (mishap) {
      case 'clock set':
        node.aheadMs = Math.round(this.#random.between(-1, 1) * this.#random.oneOf(CLOCK_MS_MAX));
        return;
      case 'lease stolen': {
        const token = `thief${this.#random.below(2 ** 30)}`;
        return steal(content.store, this.#random.below(content.store.partitions), token);
      }
      case 'wake-ups lost':
        node.deafUntil = scheduler.now + this.#random.next() * DEAF_MS_MAX;
        return;
      case 'rebuild': {
        const { app, rebuild } = node.engine;
        const projection = this.#random.pick([...app.projections.keys()]);
        // It is begun, or the node dies of it, or the store is out of reach.
        if (projection !== undefined) void rebuild(projection).catch(() => {});
        return;
      }
      case 'handover':
        this.#replaceLater();
        return this.#handOver(node);
    }
  }

  async #handOver(node: SimulatedNode): Promise<void> {
    node.isLeaving = true;
    void node.engine.drain().then(() => {
      if (node.isDead) return;
      node.isDead = true;
      node.endWakes();
      this.#world.trace.note(this.#world.scheduler.now, node.number, 'has handed over', '');
    });
  }

  #mayEnd(): boolean {
    return this.#ends < LIVES_MAX && this.#world.serving.length > 1;
  }

  #replaceLater(): void {
    this.#ends += 1;
    const { scheduler } = this.#world;
    scheduler.after(this.#random.next() ** 2 * 4_000, OUTSIDE, () => {
      if (this.#world.serving.length < NODES) this.#world.join();
    });
  }

  #counted(kind: string): void {
    this.count += 1;
    this.kinds.set(kind, (this.kinds.get(kind) ?? 0) + 1);
  }
}
