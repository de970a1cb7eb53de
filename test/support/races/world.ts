import { setImmediate as settled } from 'node:timers/promises';
import type { PartitionWork } from '../../../src/engine/background/partition-work.ts';
import { parseRecord } from '../../../src/engine/record.ts';
import type { Commit, CommitReply, Store } from '../../../src/engine/store.ts';
import type { Submitter } from '../../../src/engine/submit.ts';
import type { Fence, WorkStep } from '../../../src/engine/work-store.ts';
import { KeyValueStore } from '../../../src/storage/kv/store.ts';
import { MemoryBacking } from '../../../src/storage/memory/index.ts';
import type { Steppable } from '../explorer-states.ts';
import { Footprint } from '../footprint.ts';
import { IDLE_MS, type Prepared, RaceNode } from './parts.ts';
import { type Ask, Rules } from './rules.ts';
import { splitFetches } from './split-fetch.ts';
import { type Call, Clock, digest, type Method, type Strand, viewOf } from './strand.ts';
import { TracedBacking } from './traced-backing.ts';

/** Said of a call after which its node meets its fate. */
const FATED = ', its last';

/** What happened before a race, at rest. */
export interface Before {
  readonly content: readonly (readonly [key: string, value: string])[];
  readonly rules: Rules;
  readonly asked: number;
}

export interface Race {
  readonly prepared: Prepared;
  readonly partitions: number;
  readonly before: Before | null;
  /** Clients, each with commands one after another, and whether it has a node of its own. */
  readonly clients: readonly { readonly asks: readonly Ask[]; readonly isApart: boolean }[];
  /**
   * What may become of a node that does background work, once: `dies`: it is gone, whatever it was
   * at; `stalls`: its leases are taken over, and it goes on nevertheless.
   */
  readonly fate: 'dies' | 'stalls' | null;
  /** Whether accounts keep their answers to the policies' commands. */
  readonly keepsAnswers: boolean;
  /** Whether a fetch reads all partitions at one moment, which no store of several promises. */
  readonly readsAtOnce: boolean;
}

interface Worker {
  readonly node: RaceNode;
  readonly partition: number;
  readonly fence: Fence;
  readonly strand: Strand;
  readonly work: PartitionWork;
}

interface Client {
  readonly strand: Strand;
  readonly submitter: Submitter;
  readonly left: Ask[];
  isWaiting: boolean;
}

/** Nodes on one memory store, of which every call that matters waits for its step. */
export class World implements Steppable {
  readonly #race: Race;
  readonly #backing: MemoryBacking;
  readonly #store: Store;
  readonly #watched: Store;
  readonly #clock = new Clock();
  readonly #begin = this.#clock.now;
  readonly #rules: Rules;
  readonly #faults: unknown[] = [];
  readonly #nodes: RaceNode[] = [];
  readonly #workers: Worker[] = [];
  readonly #clients: Client[] = [];
  #calls: Call[] = [];
  #footprint = new Footprint();
  #asked: number;
  #fates: number;

  constructor(race: Race) {
    this.#race = race;
    this.#backing = new MemoryBacking(() => this.#clock.now);
    this.#store = new KeyValueStore(
      new TracedBacking(this.#backing, () => this.#footprint),
      race.partitions,
      () => this.#clock.now,
    );
    this.#watched = this.#watch(this.#store);
    this.#rules = new Rules(race.before?.rules);
    this.#asked = race.before?.asked ?? 0;
    this.#fates = race.fate === null ? 0 : 1;
  }

  /** The world at its beginning. */
  static async begin(race: Race): Promise<World> {
    const world = new World(race);
    await world.#start();
    return world;
  }

