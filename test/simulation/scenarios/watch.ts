import type { App } from '../../../src/define/index.ts';
import { watchApp } from '../apps/watch.ts';
import type { Evidence } from '../audit/evidence.ts';
import { auditWatch } from '../audit/watch-audit.ts';
import type { Random } from '../world/random.ts';
import type { Party, Scheduler } from '../world/scheduler.ts';
import type { World } from '../world/world.ts';
import { Bell } from './bell.ts';
import type { Scenario, Wish } from './scenario.ts';

const DOORS = 6;
const TYPES = ['Open', 'Open', 'Open', 'Touch', 'Touch', 'Touch', 'Close', 'Close'];
const SURPRISE = 'what the policy meets it did not expect';
/** How often a policy meets what it does not expect. */
const SURPRISE_CHANCE = 0.04;

/** Policies that wait, call the world, take events from many partitions, and fail now and then. */
export class WatchScenario implements Scenario {
  readonly #random: Random;
  readonly #bell: Bell;

  constructor(scheduler: Scheduler, random: Random) {
    this.#random = random;
    this.#bell = new Bell(scheduler, random);
  }

  get failsOutside(): boolean {
    return this.#bell.failsOften;
  }

  set failsOutside(fails: boolean) {
    this.#bell.failsOften = fails;
  }

  readonly appFor = (node: Party): App =>
    watchApp({
      ring: (call) => this.#bell.ring(node, call),
      meet: () => {
        if (!this.failsOutside || !this.#random.chance(SURPRISE_CHANCE)) return;
        throw new Error(SURPRISE);
      },
    });

  next(): Wish {
    return this.#of(this.#door());
  }

  batch(size: number): Wish[] {
    const door = this.#door();
    return Array.from({ length: size }, () => this.#of(door));
  }

  other({ type }: Wish): Wish {
    return { type: type === 'Open' ? 'Close' : 'Open', body: { door: 'door0' } };
  }

  targetOf({ body }: Wish): string {
    return String(body.door);
  }

  /** Doors that are open are watched, and groups are counted for ever. */
  mayStay({ table }: { readonly table: string }): boolean {
    return table === 'instance/alarm' || table === 'instance/counting';
  }

  /** What failed too often is parked. */
  expects(complaint: string): boolean {
    return complaint.includes('it is a dead letter') && complaint.includes(SURPRISE);
  }

  /** Tries again what was parked. */
  tend({ serving }: World): void {
    const node = this.#random.pick(serving);
    if (node) void this.#retryAll(node);
  }

  async #retryAll({ engine }: World['nodes'][number]): Promise<void> {
    const { items } = await engine.deadLetters({ limit: 20, cursor: null });
    for (const { id } of items) await engine.retryDeadLetter(id);
  }

  async prove(): Promise<readonly string[]> {
    return [];
  }

  audit(evidence: Evidence): readonly string[] {
    return auditWatch(evidence, this.#bell.asked);
  }

  #of(door: string): Wish {
    return { type: this.#random.oneOf(TYPES), body: { door } };
  }

  #door(): string {
    return `door${this.#random.below(DOORS)}`;
  }
}
