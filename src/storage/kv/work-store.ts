import { type ActorKey, type Address, actorKey, partitionOf } from '../../engine/address.ts';
import type { CollectionRef } from '../../engine/store.ts';
import type {
  FeedRecord,
  Fence,
  Lease,
  LookedAtActor,
  RankedOwner,
  RestReply,
  RestRequest,
  RowPost,
  StepReply,
  Subscriber,
  Survey,
  Transfer,
  Woken,
  WorkRow,
  WorkStep,
  WorkStore,
} from '../../engine/work-store.ts';
import { mergeRanking } from '../ranking.ts';
import type { Backing, Reader } from './backing.ts';
import { decideClear } from './collections.ts';
import { decideTrim, lookAtActor, readFeed, readHead } from './feed.ts';
import { decideSubscribe, decideSwapLease, decideUnsubscribe } from './leases.ts';
import { readRest, readSurvey } from './looks.ts';
import { Nodes } from './nodes.ts';
import { readOwners } from './owners.ts';
import { readWork } from './partition-work.ts';
import { readRanking } from './ranking.ts';
import { readBody, readOrder, readOrdered } from './rows.ts';
import { decidePost, decideStep } from './step.ts';
import { decideRewind, decideTransfer, readCursor } from './transfer.ts';
import { WakeUps } from './wake-ups.ts';

/** What background work stands on, over an ordered map of strings. */
export class KeyValueWorkStore implements WorkStore {
  readonly #nodes = new Nodes();
  readonly #wakeUps = new WakeUps();

  constructor(
    protected readonly backing: Backing,
    readonly partitions: number,
    /** Milliseconds since 1970; what expires or is due goes by it. */
    protected readonly now: () => number,
  ) {}

  async readFeed(partition: number, after: number, limit: number): Promise<readonly FeedRecord[]> {
    return readFeed(this.backing.committed, partition, after, limit);
  }

  async heads(): Promise<readonly number[]> {
    return this.#eachPartition(readHead);
  }

  async subscribe(subscribers: readonly Subscriber[]): Promise<void> {
    await this.backing.step((reader) => decideSubscribe(reader, subscribers, this.partitions));
  }

  async checkpoints(subscriber: string): Promise<readonly number[]> {
    return this.#eachPartition(
      (reader, partition) => readWork(reader, partition).checkpoints.get(subscriber) ?? 0,
    );
  }

  async unsubscribe(subscriber: string): Promise<void> {
    await this.backing.step((reader) => decideUnsubscribe(reader, subscriber, this.partitions));
  }

  async trim(partition: number, through: number): Promise<number> {
    return this.backing.step((reader) => decideTrim(reader, partition, through));
  }

  /** A step that writes nothing: a node lives only where the store takes writes. */
  async beat(node: string, ttlMs: number): Promise<readonly string[]> {
    await this.backing.step(() => ({ reply: undefined, writes: [] }));
    return this.#nodes.beat(node, ttlMs, this.now());
  }

  async leave(node: string): Promise<void> {
    this.#nodes.leave(node);
    this.#wakeUps.tell('nodes');
  }

  async leases(): Promise<readonly (Lease | null)[]> {
    return this.#eachPartition((reader, partition) => readWork(reader, partition).lease);
  }

  async swapLease(partition: number, expected: Fence | null, next: Lease): Promise<boolean> {
    const isSwapped = await this.backing.step((reader) =>
      decideSwapLease(reader, partition, expected, next),
    );
    if (isSwapped && next.node === null) this.#wakeUps.tell('nodes');
    return isSwapped;
  }

  async step(step: WorkStep): Promise<StepReply> {
    return this.backing.step((reader) => decideStep(reader, step, this.now()));
  }

  async post(post: RowPost): Promise<boolean> {
    const isWritten = await this.backing.step((reader) => decidePost(reader, post, this.now()));
    if (isWritten) this.#wakeUps.tell(post.partition);
    return isWritten;
  }

  async transfer(transfer: Transfer): Promise<void> {
    const hasRows = await this.backing.step((reader) =>
      decideTransfer(reader, transfer, this.now()),
    );
    if (hasRows) this.#wakeUps.tell(transfer.partition);
  }

  async cursors(partition: number, names: readonly string[]): Promise<readonly number[]> {
    return names.map((name) => readCursor(this.backing.committed, partition, name));
  }

  async rewind(partition: number, cursor: string, position: number): Promise<boolean> {
    return this.backing.step((reader) => decideRewind(reader, partition, cursor, position));
  }

  ranking(name: string, limit: number): Promise<readonly RankedOwner[]> {
    const { committed } = this.backing;
    return mergeRanking(this.partitions, limit, async (partition, share) =>
      readRanking(committed, partition, name, share),
    );
  }

  async owners(
    type: string,
    cursor: string | null,
    limit: number,
  ): ReturnType<WorkStore['owners']> {
    return readOwners(this.backing.committed, type, cursor, limit);
  }

  async actors(
    partition: number,
    actors: readonly ActorKey[],
    withRecord: boolean,
  ): Promise<readonly LookedAtActor[]> {
    const { committed } = this.backing;
    return actors.map((actor) => lookAtActor(committed, partition, actor, withRecord));
  }

  async clear(
    collection: CollectionRef,
    options: Parameters<WorkStore['clear']>[1],
  ): Promise<boolean> {
    return this.backing.step((reader) => decideClear(reader, collection, options, this.partitions));
  }

  async rows(
    partition: number,
    table: string,
    keys: readonly string[],
  ): Promise<readonly (string | null)[]> {
    const { committed } = this.backing;
    return keys.map((key) => readBody(committed, partition, table, key));
  }

  async orders(
    partition: number,
    table: string,
    keys: readonly string[],
  ): Promise<readonly (number | null)[]> {
    const { committed } = this.backing;
    return keys.map((key) => readOrder(committed, partition, table, key));
  }

  async scan(
    partition: number,
    table: string,
    page: Parameters<WorkStore['scan']>[2],
  ): Promise<readonly WorkRow[]> {
    const until = page.until === 'now' ? Math.floor(this.now()) : page.until;
    return readOrdered(this.backing.committed, partition, table, { ...page, until });
  }

  /**
   * Looks at what is durable, as all do that only read. A commit or a row that is not yet is told
   * of when it is: after this look, so the partition that rests is woken by it.
   */
  async rest(request: RestRequest): Promise<RestReply> {
    const reply = readRest(this.backing.committed, request, this.now());
    if (reply.kind === 'looked' && reply.resting) this.#wakeUps.rest(request.partition);
    return reply;
  }

  async survey(partition: number, tables: readonly string[]): Promise<Survey> {
    return readSurvey(this.backing.committed, partition, tables, this.now());
  }

  onWake(listener: (woken: Woken) => void): () => void {
    return this.#wakeUps.listen(listener);
  }

  /** After a commit of this actor has added to its feed. */
  protected fed(actor: Address): void {
    if (!this.#wakeUps.areAwaited) return;
    this.#wakeUps.fed(partitionOf(actorKey(actor), this.partitions));
  }

  #eachPartition<T>(read: (reader: Reader, partition: number) => T): T[] {
    const { committed } = this.backing;
    return Array.from({ length: this.partitions }, (_, partition) => read(committed, partition));
  }
}
