import { setTimeout as pause } from 'node:timers/promises';
import type { Client } from './client.ts';
import { differences } from './keyed-load.ts';
import type { Ledger } from './ledger.ts';
import { registration, type Sent, settle } from './load.ts';
import { oneOf, randomFrom } from './seed.ts';

const SENDERS = 16;
/** Shares of all commands; follows are the rest. */
const SHARES = { register: 0.04, block: 0.14, unblock: 0.12, remove: 0.1, deactivate: 0.002 };
/** Accounts that one has to do with: few, so that follows and blocks of two meet. */
const NEIGHBOURS = 3;
/** Share of commands that are sent again after they were answered. */
const SENT_AGAIN = 0.05;
/** How long a sender thinks before its next command: nodes and senders share a small machine. */
const THOUGHT_MS_MAX = 16;

/** Something that serves, wherever it does at the time. */
export interface Serving {
  readonly url: Promise<string>;
}

export interface GraphLoad {
  readonly client: Client;
  readonly ledger: Ledger;
  readonly seed: number;
  readonly accounts: readonly string[];
  readonly nodes: readonly Serving[];
}

/** What drives a load, and how far it is. */
export class GraphSenders {
  readonly #load: GraphLoad;
  /** Where a repeated command was answered otherwise than at first. */
  readonly faults: string[] = [];
  #answers = 0;
  #isOver = false;
  readonly #waiting = new Set<{ readonly from: number; readonly resolve: () => void }>();
  readonly #running: Promise<unknown>;

  constructor(load: GraphLoad) {
    this.#load = load;
    this.#running = Promise.all(Array.from({ length: SENDERS }, (_, n) => this.#drive(n)));
    this.#running.catch(() => {
      this.#isOver = true;
      this.#tellAll();
    });
  }

  get answers(): number {
    return this.#answers;
  }

  /** Resolves once so many more commands were answered, or none will be. */
  async more(count: number): Promise<void> {
    const from = this.#answers + count;
    if (this.#isOver) return;
    await new Promise<void>((resolve) => this.#waiting.add({ from, resolve }));
  }

  /** Resolves when all that was begun is answered. @throws where a command does not settle */
  async end(): Promise<void> {
    this.#isOver = true;
    await this.#running;
  }

  async #drive(n: number): Promise<void> {
    const { seed, accounts, nodes, client, ledger } = this.#load;
    // What is sent does not depend on how often a node has to be asked.
    const random = randomFrom(seed + 1_000 * n);
    const ways = randomFrom(seed + 1_000 * n + 1);
    const anyNode = () => oneOf(ways, nodes).url;
    for (let number = 0; !this.#isOver; number++) {
      const sent = graphCommand(random, accounts);
      const isSentAgain = random() < SENT_AGAIN;
      const key = `${n}-${number}`;
      const answer = await settle(client, anyNode, sent, key);
      ledger.note(sent.account, answer);
      if (isSentAgain) {
        this.faults.push(...differences(answer, await settle(client, anyNode, sent, key)));
      }
      this.#count();
      await pause(random() * THOUGHT_MS_MAX);
    }
  }

  #count(): void {
    this.#answers += 1;
    for (const waiting of this.#waiting) {
      if (this.#answers < waiting.from) continue;
      this.#waiting.delete(waiting);
      waiting.resolve();
    }
  }

  #tellAll(): void {
    for (const { resolve } of this.#waiting) resolve();
    this.#waiting.clear();
  }
}

/** Any command of the graph, between neighbours. */
function graphCommand(random: () => number, accounts: readonly string[]): Sent {
  const place = Math.floor(random() * accounts.length);
  const account = accounts[place] ?? '';
  const distance = 1 + Math.floor(random() * NEIGHBOURS);
  const other = accounts[(place + distance) % accounts.length] ?? '';
  const [a, b] = random() < 0.5 ? [account, other] : [other, account];
  const follow = { followerId: a, followeeId: b };
  const blocking = { blockerId: a, blockedId: b };
  let share = random();
  const isNext = (width: number) => {
    share -= width;
    return share < 0;
  };
  // Some want a neighbour's username.
  if (isNext(SHARES.register)) return registration(a, a, random() < 0.2 ? b : a);
  if (isNext(SHARES.block)) return { account: a, type: 'BlockAccount', body: blocking };
  if (isNext(SHARES.unblock)) return { account: a, type: 'UnblockAccount', body: blocking };
  if (isNext(SHARES.remove)) return { account: a, type: 'RemoveFollower', body: follow };
  if (isNext(SHARES.deactivate)) {
    return { account: a, type: 'DeactivateAccount', body: { accountId: a } };
  }
  return { account: a, type: 'FollowAccount', body: follow };
}
