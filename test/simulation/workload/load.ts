import type { Scenario, Wish } from '../scenarios/scenario.ts';
import type { Random } from '../world/random.ts';
import { OUTSIDE, type World } from '../world/world.ts';
import { type Clients, PLAINLY } from './clients.ts';
import { decisionOf, type Sent } from './history.ts';

/** How many commands a run has at least: what is sent again counts once. */
export const COMMANDS_MIN = 200;
const CLIENTS = 6;
const BATCH_MAX = 12;

/** Sends a run's commands: several clients at once, each one command or batch after another. */
export class Load {
  readonly #world: World;
  readonly #clients: Clients;
  readonly #random: Random;
  readonly #scenario: Scenario;
  /** The longest pause of a client between two commands, in ms: a run is hectic, or takes long. */
  readonly #pauseMsMax: number;
  #keys = 0;
  #batches = 0;

  /** @param onCommand told before every command or batch */
  constructor(
    world: World,
    clients: Clients,
    random: Random,
    scenario: Scenario,
    private readonly onCommand: () => void,
  ) {
    this.#world = world;
    this.#clients = clients;
    this.#random = random;
    this.#scenario = scenario;
    this.#pauseMsMax = random.oneOf([30, 200, 600]);
  }

  async run(): Promise<void> {
    await Promise.all(Array.from({ length: CLIENTS }, () => this.#client()));
  }

  async #client(): Promise<void> {
    while (this.#clients.history.length < COMMANDS_MIN) {
      await this.#world.scheduler.pause(this.#random.next() * this.#pauseMsMax, OUTSIDE);
      this.onCommand();
      if (this.#random.chance(0.06)) await this.#batch();
      else await this.#single();
    }
  }

  async #single(): Promise<void> {
    const wish = this.#scenario.next();
    const isKeyed = this.#random.chance(0.6);
    const sent = this.#clients.note(wish, {
      ...PLAINLY,
      key: isKeyed ? this.#newKey() : null,
      isAsync: this.#random.chance(0.1),
      ifMatch: this.#random.chance(0.08) ? this.#versionOf(wish) : null,
    });
    await this.#clients.send(sent);
    if (sent.key === null) return;
    // Once more, as one does who missed the answer; or something else under the same key.
    if (this.#random.chance(0.25)) await this.#clients.send(sent);
    if (this.#random.chance(0.08)) await this.#misuse(sent.key, wish);
  }

  async #misuse(key: string, wished: Wish): Promise<void> {
    const wish = this.#scenario.other(wished);
    const sent = this.#clients.note(wish, { ...PLAINLY, key, isMisuse: true });
    await this.#clients.send(sent);
  }

  async #batch(): Promise<void> {
    const node = this.#random.pick(this.#world.serving);
    if (!node) return;
    const batch = ++this.#batches;
    const wishes = this.#scenario.batch(2 + this.#random.below(BATCH_MAX - 1));
    const isKeyed = this.#random.chance(0.5);
    const all = wishes.map((wish) =>
      this.#clients.note(wish, { ...PLAINLY, key: isKeyed ? this.#newKey() : null, batch }),
    );
    await this.#clients.together(all, node);
    for (const sent of all)
      if (isKeyed && decisionOf(sent) === null) await this.#clients.send(sent);
  }

  #newKey(): string {
    return `key${++this.#keys}`;
  }

  /** The version of the target that was answered last, or one that it hardly has. */
  #versionOf(wish: Wish): number {
    const target = this.#scenario.targetOf(wish);
    const last = this.#clients.history.findLast((sent) => isAbout(sent, target));
    const decided = last && decisionOf(last);
    return decided && this.#random.chance(0.8)
      ? decided.outcome.actor.version
      : this.#random.below(4);
  }
}

function isAbout(sent: Sent, target: string): boolean {
  return decisionOf(sent)?.outcome.actor.id === target;
}
