import type { ActorKey } from '../../engine/address.ts';
import type { Commit, CommitReply } from '../../engine/store.ts';
import { pushEntry } from './entry.ts';
import type { Keys } from './keys.ts';
import { integer, list } from './reply.ts';
import { actorRow } from './row.ts';

const CONFLICT = 0;

/** The keys of `commit.lua`: the actor's first. */
export function commitKeys(keys: Keys, partition: number, key: ActorKey, commit: Commit): string[] {
  const { actor, replies, entries } = commit;
  const named = [keys.actor(partition, key), keys.feed(partition), keys.work(partition)];
  for (const { commandId } of replies) named.push(keys.reply(partition, actor, commandId));
  for (const { collection } of entries) {
    named.push(keys.collection(partition, { actor, collection }));
  }
  return named;
}

/** The arguments of `commit.lua`. */
export function commitValues(key: ActorKey, commit: Commit): string[] {
  const { records, replies, entries } = commit;
  const values = [
    commit.turnId,
    commit.expected ?? '',
    commit.state ?? '',
    commit.view ?? '',
    commit.held === null ? '' : JSON.stringify(commit.held),
    String(commit.recordCount),
    key,
    String(records.length),
    String(replies.length),
    String(entries.length),
  ];
  for (const { body, snapshot } of records) values.push(body, snapshot ?? '');
  for (const { body, record, ttlMs } of replies) {
    values.push(body, record === null ? '' : String(record), String(ttlMs));
  }
  for (const entry of entries) pushEntry(values, entry);
  return values;
}

/** What `commit.lua` answered. */
export function commitReply(commit: Commit, reply: unknown): CommitReply {
  if (typeof reply === 'number') return { kind: 'committed', position: reply };
  const [code, ...rest] = list(reply);
  if (integer(code) === CONFLICT) {
    const [last, turns, state] = rest;
    return { kind: 'conflict', actor: actorRow(last ?? null, turns ?? null, state ?? null) };
  }
  const kept = new Set(rest.map(integer));
  return {
    kind: 'answered',
    commandIds: commit.replies
      .filter((_, index) => kept.has(index))
      .map(({ commandId }) => commandId),
  };
}
