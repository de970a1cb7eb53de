import { type ActorKey, type Address, actorKey } from '../../engine/address.ts';
import {
  type AsyncCommand,
  type Claim,
  type CollectionRef,
  type Commit,
  type CommitReply,
  type EntryRow,
  type FetchReply,
  type FetchRequest,
  type KeptReply,
  type PageRequest,
  type Store,
  StoreUnavailable,
  type SwapReply,
  type Trail,
  type TurnId,
} from '../../engine/store.ts';
import { AsyncCommands } from './asyncs.ts';
import { Calls } from './calls.ts';
import { fenceClaim, swapClaim } from './claims.ts';
import { commitKeys, commitReply, commitValues } from './commit.ts';
import type { Connection } from './connection.ts';
import { fetchAll } from './fetch.ts';
import { Keys } from './keys.ts';
import { readPage, readReply, readTrail } from './reads.ts';
import { SCRIPTS } from './scripts.ts';

/** The store port on Redis. What each method promises stands in the port. */
export class RedisStore implements Store {
  readonly #calls: Calls;
  readonly #keys: Keys;
  readonly #asyncs: AsyncCommands;

  /** @param waitReplicas how many replicas must have a commit before it is answered */
  constructor(
    private readonly connection: Connection,
    readonly partitions: number,
    private readonly waitReplicas: number,
  ) {
    this.#calls = new Calls(connection);
    this.#keys = new Keys(partitions);
    this.#asyncs = new AsyncCommands(this.#calls, this.#keys);
  }

  fetch(request: FetchRequest): Promise<FetchReply> {
    return fetchAll(this.#calls, this.#keys, request);
  }

  commit(commit: Commit): Promise<CommitReply> {
    const key = actorKey(commit.actor);
    const partition = this.#keys.partition(key);
    const named = commitKeys(this.#keys, partition, key, commit);
    const values = commitValues(key, commit);
    return this.#calls.script(SCRIPTS.commit, 'write', named, values).then((answer) => {
      const reply = commitReply(commit, answer);
      const mustWait = this.waitReplicas > 0 && reply.kind === 'committed';
      return mustWait ? this.#replicated(this.#keys.actor(partition, key), reply) : reply;
    });
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

  epoch(): number {
    return this.connection.epoch();
  }

  async ping(): Promise<void> {
    // XX on a key that is never there writes nothing, and yet is refused where writes are.
    const probes = this.connection.probes(this.partitions);
    await Promise.all(
      probes.map((partition) =>
        this.#calls.run('read', ['set', this.#keys.probe(partition), '', 'XX']),
      ),
    );
  }

  async close(): Promise<void> {
    await this.#calls.end();
    this.connection.close();
  }

  /** The reply, once enough replicas have what it answers. */
  async #replicated(key: string, reply: CommitReply): Promise<CommitReply> {
    const replicas = await this.#calls.replicated(key, this.waitReplicas);
    if (replicas >= this.waitReplicas) return reply;
    const message = `${replicas} of ${this.waitReplicas} replicas confirmed the commit in time`;
    throw new StoreUnavailable(message, 'unknown');
  }
}
