import { type ActorKey, type Address, actorKey } from '../../engine/address.ts';
import type {
  AsyncCommand,
  Claim,
  CollectionRef,
  Commit,
  CommitReply,
  EntryRow,
  FetchReply,
  FetchRequest,
  KeptReply,
  PageRequest,
  Store,
  SwapReply,
  Trail,
  TurnId,
} from '../../engine/store.ts';
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
import { AsyncCommands } from './asyncs.ts';
import { Calls } from './calls.ts';
import { fenceClaim, swapClaim } from './claims.ts';
import { commitKeys, commitReply, commitValues } from './commit.ts';
import type { Connection } from './connection.ts';
import { Feeds } from './feeds.ts';
import { fetchAll } from './fetch.ts';
import { Keys } from './keys.ts';
import { Leases } from './leases.ts';
import { Owners, type OwnersPage } from './owners.ts';
import { readPage, readReply, readTrail } from './reads.ts';
import { SCRIPTS } from './scripts.ts';
import { Wakes } from './wakes.ts';
import { Work } from './work.ts';

/** The store port on Redis. What each method promises stands in the port. */
export class RedisStore implements Store {
  readonly #calls: Calls;
  readonly #keys: Keys;
  readonly #asyncs: AsyncCommands;
  readonly #feeds: Feeds;
  readonly #leases: Leases;
  readonly #owners: Owners;
  readonly #work: Work;
  readonly #wakes: Wakes;

  /**
   * @param waitReplicas how many replicas must have a commit before it is answered
   * @param onWarning told of what works and yet may surprise
   */
  constructor(
    private readonly connection: Connection,
    readonly partitions: number,
    waitReplicas: number,
    onWarning: (message: string) => void,
  ) {
    this.#calls = new Calls(connection, waitReplicas);
    this.#keys = new Keys(partitions, connection.database);
    this.#asyncs = new AsyncCommands(this.#calls, this.#keys);
    this.#feeds = new Feeds(this.#calls, this.#keys);
    this.#leases = new Leases(this.#calls, this.#keys);
    this.#owners = new Owners(this.#calls, this.#keys);
    this.#work = new Work(this.#calls, this.#keys);
    this.#wakes = new Wakes(connection, this.#keys, onWarning);
  }

