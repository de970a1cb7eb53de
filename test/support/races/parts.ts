/** The engine's parts as one node has them, each on its own view of the store. */

import type { App } from '../../../src/define/index.ts';
import { ActorCache } from '../../../src/engine/actor-cache.ts';
import type { ActorKey } from '../../../src/engine/address.ts';
import { type AggregateRuntime, prepareAggregate } from '../../../src/engine/aggregate-runtime.ts';
import { DEFAULT_BACKGROUND_LIMITS } from '../../../src/engine/background/limits.ts';
import { Pace } from '../../../src/engine/background/pace.ts';
import { PartitionWork } from '../../../src/engine/background/partition-work.ts';
import { Pauses } from '../../../src/engine/background/pauses.ts';
import {
  type PolicyRuntime,
  preparePolicy,
} from '../../../src/engine/background/policy-runtime.ts';
import { Turnstile } from '../../../src/engine/background/turnstile.ts';
import { Generations } from '../../../src/engine/generations/generations.ts';
import { DEFAULT_LIMITS } from '../../../src/engine/limits.ts';
import { Mailboxes } from '../../../src/engine/mailbox.ts';
import { type Message, mailboxKey } from '../../../src/engine/message.ts';
import type { Outcome } from '../../../src/engine/outcome.ts';
import { Patience } from '../../../src/engine/patience.ts';
import type { Log, Runtime } from '../../../src/engine/runtime.ts';
import type { Store } from '../../../src/engine/store.ts';
import { Submitter } from '../../../src/engine/submit.ts';
import type { Fence, RestReply } from '../../../src/engine/work-store.ts';
import { createTestRuntime } from '../runtime.ts';
import { Strand, type Told } from './strand.ts';

// A small cache: a large one takes milliseconds to lay out, and thousands of nodes are made.
const limits = { ...DEFAULT_LIMITS, cachedActorsMax: 16 };
const KEPT_MS = 24 * 60 * 60 * 1_000;

/** Longer than anything else is waited for: whoever sleeps so long has nothing to do. */
export const IDLE_MS = 1_000_000;

const backgroundLimits = {
  ...DEFAULT_BACKGROUND_LIMITS,
  // What could wait a little to be written together is written at once: steps as small as can be.
  lingerMs: 0,
  lookMs: IDLE_MS,
};

/** An app's definitions made ready to run: the same for every node of every run. */
export interface Prepared {
  readonly app: App;
  readonly aggregates: ReadonlyMap<string, AggregateRuntime>;
  readonly policies: readonly PolicyRuntime[];
}

export function prepare(app: App): Prepared {
  const runtime = createTestRuntime();
  const byType = new Map(
    Array.from(app.aggregates, ([type, definition]) => [
      type,
      prepareAggregate(definition, limits, runtime, true),
    ]),
  );
  return {
    app,
    aggregates: new Map(
      Array.from(app.commands, ([command, { type }]) => {
        const aggregate = byType.get(type);
        if (!aggregate) throw new Error(`${command} is a command of no aggregate`);
        return [command, aggregate];
      }),
    ),
    policies: Array.from(app.policies.values(), (policy) =>
      preparePolicy(policy, limits, runtime, true),
    ),
  };
}

export interface NodeTools {
  readonly prepared: Prepared;
  readonly log: Log;
  readonly view: (strand: Strand) => Store;
  readonly runtime: (strand: Strand) => Runtime;
  /** Told of everything that reaches a strand. */
  readonly onTold: (strand: Strand) => void;
  /** Told of every command before it is taken. */
  readonly onSend: (message: Message) => void;
}

interface Mailbox {
  readonly strand: Strand;
  readonly submitter: Submitter;
  readonly cache: ActorCache;
}

/** One node: its mailboxes, each a strand of its own, and the work of partitions. */
export class RaceNode {
  readonly name: string;
  readonly strands: Strand[] = [];
  readonly #tools: NodeTools;
  readonly #mailboxes = new Map<ActorKey, Mailbox>();
  readonly #works: Strand[] = [];

  constructor(tools: NodeTools, name: string) {
    this.#tools = tools;
    this.name = name;
  }

  get isDead(): boolean {
    return this.strands.some(({ isDead }) => isDead);
  }

  die(): void {
    for (const strand of this.strands) strand.die();
  }

