import { type ActorKey, actorKey, partitionOf } from '../../engine/address.ts';
import { type Commit, type CommitReply, isCheck } from '../../engine/store.ts';
import { readActor, type StoredActor, toRow, withTurn, writeActor } from './actor.ts';
import type { Decision, Reader, Write } from './backing.ts';
import { decideEntry } from './collections.ts';
import { putExpiring, readExpiring } from './expiring.ts';
import { readHead, writeRecord } from './feed.ts';
import { keys } from './keys.ts';

/** Where and when a step is decided. */
export interface Place {
  readonly partitions: number;
  /** Milliseconds since 1970. */
  readonly now: number;
}

/** Decides a commit: its checks in the order that the port gives, then all its writes. */
export function decideCommit(
  reader: Reader,
  commit: Commit,
  { partitions, now }: Place,
): Decision<CommitReply> {
  const key = actorKey(commit.actor);
  const actor = readActor(reader.get(keys.actor(key)));
  const same = actor.recent.find(({ turnId }) => turnId === commit.turnId);
  if (same !== undefined) return nothing({ kind: 'committed', position: same.position });
  const lastTurn = actor.recent[0]?.turnId ?? null;
  if (lastTurn !== commit.expected) return nothing({ kind: 'conflict', actor: toRow(actor) });
  const commandIds = commit.replies
    .map(({ commandId }) => commandId)
    .filter((id) => readExpiring(reader.get(keys.reply(key, id)), now) !== null);
  if (commandIds.length > 0) return nothing({ kind: 'answered', commandIds });

  const partition = partitionOf(key, partitions);
  const head = readHead(reader, partition);
  const position = commit.records.length === 0 ? head : head + 1;
  const reply: CommitReply = { kind: 'committed', position };
  if (isCheck(commit)) return nothing(reply);
  const sizes: Record<string, number> = { ...actor.sizes };
  const writes = [
    ...records(commit, key, partition, head, actor.lastRecord),
    ...commit.entries.flatMap((entry) => decideEntry(reader, key, entry, sizes)),
    ...replies(commit, key, head, now),
    [keys.actor(key), writeActor(key, after(actor, commit, position, head, sizes))] as const,
  ];
  return { reply, writes };
}

function nothing(reply: CommitReply): Decision<CommitReply> {
  return { reply, writes: [] };
}

function after(
  actor: StoredActor,
  commit: Commit,
  position: number,
  head: number,
  sizes: Readonly<Record<string, number>>,
): StoredActor {
  const { turnId, recordCount, records, state, view, held } = commit;
  return {
    ...withTurn(actor, { turnId, position, records: recordCount }),
    lastRecord: records.length === 0 ? actor.lastRecord : head + records.length,
    state: state ?? actor.state,
    view: view ?? actor.view,
    held: held ?? actor.held,
    sizes,
  };
}

/** The records, each with the position of the actor's record before it, and the new head. */
function records(
  commit: Commit,
  actor: ActorKey,
  partition: number,
  head: number,
  lastRecord: number,
): Write[] {
  if (commit.records.length === 0) return [];
  const writes = commit.records.map(({ body, snapshot }, index): Write => {
    const before = index === 0 ? lastRecord : head + index;
    const record = writeRecord({ actor, before, body, snapshot });
    return [keys.record(partition, head + 1 + index), record];
  });
  return [...writes, [keys.head(partition), String(head + writes.length)]];
}

/** A reply without a record of its own stands at the head as this commit leaves it. */
function replies(commit: Commit, actor: ActorKey, head: number, now: number): Write[] {
  return commit.replies.flatMap(({ commandId, body, record, ttlMs }) => {
    const position = record === null ? head + commit.records.length : head + 1 + record;
    return putExpiring(keys.reply(actor, commandId), `${position} ${body}`, ttlMs, now);
  });
}
