import type { PartitionWork } from '../../../src/engine/background/partition-work.ts';
import type { Message } from '../../../src/engine/message.ts';
import type { Store } from '../../../src/engine/store.ts';
import type { Fence, Woken } from '../../../src/engine/work-store.ts';
import { KeyValueStore } from '../../../src/storage/kv/store.ts';
import { MemoryBacking } from '../../../src/storage/memory/index.ts';
import { Footprint } from '../footprint.ts';
import { AtOnce } from './at-once.ts';
import { Client } from './client.ts';
import { Clock } from './clock.ts';
import { RaceNode } from './node.ts';
import type { Race } from './race.ts';
import { Rules } from './rules.ts';
import { splitFetches } from './split-fetch.ts';
import { type Call, type Strand, viewOf } from './strand.ts';
import { TracedBacking } from './traced-backing.ts';
import { watchedStore } from './watched-store.ts';

/** What all strands share beside the store, as footprints name it. */
const COMMON = 'of all';

/** The work of a partition, and the node that does it. */
export interface Worker {
  readonly node: RaceNode;
  readonly partition: number;
  readonly strand: Strand;
  readonly work: PartitionWork;
}

/** Nodes and clients on one memory store. Their calls wait in `calls`. */
export class Stage {
  readonly clock = new Clock();
  readonly store: Store;
  readonly rules: Rules;
  readonly nodes: RaceNode[] = [];
  readonly workers: Worker[] = [];
  readonly clients: Client[] = [];
  readonly faults: unknown[] = [];
  /** What the step that is under way touches. */
  footprint = new Footprint();
  calls: Call[] = [];
  /** How many commands clients have sent: the time of day, in seconds. */
  asked: number;
  readonly #race: Race;
  readonly #backing = new MemoryBacking(() => this.clock.now);
  readonly #watched: Store;
  readonly #atOnce: AtOnce;

  private constructor(race: Race) {
    this.#race = race;
    const { partitions, before, prepared, keepsAnswers } = race;
    const traced = new TracedBacking(this.#backing, () => this.footprint);
    this.store = new KeyValueStore(traced, partitions, () => this.clock.now);
    this.#watched = watchedStore(this.store, keepsAnswers, (record) => {
      this.touch(COMMON);
      try {
        this.rules.committed(record);
      } catch (fault) {
        this.faults.push(fault);
      }
    });
    this.#atOnce = new AtOnce(this.store, prepared.app);
    this.rules = new Rules(before?.rules);
    this.asked = before?.asked ?? 0;
  }

  static async set(race: Race): Promise<Stage> {
    const stage = new Stage(race);
    await stage.#fill();
    return stage;
  }

  async #fill(): Promise<void> {
    const { before, prepared, partitions, clients } = this.#race;
    await this.#backing.step(() => ({ reply: undefined, writes: before?.content ?? [] }));
    const { policies, projections } = prepared.app;
    const names = [...policies.keys(), ...projections.keys()];
    await this.store.subscribe(names.map((name) => ({ name, from: 'beginning' })));
    this.store.onWake((woken) => this.#wake(woken));
    for (let partition = 0; partition < partitions; partition++) {
      await this.takeOver(partition, `w${partition}`);
    }
    for (const [index, { asks, isApart }] of clients.entries()) {
      const home = isApart ? this.#node(`c${index}`) : this.nodes[0];
      if (!home) throw new Error('there is no node for a client');
      const strand = home.strand(`client${index}`);
      const now = () => this.clock.begin + this.asked * 1_000;
      const submitter = home.submitter(strand, this.clock.runtime(strand, now));
      this.clients.push(new Client(strand, submitter, asks, isApart ? home : null));
    }
  }

  /** To be said of what is no key of the store. */
  touch(...names: readonly string[]): void {
    for (const name of names) this.footprint.write(name);
  }

  /** A client sends its next command. */
  ask(client: Client): void {
    this.asked++;
    this.touch(COMMON);
    client.strand.tell({ name: 'asks', value: this.asked });
    void client.ask(this.#race.prepared.app).then((outcome) => {
      if (outcome.status === 'failed') this.faults.push(outcome);
    });
  }

  /** Has a new node hold a partition, whoever held it before. */
  async takeOver(partition: number, name: string): Promise<void> {
    const current = (await this.store.leases())[partition] ?? null;
    const fence = `${name}.${this.workers.length}` as Fence;
    await this.store.swapLease(partition, current?.fence ?? null, { node: name, fence });
    const node = this.#node(name);
    this.workers.push({ node, partition, ...node.work(partition, fence) });
    this.touch(COMMON);
  }

  /** All that the store holds. */
  content(): Iterable<readonly [key: string, value: string]> {
    const all = { from: '', before: '\uffff', reverse: false, limit: Number.MAX_SAFE_INTEGER };
    return this.#backing.committed.range(all);
  }

  #node(name: string): RaceNode {
    const { prepared, before } = this.#race;
    const complain = (fields: object, message: string) => {
      this.faults.push({ message, ...fields });
    };
    const tools = {
      prepared,
      log: { error: complain, warn: complain },
      view: (strand: Strand) => this.#view(strand),
      // When a policy's removal was sent plays no part, so that the policies' time stands still.
      runtime: (strand: Strand) => this.clock.runtime(strand, () => this.clock.begin),
      onTold: (strand: Strand) => this.touch(`of ${strand.name}`),
      onSend: ({ delivery, command, identity }: Message) => {
        if (delivery.principal === 'client') this.rules.asked(command.type, identity.commandId);
      },
    };
    const node = new RaceNode(tools, before === null ? `${name}-before` : name);
    this.nodes.push(node);
    return node;
  }

  #view(strand: Strand): Store {
    const view = viewOf(
      this.#watched,
      strand,
      (method, args) => this.#atOnce.is(method, args),
      (call) => this.calls.push(call),
    );
    return this.#race.readsAtOnce ? view : splitFetches(view);
  }

  #wake(woken: Woken): void {
    for (const { partition, strand, work } of this.workers) {
      if (partition !== woken || strand.isDead) continue;
      strand.tell({ name: 'wake', value: woken });
      work.wake();
    }
  }
}