  strand(name: string): Strand {
    const strand = new Strand(`${this.name}/${name}`, () => this.#tools.onTold(strand));
    this.strands.push(strand);
    return strand;
  }

  /** How one strand of the node submits commands. */
  submitter(sender: Strand, runtime: Runtime): Submitter {
    const { log, prepared } = this.#tools;
    const tools = { runtime, log, aggregates: prepared.aggregates };
    const { mailboxes } = this.#newMailboxes(sender);
    return new (class extends Submitter {
      readonly #node: RaceNode;

      constructor(node: RaceNode) {
        super({ ...tools, mailboxes });
        this.#node = node;
      }

      override async send(message: Message): Promise<Outcome> {
        sender.underWay++;
        const outcome = await this.#node.#deliver(message);
        sender.tell({ name: 'outcome', value: outcome });
        sender.underWay--;
        return outcome;
      }
    })(this);
  }

  /** Begins the work of a partition. */
  work(partition: number, fence: Fence): { strand: Strand; work: PartitionWork } {
    const { prepared, log, view, runtime } = this.#tools;
    const strand = this.strand(`${partition}`);
    this.#works.push(strand);
    const { aggregates, policies, app } = prepared;
    const { cyclesMax, cycleMsMax, backfillsMax, indexersMax, indexIntervalMs } = backgroundLimits;
    // No read model is rebuilt here, and no policy paused: there is nothing to know of them.
    const noRows = {
      rows: async (_: number, __: string, keys: readonly string[]) => keys.map(() => null),
    };
    const tools = {
      store: view(strand),
      runtime: runtime(strand),
      log,
      limits: backgroundLimits,
      submitter: this.submitter(strand, runtime(strand)),
      aggregates,
      turnstile: new Turnstile(runtime(strand), cyclesMax, cycleMsMax),
      backfills: new Turnstile(runtime(strand), backfillsMax, cycleMsMax),
      indexing: new Turnstile(runtime(strand), indexersMax, cycleMsMax),
      pace: new Pace(runtime(strand), indexIntervalMs),
      types: [...app.aggregates.keys()],
      policies,
      generations: new Generations(app.projections, {
        store: noRows,
        runtime: runtime(strand),
        limits: backgroundLimits,
      }),
      pauses: new Pauses(
        { store: noRows, runtime: runtime(strand), limits: backgroundLimits },
        policies.map(({ name }) => name),
      ),
    };
    const work = new PartitionWork(tools, partition, fence, () => void work.stop());
    return { strand, work };
  }

  /**
   * Has its strands forget what they need no more. A mailbox with nothing to do knows no more than
   * the actor's state as of a turn. Work that rests has passed all records, and has neither an
   * instance nor a command: it goes by what its last look found.
   */
  forget(): void {
    for (const [key, { strand, cache }] of this.#mailboxes) {
      if (strand.underWay > 0) continue;
      strand.tellAnew({ name: 'turn', value: cache.get(key)?.lastTurn });
    }
    for (const strand of this.#works) {
      const head = strand.underWay > 0 ? null : restingAt(strand.last('rest', 'wake'));
      if (head !== null) strand.tellAnew({ name: 'head', value: head });
    }
  }

  async #deliver(message: Message): Promise<Outcome> {
    const key = mailboxKey(message);
    const known = this.#mailboxes.get(key);
    const mailbox = known ?? this.#newMailbox(message.target.id);
    this.#mailboxes.set(key, mailbox);
    const { identity, data } = message;
    this.#tools.onSend(message);
    mailbox.strand.tell({ name: 'command', value: [identity, data] });
    mailbox.strand.underWay++;
    const outcome = await mailbox.submitter.send(message);
    mailbox.strand.underWay--;
    return outcome;
  }

  #newMailbox(id: string): Mailbox {
    const { log, prepared, runtime } = this.#tools;
    const strand = this.strand(id);
    const tools = { runtime: runtime(strand), log, aggregates: prepared.aggregates };
    const { mailboxes, cache } = this.#newMailboxes(strand);
    return { strand, cache, submitter: new Submitter({ ...tools, mailboxes }) };
  }

  #newMailboxes(strand: Strand): { mailboxes: Mailboxes; cache: ActorCache } {
    const store = this.#tools.view(strand);
    const runtime = this.#tools.runtime(strand);
    const cache = new ActorCache(store, limits.cachedActorsMax);
    const mailboxes = new Mailboxes({
      store,
      runtime,
      log: this.#tools.log,
      limits,
      replyTtlMs: KEPT_MS,
      cache,
      patience: new Patience(runtime, limits),
    });
    return { mailboxes, cache };
  }
}

/** The head at which a look at a partition found nothing to do, now or later; else `null`. */
function restingAt(told: Told | undefined): number | null {
  if (told?.name !== 'rest') return null;
  const looked = told.value as RestReply;
  if (looked.kind !== 'looked' || !looked.resting) return null;
  return looked.firsts.every((first) => first === null) ? looked.head : null;
}