  fetch(request: FetchRequest): Promise<FetchReply> {
    return fetchAll(this.#calls, this.#keys, request);
  }

  commit(commit: Commit): Promise<CommitReply> {
    const key = actorKey(commit.actor);
    const partition = this.#keys.partition(key);
    const named = commitKeys(this.#keys, partition, key, commit);
    const values = commitValues(key, commit);
    const answering = this.#calls.script(SCRIPTS.commit, 'write', named, values);
    return answering.then((answer) => commitReply(commit, answer));
  }

  swapClaim(claim: string, expected: Claim | null, next: Claim | null): Promise<SwapReply> {
    return swapClaim(this.#calls, this.#keys, claim, expected, next);
  }

  fenceClaim(holder: ActorKey, claim: string, fence: TurnId): Promise<'held' | 'fenced'> {
    return fenceClaim(this.#calls, this.#keys, holder, claim, fence);
  }

  reply(actor: Address, commandId: string): Promise<KeptReply | null> {
    return readReply(this.#calls, this.#keys, actor, commandId);
  }

  page(collection: CollectionRef, page: PageRequest): Promise<readonly EntryRow[]> {
    return readPage(this.#calls, this.#keys, collection, page);
  }

  trail(actor: Address, from: number | null, limit: number): Promise<Trail> {
    return readTrail(this.#calls, this.#keys, actor, from, limit);
  }

  putAsync(commandId: string, command: string): Promise<void> {
    return this.#asyncs.put(commandId, command);
  }

  finishAsync(commandId: string, result: string, ttlMs: number): Promise<void> {
    return this.#asyncs.finish(commandId, result, ttlMs);
  }

  async(commandId: string): Promise<AsyncCommand | null> {
    return this.#asyncs.read(commandId);
  }

  pendingAsync(partition: number, limit: number): Promise<readonly AsyncCommand[]> {
    return this.#asyncs.pending(partition, limit);
  }

  readFeed(partition: number, after: number, limit: number): Promise<readonly FeedRecord[]> {
    return this.#feeds.read(partition, after, limit);
  }

  heads(): Promise<readonly number[]> {
    return this.#feeds.heads();
  }

  subscribe(subscribers: readonly Subscriber[]): Promise<void> {
    return this.#feeds.subscribe(subscribers);
  }

  checkpoints(subscriber: string): Promise<readonly number[]> {
    return this.#feeds.checkpoints(subscriber);
  }

  unsubscribe(subscriber: string): Promise<void> {
    return this.#feeds.unsubscribe(subscriber);
  }

  trim(partition: number, through: number): Promise<number> {
    return this.#feeds.trim(partition, through);
  }

  beat(node: string, ttlMs: number): Promise<readonly string[]> {
    return this.#leases.beat(node, ttlMs);
  }

  leave(node: string): Promise<void> {
    return this.#leases.leave(node);
  }

  leases(): Promise<readonly (Lease | null)[]> {
    return this.#leases.all();
  }

  swapLease(partition: number, expected: Fence | null, next: Lease): Promise<boolean> {
    return this.#leases.swap(partition, expected, next);
  }

  step(step: WorkStep): Promise<StepReply> {
    return this.#work.step(step);
  }

  post(post: RowPost): Promise<boolean> {
    return this.#work.post(post);
  }

  transfer(transfer: Transfer): Promise<void> {
    return this.#work.transfer(transfer);
  }

  cursors(partition: number, names: readonly string[]): Promise<readonly number[]> {
    return this.#work.cursors(partition, names);
  }

  rewind(partition: number, cursor: string, position: number): Promise<boolean> {
    return this.#work.rewind(partition, cursor, position);
  }

  ranking(name: string, limit: number): Promise<readonly RankedOwner[]> {
    return this.#work.ranking(name, limit);
  }

  owners(type: string, cursor: string | null, limit: number): Promise<OwnersPage> {
    return this.#owners.page(type, cursor, limit);
  }

  actors(
    partition: number,
    actors: readonly ActorKey[],
    withRecord: boolean,
  ): Promise<readonly LookedAtActor[]> {
    return this.#work.actors(partition, actors, withRecord);
  }

  clear(collection: CollectionRef, options: Parameters<WorkStore['clear']>[1]): Promise<boolean> {
    return this.#work.clear(collection, options);
  }

  rows(
    partition: number,
    table: string,
    keys: readonly string[],
  ): Promise<readonly (string | null)[]> {
    return this.#work.rows(partition, table, keys);
  }

  orders(
    partition: number,
    table: string,
    keys: readonly string[],
  ): Promise<readonly (number | null)[]> {
    return this.#work.orders(partition, table, keys);
  }

  scan(
    partition: number,
    table: string,
    page: Parameters<WorkStore['scan']>[2],
  ): Promise<readonly WorkRow[]> {
    return this.#work.scan(partition, table, page);
  }

  rest(request: RestRequest): Promise<RestReply> {
    return this.#work.rest(request);
  }

  survey(partition: number, tables: readonly string[]): Promise<Survey> {
    return this.#work.survey(partition, tables);
  }

  onWake(listener: (woken: Woken) => void): () => void {
    return this.#wakes.listen(listener);
  }

  epoch(): number {
    return this.connection.epoch();
  }

  async ping(): Promise<void> {
    // XX on a key that is never there writes nothing, and yet is refused where writes are.
    const probes = this.connection.probes(this.partitions);
    await Promise.all(
      probes.map((partition) =>
        this.#calls.run('look', ['set', this.#keys.probe(partition), '', 'XX']),
      ),
    );
  }

  async close(): Promise<void> {
    this.#wakes.close();
    await this.#calls.end();
    this.connection.close();
  }
}
