import type {
  ActorRow,
  Claim,
  Commit,
  CommitReply,
  EntryRow,
  PageRequest,
  RecentTurn,
  SwapReply,
  Trail,
  TurnId,
} from '../../../src/engine/store.ts';

interface ModelActor {
  turns: RecentTurn[];
  state: string | null;
  view: string | null;
  held: Readonly<Record<string, string>>;
  records: { position: number; body: string }[];
  collections: Map<string, EntryRow[]>;
  replies: Map<string, { body: string; position: number }>;
}

/** What the store port promises, said once more in the plainest way: all in memory, nothing expires. */
export class Model {
  readonly #actors = new Map<string, ModelActor>();
  readonly #claims = new Map<string, Claim>();

  /** @param heads the head of each partition's feed as the model begins; it is moved on. */
  constructor(private readonly heads: number[]) {}

  actor(id: string): ModelActor {
    const known = this.#actors.get(id);
    if (known !== undefined) return known;
    const fresh: ModelActor = {
      turns: [],
      state: null,
      view: null,
      held: {},
      records: [],
      collections: new Map(),
      replies: new Map(),
    };
    this.#actors.set(id, fresh);
    return fresh;
  }

  /** The row with every turn there ever was: a store may name fewer. */
  row(id: string): ActorRow {
    const { turns, state } = this.actor(id);
    const recent = turns.toReversed();
    return { lastTurn: recent[0]?.turnId ?? null, recent, recentIsAll: true, state };
  }

  commit(partition: number, commit: Commit): CommitReply {
    const actor = this.actor(commit.actor.id);
    const same = actor.turns.find(({ turnId }) => turnId === commit.turnId);
    if (same !== undefined) return { kind: 'committed', position: same.position };
    const row = this.row(commit.actor.id);
    if (row.lastTurn !== commit.expected) return { kind: 'conflict', actor: row };
    const answered = commit.replies.filter(({ commandId }) => actor.replies.has(commandId));
    if (answered.length > 0) {
      return { kind: 'answered', commandIds: answered.map(({ commandId }) => commandId) };
    }
    const head = this.heads[partition] ?? 0;
    const position = commit.records.length === 0 ? head : head + 1;
    const { state, view, held, records, entries, replies } = commit;
    const writes = [records, entries, replies].some(({ length }) => length > 0);
    if (!writes && state === null && view === null && held === null) {
      return { kind: 'committed', position };
    }
    actor.state = state ?? actor.state;
    actor.view = view ?? actor.view;
    actor.held = held ?? actor.held;
    for (const [n, { body }] of records.entries()) {
      actor.records.unshift({ position: position + n, body });
    }
    this.heads[partition] = head + records.length;
    for (const { collection, key, at, value } of entries) {
      const others = this.entries(commit.actor.id, collection).filter((row) => row.key !== key);
      actor.collections.set(collection, at === null ? others : [...others, { key, at, value }]);
    }
    for (const { commandId, body, record } of replies) {
      const standing = record === null ? head + records.length : position + record;
      actor.replies.set(commandId, { body, position: standing });
    }
    actor.turns.push({ turnId: commit.turnId, position, records: commit.recordCount });
    return { kind: 'committed', position };
  }

  entries(id: string, collection: string): readonly EntryRow[] {
    return this.actor(id).collections.get(collection) ?? [];
  }

  page(id: string, collection: string, { limit, after }: PageRequest): readonly EntryRow[] {
    const newestFirst = (a: EntryRow, b: EntryRow) =>
      a.at === b.at ? (a.key < b.key ? 1 : -1) : b.at - a.at;
    const sorted = this.entries(id, collection).toSorted(newestFirst);
    const rest = sorted.filter(
      ({ at, key }) => after === null || at < after.at || (at === after.at && key < after.key),
    );
    return rest.slice(0, limit);
  }

  trail(id: string, from: number | null, limit: number): Trail {
    const { records } = this.actor(id);
    const start = from === null ? 0 : records.findIndex(({ position }) => position === from);
    if (start < 0) return { records: [], next: null, isTrimmed: false };
    return {
      records: records.slice(start, start + limit),
      next: records[start + limit]?.position ?? null,
      isTrimmed: false,
    };
  }

  swapClaim(claim: string, expected: Claim | null, next: Claim | null): SwapReply {
    const current = this.#claims.get(claim) ?? null;
    const same = current?.holder === expected?.holder && current?.token === expected?.token;
    if (!same) return { kind: 'other', current };
    if (next === null) this.#claims.delete(claim);
    else this.#claims.set(claim, next);
    return { kind: 'swapped' };
  }

  fenceClaim(partition: number, id: string, claim: string, fence: TurnId): 'held' | 'fenced' {
    const actor = this.actor(id);
    if (Object.hasOwn(actor.held, claim)) return 'held';
    const records = actor.turns.at(-1)?.records ?? 0;
    actor.turns.push({ turnId: fence, position: this.heads[partition] ?? 0, records });
    return 'fenced';
  }
}