  async #start(): Promise<void> {
    const { before, prepared, partitions, clients } = this.#race;
    const content = before?.content ?? [];
    await this.#backing.step(() => ({ reply: undefined, writes: content }));
    const { policies, projections } = prepared.app;
    const names = [...policies.keys(), ...projections.keys()];
    await this.#store.subscribe(names.map((name) => ({ name, from: 'beginning' })));
    this.#store.onWake((woken) => this.#wake(woken));
    for (let partition = 0; partition < partitions; partition++) {
      await this.#takeOver(partition, `w${partition}`);
    }
    for (const [index, { asks, isApart }] of clients.entries()) {
      const home = isApart ? this.#node(`c${index}`) : this.#nodes[0];
      if (!home) throw new Error('there is no node for a client');
      const strand = home.strand(`client${index}`);
      const now = () => this.#begin + this.#asked * 1_000;
      const submitter = home.submitter(strand, this.#clock.runtime(strand, now));
      this.#clients.push({ strand, submitter, left: [...asks], isWaiting: false });
    }
    await settled();
  }

  #node(name: string): RaceNode {
    const { prepared, before } = this.#race;
    const node = new RaceNode(
      {
        prepared,
        log: {
          error: (fields, message) => void this.#faults.push({ message, ...fields }),
          warn: (fields, message) => void this.#faults.push({ message, ...fields }),
        },
        view: (strand) => this.#view(strand),
        onTold: ({ name }) => this.#footprint.write(`of ${name}`),
        onSend: ({ delivery, command, identity }) => {
          if (delivery.principal === 'client') this.#rules.asked(command.type, identity.commandId);
        },
        // When a policy's removal was sent plays no part, so their nodes' clocks stand still.
        runtime: (strand) => this.#clock.runtime(strand, () => this.#begin),
      },
      before === null ? `${name}-before` : name,
    );
    this.#nodes.push(node);
    return node;
  }

  /** Has a new node hold a partition, whoever held it before. */
  async #takeOver(partition: number, name: string): Promise<void> {
    const current = (await this.#store.leases())[partition] ?? null;
    // Its steps are numbered from 1: what happened before the race was under another fence.
    const time = this.#race.before === null ? 'before' : 'race';
    const fence = `${name}.${this.#workers.length}.${time}` as Fence;
    await this.#store.swapLease(partition, current?.fence ?? null, { node: name, fence });
    const node = this.#node(name);
    this.#workers.push({ node, partition, fence, ...node.work(partition, fence) });
  }

  #wake(woken: unknown): void {
    for (const { partition, strand, work } of this.#workers) {
      if (partition !== woken || strand.isDead) continue;
      strand.tell({ name: 'wake', value: woken });
      work.wake();
    }
  }

  #view(strand: Strand): Store {
    const view = viewOf(
      this.#watched,
      strand,
      (method, args) => this.#isAtOnce(method, args),
      (call) => this.#calls.push(call),
    );
    return this.#race.readsAtOnce ? view : splitFetches(view);
  }

  /** The store, whose commits are seen; they keep no answers where none are to be kept. */
  #watch(store: Store): Store {
    const { keepsAnswers } = this.#race;
    const commit = async (sent: Commit): Promise<CommitReply> => {
      const reply = await store.commit(keepsAnswers ? sent : { ...sent, replies: [] });
      if (reply.kind === 'committed') this.#committed(sent);
      return reply;
    };
    return new Proxy(store, {
      get(target, property, receiver) {
        const member: unknown = Reflect.get(target, property, receiver);
        if (property === 'commit') return commit;
        return typeof member === 'function' ? member.bind(target) : member;
      },
    });
  }

  #committed({ records }: Commit): void {
    if (records.length > 0) this.#footprint.write('of the world');
    try {
      for (const { body } of records) this.#rules.committed(parseRecord(body));
    } catch (fault) {
      this.#faults.push(fault);
    }
  }

  /**
   * Whether a call is carried out when it is made. Those that nobody else can come between:
   * - `rows`, `scan`, `rest` read what the holder of the lease alone writes, and the feed's head;
   * - a look at a feed that finds nothing of concern: one that comes later is made after its wake;
   * - a step that passes over what concerns nobody: done again, it does the same.
   */
  async #isAtOnce(method: Method, args: readonly unknown[]): Promise<boolean> {
    if (method === 'rows' || method === 'scan' || method === 'rest') return true;
    if (method === 'readFeed') {
      const [partition, after] = args;
      return !(await this.#concerns(Number(partition), Number(after), null, null));
    }
    if (method !== 'step') return false;
    const [{ partition, checkpoints, rows }] = args as [WorkStep];
    if (rows.length > 0) return false;
    for (const { subscriber, expected, next } of checkpoints) {
      if (await this.#concerns(partition, expected, next, subscriber)) return false;
    }
    return true;
  }

  /** Whether a subscriber (`null`: any) takes an event of a part of a feed. */
  async #concerns(
    partition: number,
    after: number,
    until: number | null,
    subscriber: string | null,
  ): Promise<boolean> {
    const { policies, projections } = this.#race.prepared.app;
    const all = [...policies.values(), ...projections.values()];
    const asking = all.filter(({ name }) => subscriber === null || name === subscriber);
    const limit = until === null ? 1_000 : until - after;
    const records = await this.#store.readFeed(partition, after, limit);
    return records.some(({ body }) =>
      parseRecord(body).events.some(({ type }) => asking.some(({ on }) => type in on)),
    );
  }

  options(): readonly string[] {
    const own = this.#calls.find((call) => this.#isOwn(call));
    if (own) return this.#ways(own);
    const asks = this.#clients.flatMap(({ strand, left, isWaiting }) =>
      isWaiting || left.length === 0 || strand.isDead ? [] : [`${strand.name} asks`],
    );
    const options = [...this.#calls.flatMap((call) => this.#ways(call)), ...asks];
    if (options.length > 0) return options;
    return this.#clock.firstDue(this.#clock.now + IDLE_MS) === null ? [] : ['time passes'];
  }

  /**
   * Whether nothing that others do can matter to a call, nor the other way round, so that it may
   * as well come first. So is a step of work that waits for nothing else: nobody else writes its
   * rows. So is all that it reads, once no client has anything left: then no block begins or ends,
   * no account changes its view, and no event comes that a subscriber takes.
   */
  #isOwn({ strand, method }: Call): boolean {
    if (strand.underWay > 1 || !this.#workers.some((worker) => worker.strand === strand))
      return false;
    if (method === 'step') return true;
    const { policies, projections } = this.#race.prepared.app;
    const all = [...policies.values(), ...projections.values()];
    const isOver = this.#clients.every(({ left, isWaiting }) => left.length === 0 && !isWaiting);
    return isOver && !all.some(({ on }) => 'FollowRemoved' in on);
  }

  /**
   * How a call can go. What may become of a node may come after each of its writes: before that, or
   * with several under way, it leaves what it would leave after the write before.
   */
  #ways({ strand, method, label }: Call): string[] {
    const isWrite = method === 'step' || method === 'commit' || method === 'transfer';
    const isMortal = this.#workers.some(({ node }) => node.strands.includes(strand));
    if (this.#fates === 0 || !isWrite || !isMortal) return [label];
    return [label, `${label}${FATED}`];
  }

  async take(option: string): Promise<Footprint> {
    const footprint = new Footprint();
    this.#footprint = footprint;
    const client = this.#clients.find(({ strand }) => option === `${strand.name} asks`);
    if (client) this.#ask(client);
    else if (option === 'time passes') this.#passTime();
    else await this.#carryOut(option);
    await settled();
    for (const node of this.#nodes) node.forget();
    const [fault] = this.#faults;
    if (fault !== undefined)
      throw fault instanceof Error ? fault : new Error(JSON.stringify(fault));
    return footprint;
  }

  async #carryOut(option: string): Promise<void> {
    const label = option.replace(FATED, '');
    const index = this.#calls.findIndex((call) => call.label === label);
    const [call] = index < 0 ? [] : this.#calls.splice(index, 1);
    if (!call) throw new Error(`there is no ${option} among ${this.options().join(', ')}`);
    const worker = this.#workers.find(({ node }) => node.strands.includes(call.strand));
    const isFated = label !== option && worker !== undefined;
    if (isFated && this.#race.fate === 'dies') worker.node.die();
    await call.carryOut();
    if (isFated) await this.#meetFate(worker);
  }

  #ask(client: Client): void {
    const ask = client.left.shift();
    if (!ask) throw new Error('the client has nothing to ask');
    client.isWaiting = true;
    this.#asked++;
    this.#footprint.write('of the world');
    client.strand.tell({ name: 'asks', value: this.#asked });
    const { type, body } = ask;
    const definition = this.#race.prepared.app.commands.get(type)?.commands[type];
    const parsed = definition?.clientSchema.parse(body);
    const delivery = { principal: 'client' };
    void client.submitter.submit({ type, parsed, body }, delivery).then((outcome) => {
      client.isWaiting = false;
      if (outcome.status === 'failed') this.#faults.push(outcome);
    });
  }

  /** Its lease is taken over: its node is dead, or goes on in vain. */
  async #meetFate({ node, partition }: Worker): Promise<void> {
    this.#fates--;
    this.#footprint.write('of the world');
    for (const { name } of node.strands) this.#footprint.write(`of ${name}`);
    this.#calls = this.#calls.filter(({ strand }) => !strand.isDead);
    await this.#takeOver(partition, `${node.name}'`);
  }

  #passTime(): void {
    const due = this.#clock.firstDue(this.#clock.now + IDLE_MS);
    if (due === null) throw new Error('nothing is due');
    this.#clock.moveTo(due);
  }

  key(): string {
    const parts: string[] = [
      String(this.#rules),
      `${this.#asked} ${this.#fates} ${this.#clock.now}`,
    ];
    for (const pair of this.#pairs()) parts.push(...pair);
    for (const { name: node, strands } of this.#nodes) {
      if (this.#isDone(node)) continue;
      for (const { isDead, name, memory } of strands) if (!isDead) parts.push(name, memory);
    }

    return digest(withoutNames(parts.join('\n')));
  }

  /** Whether it is the node of a client that has all its answers: nothing comes of it any more. */
  #isDone(node: string): boolean {
    return this.#clients.some(
      ({ strand, left, isWaiting }) =>
        strand.name.startsWith(`${node}/`) &&
        node.startsWith('c') &&
        left.length === 0 &&
        !isWaiting,
    );
  }

  #pairs(): Iterable<readonly [string, string]> {
    const all = { from: '', before: '\uffff', reverse: false, limit: Number.MAX_SAFE_INTEGER };
    return this.#backing.committed.range(all);
  }

  async judge(): Promise<void> {
    await this.#expectNothingLeft();
    await this.#rules.judge(this.#store);
  }

  async #expectNothingLeft(): Promise<void> {
    const kinds = [
      'instance',
      'outbox',
      'inbox',
      'queue',
      'timer',
      'effect',
      'retry',
      'again',
      'dead',
    ];
    const { policies } = this.#race.prepared.app;
    const tables = [...policies.keys()].flatMap((name) => kinds.map((kind) => `${kind}/${name}`));
    for (let partition = 0; partition < this.#race.partitions; partition++) {
      const survey = await this.#store.survey(partition, tables);
      for (const [index, { rows }] of survey.tables.entries()) {
        if (rows > 0)
          throw new Error(`${tables[index]} of partition ${partition} has ${rows} rows`);
      }
      for (const [name, position] of Object.entries(survey.checkpoints)) {
        if (position !== survey.head)
          throw new Error(`${name} is at ${position} of ${survey.head}`);
      }
    }
    for (const { strand, left, isWaiting } of this.#clients) {
      if (!strand.isDead && (isWaiting || left.length > 0)) throw new Error(`${strand.name} waits`);
    }
  }

  /** What it leaves for a race after it. */
  after(): Before {
    return { content: [...this.#pairs()], rules: this.#rules, asked: this.#asked };
  }
}

/** Tokens are compared with each other alone: which is which is all that matters. */
function withoutNames(text: string): string {
  const names = new Map<string, number>();
  // How many steps came before says nothing of those that can come.
  return text.replace(/\d+#(?=~)/g, '').replace(/~[^~ ]+ \d+~/g, (token) => {
    const number = names.get(token) ?? names.size;
    names.set(token, number);
    return `~${number}~`;
  });
}
