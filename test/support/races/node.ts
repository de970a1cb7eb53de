/** The engine's parts as one node has them, each on its own view of the store. */
import { ActorCache } from '../../../src/engine/actor-cache.ts';
import type { ActorKey } from '../../../src/engine/address.ts';
import { PartitionWork } from '../../../src/engine/background/partition-work.ts';
import { Turnstile } from '../../../src/engine/background/turnstile.ts';
import { Mailboxes } from '../../../src/engine/mailbox.ts';
import { type Message, mailboxKey } from '../../../src/engine/message.ts';
import type { Outcome } from '../../../src/engine/outcome.ts';
import { Patience } from '../../../src/engine/patience.ts';
import type { Log, Runtime } from '../../../src/engine/runtime.ts';
import type { Store } from '../../../src/engine/store.ts';
import { Submitter } from '../../../src/engine/submit.ts';
import type { Fence, RestReply } from '../../../src/engine/work-store.ts';
import { backgroundLimits, limits, type Prepared } from './prepared.ts';
import { Strand, type Told } from './strand.ts';

const KEPT_MS = 24 * 60 * 60 * 1_000;

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

/**
 * One node: its mailboxes and the work of partitions. In an engine too, mailboxes share nothing
 * but how many commands there are; here each is a strand of its own.
 */
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

  die(): void {
    for (const strand of this.strands) strand.die();
  }

  strand(name: string): Strand {
    const strand = new Strand(`${this.name}/${name}`, this.#tools.onTold);
    this.strands.push(strand);
    return strand;
  }

  /** How one strand of the node submits commands. */
  submitter(sender: Strand, runtime: Runtime): Submitter {
    const { log, prepared } = this.#tools;
    const { mailboxes } = this.#newMailboxes(sender);
    const deliver = (message: Message) => this.#deliver(message);
    class Routed extends Submitter {
      override async send(message: Message): Promise<Outcome> {
        sender.underWay++;
        const outcome = await deliver(message);
        sender.tell({ name: 'outcome', value: outcome });
        sender.underWay--;
        return outcome;
      }
    }
    return new Routed({ runtime, log, mailboxes, aggregates: prepared.aggregates });
  }

  /** Begins the work of a partition. */
  work(partition: number, fence: Fence): { strand: Strand; work: PartitionWork } {
    const { prepared, log, view } = this.#tools;
    const { aggregates, policies, app } = prepared;
    const strand = this.strand(`${partition}`);
    this.#works.push(strand);
    const runtime = this.#tools.runtime(strand);
    const { cyclesMax, cycleMsMax } = backgroundLimits;
    const tools = {
      store: view(strand),
      runtime,
      log,
      limits: backgroundLimits,
      submitter: this.submitter(strand, runtime),
      aggregates,
      turnstile: new Turnstile(runtime, cyclesMax, cycleMsMax),
      policies,
      projections: [...app.projections.values()],
    };
    const work = new PartitionWork(tools, partition, fence, () => void work.stop());
    return { strand, work };
  }

  /**
   * Has its strands forget what they need no more. A mailbox with nothing to do knows no more than
   * the actor's state as of a turn. Work that rests has passed all records, and has neither an
   * instance nor a command: it goes by the head that its last look found.
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
    const mailbox = this.#mailboxes.get(key) ?? this.#newMailbox(message.target.id);
    this.#mailboxes.set(key, mailbox);
    const { strand, submitter } = mailbox;
    this.#tools.onSend(message);
    strand.tell({ name: 'command', value: [message.identity, message.data] });
    strand.underWay++;
    const outcome = await submitter.send(message);
    strand.underWay--;
    return outcome;
  }

  #newMailbox(id: string): Mailbox {
    const { log, prepared, runtime } = this.#tools;
    const { aggregates } = prepared;
    const strand = this.strand(id);
    const { mailboxes, cache } = this.#newMailboxes(strand);
    const submitter = new Submitter({ runtime: runtime(strand), log, aggregates, mailboxes });
    return { strand, cache, submitter };
  }

  #newMailboxes(strand: Strand): { mailboxes: Mailboxes; cache: ActorCache } {
    const { log, view } = this.#tools;
    const store = view(strand);
    const runtime = this.#tools.runtime(strand);
    const cache = new ActorCache(store, limits.cachedActorsMax);
    const patience = new Patience(runtime, limits);
    const tools = { store, runtime, log, limits, replyTtlMs: KEPT_MS, cache, patience };
    return { mailboxes: new Mailboxes(tools), cache };
  }
}

/** The head at which a look at a partition found nothing to do, now or later; else `null`. */
function restingAt(told: Told | undefined): number | null {
  if (told?.name !== 'rest') return null;
  const looked = told.value as RestReply;
  if (looked.kind !== 'looked' || !looked.resting) return null;
  return looked.firsts.every((first) => first === null) ? looked.head : null;
}
