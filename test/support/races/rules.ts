/** What must hold of the accounts in every schedule: seen at each commit, and at rest. */
import { z } from 'zod';
import type { CommitRecord } from '../../../src/engine/record.ts';
import type { Store } from '../../../src/engine/store.ts';

/** A command that a client sends. */
export interface Ask {
  readonly type: string;
  readonly body: Readonly<Record<string, string>>;
}

const pair = { followerId: z.string(), followeeId: z.string() };
const blockPair = { blockerId: z.string(), blockedId: z.string() };
const event = z.discriminatedUnion('type', [
  z.object({
    type: z.literal('FollowCreated'),
    data: z.object({ ...pair, relationshipId: z.string(), createdAt: z.string() }),
  }),
  z.object({
    type: z.literal('FollowRemoved'),
    data: z.object({ ...pair, relationshipId: z.string(), reason: z.string() }),
  }),
  z.object({
    type: z.literal('AccountBlocked'),
    data: z.object({ ...blockPair, blockedAt: z.string() }),
  }),
  z.object({ type: z.literal('AccountUnblocked'), data: z.object(blockPair) }),
  z.object({ type: z.literal('AccountDeactivated'), data: z.object({ accountId: z.string() }) }),
]);
type Event = z.output<typeof event>;

/** What has come about so far, in the order of the commits, as far as it matters later. */
interface Notes {
  /** Follows that stand, by their ids. */
  follows: Record<string, { readonly between: readonly string[]; readonly since: string }>;
  /** Blocks that stand. */
  blocks: string[];
  inactive: string[];
  /** Follows that were asked for while no block stood, and none was made since. */
  free: string[];
  /** Follows that were there when a block was made that was asked for later. */
  doomed: string[];
}

export class Rules {
  readonly #notes: Notes;
  /** Commands that have a record. */
  readonly #done: Set<string>;

  constructor(before?: Rules) {
    this.#notes = before
      ? structuredClone(before.#notes)
      : { follows: {}, blocks: [], inactive: [], free: [], doomed: [] };
    this.#done = new Set(before ? before.#done : []);
  }

  toString(): string {
    return JSON.stringify(this.#notes);
  }

  asked(type: string, commandId: string): void {
    const { blocks, free } = this.#notes;
    if (type === 'FollowAccount' && blocks.length === 0) free.push(commandId);
  }

  /** @throws where a record must not be */
  committed(record: CommitRecord): void {
    const { commandId } = record;
    if (this.#done.has(commandId)) throw new Error(`a command took effect twice: ${commandId}`);
    this.#done.add(commandId);
    for (const recorded of record.events) {
      const { success, data } = event.safeParse(recorded);
      if (success) this.#take(data);
    }
  }

  #take({ type, data }: Event): void {
    const notes = this.#notes;
    switch (type) {
      case 'FollowCreated': {
        const between = [data.followerId, data.followeeId];
        notes.follows[data.relationshipId] = { between, since: data.createdAt };
        return;
      }
      case 'FollowRemoved':
        this.#removed(data.relationshipId, data.reason);
        return;
      case 'AccountBlocked': {
        const block = blockName(data.blockerId, data.blockedId);
        if (!notes.blocks.includes(block)) notes.blocks.push(block);
        notes.free = [];
        for (const [id, { since }] of Object.entries(notes.follows)) {
          if (since < data.blockedAt) notes.doomed.push(id);
        }
        return;
      }
      case 'AccountUnblocked': {
        const block = blockName(data.blockerId, data.blockedId);
        notes.blocks = notes.blocks.filter((other) => other !== block);
        return;
      }
      case 'AccountDeactivated':
        notes.inactive.push(data.accountId);
    }
  }

  #removed(id: string, reason: string): void {
    const notes = this.#notes;
    if (!notes.follows[id]) throw new Error(`a follow ended that did not stand: ${id}`);
    if (reason.startsWith('blocked_') && notes.free.includes(id)) {
      throw new Error(`a block took a later follow: ${id}`);
    }
    delete notes.follows[id];
    notes.doomed = notes.doomed.filter((other) => other !== id);
  }

  /** @throws where what stands at rest must not stand together */
  async judge(store: Store): Promise<void> {
    const { follows, blocks, inactive, doomed } = this.#notes;
    await this.#expectStored(store);
    for (const [id, { between }] of Object.entries(follows)) {
      const [follower = '', followee = ''] = between;
      const isBlocked =
        blocks.includes(blockName(follower, followee)) ||
        blocks.includes(blockName(followee, follower));
      if (isBlocked) throw new Error('a follow stands beside a block');
      if (between.some((account) => inactive.includes(account))) {
        throw new Error('an inactive account has a follow');
      }
      if (doomed.includes(id)) throw new Error('a follow outlived a block that came after it');
    }
  }

  /** What the accounts hold is what their records say. */
  async #expectStored(store: Store): Promise<void> {
    const { follows, blocks } = this.#notes;
    const noted = [
      ...Object.values(follows).map(({ between }) => `following ${between.join()}`),
      ...blocks.map((block) => `blocked ${block}`),
    ];
    const stored: string[] = [];
    for (const [id, other] of [
      ['ann', 'bob'],
      ['bob', 'ann'],
    ] as const) {
      for (const collection of ['following', 'blocked']) {
        const actor = { type: 'account', id };
        const rows = await store.page({ actor, collection }, { limit: 10, after: null });
        for (const { key } of rows) stored.push(`${collection} ${blockName(id, key)}`);
        if (rows.some(({ key }) => key !== other)) throw new Error(`${id} has to do with itself`);
      }
    }
    if (stored.sort().join() !== noted.sort().join()) {
      throw new Error(`stored is ${stored.join()}, and recorded ${noted.join()}`);
    }
  }
}

function blockName(one: string, other: string): string {
  return [one, other].join();
}
