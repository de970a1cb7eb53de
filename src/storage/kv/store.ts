import type { ActorKey, Address } from '../../engine/address.ts';
import { actorKey } from '../../engine/address.ts';
import {
  type AsyncCommand,
  type Claim,
  type CollectionRef,
  type Commit,
  type CommitReply,
  type EntryRow,
  type FetchReply,
  type FetchRequest,
  isCheck,
  type KeptReply,
  type PageRequest,
  type Store,
  type SwapReply,
  type Trail,
  type TurnId,
} from '../../engine/store.ts';
import { decideFinish, decidePut, readAsync, readPending } from './async.ts';
import { decideFence, decideSwap } from './claims.ts';
import { readPage } from './collections.ts';
import { decideCommit, type Place } from './commit.ts';
import { readExpiring } from './expiring.ts';
import { readTrail } from './feed.ts';
import { decideFetch } from './fetch.ts';
import { keys } from './keys.ts';
import { KeyValueWorkStore } from './work-store.ts';

/**
 * A store over an ordered map of strings. Its steps are decided one after another, each on all
 * that was decided before it. What only reads, a check too, reads what is committed and durable
 * and waits for no write: at that moment its answer holds.
 */
export class KeyValueStore extends KeyValueWorkStore implements Store {
  async fetch(request: FetchRequest): Promise<FetchReply> {
    if (request.pointers.length === 0) {
      return decideFetch(this.backing.committed, request, this.now()).reply;
    }
    return this.backing.step((reader) => decideFetch(reader, request, this.now()));
  }

  async commit(commit: Commit): Promise<CommitReply> {
    if (isCheck(commit)) {
      return decideCommit(this.backing.committed, commit, this.#place()).reply;
    }
    const reply = await this.backing.step((reader) => decideCommit(reader, commit, this.#place()));
    if (commit.records.length > 0) this.fed(commit.actor);
    return reply;
  }

  async swapClaim(claim: string, expected: Claim | null, next: Claim | null): Promise<SwapReply> {
    return this.backing.step((reader) => decideSwap(reader, claim, expected, next));
  }

  async fenceClaim(holder: ActorKey, claim: string, fence: TurnId): Promise<'held' | 'fenced'> {
    return this.backing.step((reader) =>
      decideFence(reader, holder, claim, fence, this.partitions),
    );
  }

  async reply(actor: Address, commandId: string): Promise<KeptReply | null> {
    const stored = this.backing.committed.get(keys.reply(actorKey(actor), commandId));
    const content = readExpiring(stored, this.now());
    if (content === null) return null;
    const space = content.indexOf(' ');
    return { position: Number(content.slice(0, space)), body: content.slice(space + 1) };
  }

  async page(collection: CollectionRef, page: PageRequest): Promise<readonly EntryRow[]> {
    return readPage(this.backing.committed, collection, page);
  }

  async trail(actor: Address, from: number | null, limit: number): Promise<Trail> {
    return readTrail(this.backing.committed, actor, from, limit, this.partitions);
  }

  async putAsync(commandId: string, command: string): Promise<void> {
    await this.backing.step((reader) => decidePut(reader, commandId, command, this.#place()));
  }

  async finishAsync(commandId: string, result: string, ttlMs: number): Promise<void> {
    await this.backing.step((reader) =>
      decideFinish(reader, commandId, result, ttlMs, this.#place()),
    );
  }

  async async(commandId: string): Promise<AsyncCommand | null> {
    return readAsync(this.backing.committed, commandId, this.now());
  }

  async pendingAsync(partition: number, limit: number): Promise<readonly AsyncCommand[]> {
    return readPending(this.backing.committed, partition, limit, this.now());
  }

  /** Nothing changes behind the back of the one process that has the content. */
  epoch(): number {
    return 0;
  }

  ping(): Promise<void> {
    return this.backing.ping();
  }

  close(): Promise<void> {
    return this.backing.close();
  }

  #place(): Place {
    return { partitions: this.partitions, now: this.now() };
  }
}
