/** A mailbox an account, and the turn that empties it: read, decide, commit, answer. */
import {
  type AccountSnapshot,
  answer,
  type Decision,
  decide,
  type FollowAccount,
  type FollowFacts,
  persist,
  record,
  restore,
} from './account.ts';
import { type AccountKeys, type BareStore, keysOf } from './store.ts';

const TURN_MAX = 100;

interface Waiting {
  readonly data: FollowAccount;
  readonly resolve: (answer: Answer) => void;
  readonly reject: (error: unknown) => void;
}

export interface Answer {
  readonly body: string;
  readonly version: number;
}

interface Mailbox {
  readonly keys: AccountKeys;
  readonly queue: Waiting[];
  version: number;
  snapshot: AccountSnapshot | null;
  busy: boolean;
}

/** Takes commands, each to its account's mailbox. */
export class Mailboxes {
  readonly #boxes = new Map<string, Mailbox>();
  readonly #store: BareStore;

  constructor(store: BareStore) {
    this.#store = store;
  }

  submit(data: FollowAccount): Promise<Answer> {
    return new Promise((resolve, reject) => {
      let box = this.#boxes.get(data.followerId);
      if (!box) {
        box = { keys: keysOf(data.followerId), queue: [], version: 0, snapshot: null, busy: false };
        this.#boxes.set(data.followerId, box);
      }
      box.queue.push({ data, resolve, reject });
      if (!box.busy) void this.#run(box);
    });
  }

  async #run(box: Mailbox): Promise<void> {
    box.busy = true;
    while (box.queue.length > 0) {
      const turn =
        box.queue.length > TURN_MAX ? box.queue.splice(0, TURN_MAX) : box.queue.splice(0);
      try {
        await this.#turn(box, turn);
      } catch (error) {
        box.snapshot = null;
        for (const waiting of turn) waiting.reject(error);
      }
    }
    box.busy = false;
  }

  async #turn(box: Mailbox, turn: readonly Waiting[]): Promise<void> {
    const reads = turn.map(({ data }) => this.#store.facts(box.keys, data));
    if (box.snapshot === null) await this.#load(box);
    const facts = reads.length === 1 && reads[0] ? [await reads[0]] : await Promise.all(reads);
    let snapshot = box.snapshot as AccountSnapshot;
    let version = box.version;
    const written = new Set<string>();
    const decisions: Decision[] = [];
    const records: string[] = [];
    const entries: string[] = [];
    for (const [index, { data }] of turn.entries()) {
      const decision = decide(snapshot, data, seen(facts[index] as FollowFacts, data, written));
      snapshot = decision.snapshot;
      version++;
      decisions.push(decision);
      records.push(record(decision, version));
      if (decision.event === null) continue;
      written.add(data.followeeId);
      entries.push(String(Date.parse(decision.event.createdAt)), data.followeeId);
    }
    const last = await this.#store.commit([
      box.keys.account,
      box.keys.feed,
      box.keys.following,
      String(box.version),
      String(version),
      persist(snapshot),
      String(records.length),
      ...records,
      ...entries,
    ]);
    if (last === 0) throw new Error('conflict: another process writes to this account');
    this.#reply(box, { turn, decisions, last });
    box.version = version;
    box.snapshot = snapshot;
  }

  #reply(
    box: Mailbox,
    done: { turn: readonly Waiting[]; decisions: readonly Decision[]; last: number },
  ): void {
    const first = done.last - done.turn.length + 1;
    for (const [index, waiting] of done.turn.entries()) {
      const version = box.version + index + 1;
      const position = `${box.keys.partition}:${first + index}`;
      waiting.resolve({
        body: answer(done.decisions[index] as Decision, version, position),
        version,
      });
    }
  }

  async #load(box: Mailbox): Promise<void> {
    const stored = await this.#store.account(box.keys);
    box.version = Number(stored.version);
    box.snapshot = restore(stored.snapshot);
  }
}

/** Facts as the later commands of a turn see them: with what the earlier ones wrote. */
function seen(facts: FollowFacts, data: FollowAccount, written: Set<string>): FollowFacts {
  if (written.size === 0) return facts;
  return {
    ...facts,
    following: written.has(data.followeeId) ? '1' : facts.following,
    followingCount: facts.followingCount + written.size,
  };
}
