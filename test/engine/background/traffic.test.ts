import { expect, onTestFailed, test } from 'vitest';
import { parseRecord } from '../../../src/engine/record.ts';
import { oneOf } from '../../faults/seed.ts';
import type { Fate } from '../../support/faulty-store.ts';
import { send } from '../../support/node.ts';
import { type SimulatedNode, SimulatedNodes } from '../../support/simulated-nodes.ts';
import { causedBy, causedIn, firstToken, tokenApp } from '../../support/tokens/index.ts';

/** `SEED=… npx vitest run test/engine/background/traffic.test.ts` repeats one run. */
const SEEDS = process.env.SEED
  ? [Number(process.env.SEED)]
  : Array.from({ length: 16 }, (_, place) => 7_000 + place);

const NODES_MAX = 3;
const TICKS = 24;
const LOST: readonly Fate[] = ['reply lost', 'request lost', 'refused'];
const TABLES = ['outbox', 'inbox', 'queue', 'timer', 'effect', 'retry', 'again', 'dead'];

/** Traffic over nodes that come and go, and lose what they ask and hear. */
class Traffic {
  readonly nodes: SimulatedNodes;
  readonly counter: SimulatedNode;
  readonly caused: string[] = [];
  /** What was done, for the message of a failing run. */
  readonly history: string[] = [];
  readonly #all: SimulatedNode[] = [];
  #live: SimulatedNode[] = [];
  #origins = 0;

  constructor(readonly seed: number) {
    this.nodes = new SimulatedNodes({ seed, partitions: 5 });
    this.counter = this.nodes.make(tokenApp);
  }

  async run(): Promise<void> {
    await this.join();
    for (let tick = 0; tick < TICKS; tick++) {
      await this.#act();
      await this.nodes.time.advance(this.#number(400));
    }
    await this.join();
    for (const node of this.#live) node.fate = () => 'answered';
    await this.nodes.untilIdle(this.counter);
    // What is due a second after the last mark.
    await this.nodes.time.advance(2_000);
    await this.nodes.untilIdle(this.counter);
  }

  /** A node that loses a call now and then, and may die of one. */
  async join(): Promise<void> {
    const node = this.nodes.make(tokenApp);
    await this.nodes.run(node.engine.start());
    const isMortal = this.#number(2) === 0;
    node.fate = () => {
      const chance = this.nodes.time.random();
      if (chance < 0.04) return oneOf(this.nodes.time.random, LOST);
      if (isMortal && chance > 0.995) {
        this.#lose(node, 'dies');
        return chance > 0.9975 ? 'dies before' : 'dies after';
      }
      return 'answered';
    };
    this.#all.push(node);
    this.#live.push(node);
    this.history.push(`${this.#all.length} joins`);
  }

  /** Every record of the store, by partition. */
  async feeds(): Promise<{ positions: number[][]; caused: string[] }> {
    const { store } = this.nodes;
    const feeds = await Promise.all(
      (await store.heads()).map((_, partition) => store.readFeed(partition, 0, 100_000)),
    );
    const records = feeds.flat().map(({ body }) => parseRecord(body));
    return {
      positions: feeds.map((feed) => feed.map(({ position }) => position)),
      caused: records.flatMap(({ events }) => events.map(({ type, data }) => causedIn(type, data))),
    };
  }

  /** Rows that are left of every policy, by table. */
  async left(): Promise<Record<string, number>> {
    const { store } = this.nodes;
    const left: Record<string, number> = {};
    for (const policy of tokenApp.policies.keys()) {
      const tables = TABLES.map((kind) => `${kind}/${policy}`);
      for (let partition = 0; partition < store.partitions; partition++) {
        const survey = await store.survey(partition, tables);
        for (const [place, { rows }] of survey.tables.entries()) {
          if (rows > 0) left[tables[place] ?? ''] = rows;
        }
      }
    }
    return left;
  }

  errors(): unknown[] {
    return this.#all.flatMap(({ log }) => log.errors);
  }

  async #act(): Promise<void> {
    const node = this.#live[this.#number(this.#live.length)];
    const choice = this.#number(12);
    if (!node) return this.join();
    if (choice < 6) return this.#begin(1 + this.#number(4));
    if (choice === 6) {
      node.crash();
      this.#lose(node, 'crashes');
    } else if (choice === 7) {
      this.#lose(node, 'hands over');
      // A node whose store does not answer takes a while.
      void node.engine.drain();
    } else if (choice === 8) {
      this.history.push('a node stands still');
      node.runtime.freeze();
      await this.nodes.time.advance(this.#number(8_000));
      node.runtime.thaw();
    } else if (this.#live.length < NODES_MAX) await this.join();
  }

  /** Clients begin so many tokens at once. */
  async #begin(count: number): Promise<void> {
    const tokens = Array.from({ length: count }, () =>
      firstToken(++this.#origins, this.#number(5)),
    );
    this.history.push(`${count} tokens`);
    const { engine } = this.counter;
    const sent = Promise.all(tokens.map((token) => send(engine, 'Take', token)));
    for (const outcome of await this.nodes.run(sent)) expect(outcome.status).toBe('accepted');
    for (const { origin, left } of tokens) this.caused.push(...causedBy(origin, left));
  }

  #lose(node: SimulatedNode, how: string): void {
    this.#live = this.#live.filter((other) => other !== node);
    this.history.push(`${this.#all.indexOf(node) + 1} ${how}`);
  }

  #number(below: number): number {
    return Math.floor(this.nodes.time.random() * below);
  }
}

test.each(SEEDS)(
  'random traffic over nodes that come and go has each effect once (seed %i)',
  async (seed) => {
    const traffic = new Traffic(seed);
    onTestFailed(() => {
      console.error(traffic.history.join(', '));
      console.error(
        `To repeat: SEED=${seed} npx vitest run test/engine/background/traffic.test.ts`,
      );
    });
    await traffic.run();
    const { caused, positions } = await traffic.feeds();
    expect(caused.toSorted()).toEqual(traffic.caused.toSorted());
    expect(positions).toEqual(positions.map((feed) => feed.map((_, place) => place + 1)));
    expect(await traffic.left()).toEqual({});
    expect(traffic.errors()).toEqual([]);
  },
);

test('a run is repeated by its seed', async () => {
  const [one, other] = [new Traffic(77), new Traffic(77)];
  await one.run();
  await other.run();
  expect(other.history).toEqual(one.history);
  expect(await other.feeds()).toEqual(await one.feeds());
  expect(other.nodes.time.now()).toBe(one.nodes.time.now());
});
