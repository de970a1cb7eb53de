import { type Address, actorKey } from '../../engine/address.ts';
import type { CollectionRef, FetchReply, FetchRequest } from '../../engine/store.ts';
import type { Calls } from './calls.ts';
import { parseEntry } from './entry.ts';
import type { Effect } from './faults.ts';
import type { Keys } from './keys.ts';
import { integer, list, textOrNull } from './reply.ts';
import { actorRow } from './row.ts';
import { SCRIPTS } from './scripts.ts';

/** One command of a fetch. */
interface Read {
  readonly partition: number;
  /** Name, key, and the words after the key. */
  readonly words: readonly [name: string, key: string, ...string[]];
}

/** Reads what was asked for, all of it in one burst. */
export async function fetchAll(
  calls: Calls,
  keys: Keys,
  request: FetchRequest,
): Promise<FetchReply> {
  const reads = readsOf(keys, request);
  // A pointer is written, and an answer that is lost leaves open whether it was.
  const effect = request.pointers.length > 0 ? 'write' : 'read';
  const answers = calls.keepOrder
    ? await calls.burst(
        effect,
        reads.map(({ words }) => words),
      )
    : await byPartition(calls, effect, reads);
  return replyOf(request, answers);
}

/** The commands of a fetch, in the order that the port promises within a partition. */
function readsOf(keys: Keys, request: FetchRequest): Read[] {
  const reads: Read[] = [];
  for (const { key, value, ttlMs } of request.pointers) {
    const partition = keys.partition(key);
    const name = keys.pointer(partition, key);
    reads.push({ partition, words: ['set', name, value, 'NX', 'GET', 'PX', String(ttlMs)] });
  }
  const ofActor = (actor: Address, command: string, ...fields: string[]) => {
    const name = actorKey(actor);
    const partition = keys.partition(name);
    reads.push({ partition, words: [command, keys.actor(partition, name), ...fields] });
  };
  if (request.actor !== null) ofActor(request.actor, 'hmget', 'r', 't', 's');
  for (const view of request.views) ofActor(view, 'hget', 'w');
  const ofCollection = (ref: CollectionRef, command: string, ...fields: string[]) => {
    const partition = keys.partition(actorKey(ref.actor));
    reads.push({ partition, words: [command, keys.entries(partition, ref), ...fields] });
  };
  for (const entry of request.entries) ofCollection(entry, 'hget', entry.key);
  for (const ref of request.sizes) ofCollection(ref, 'hlen');
  return reads;
}

/** @param answers of the reads, in their order */
function replyOf(request: FetchRequest, answers: readonly unknown[]): FetchReply {
  let next = 0;
  const answer = () => answers[next++];
  const pointers = request.pointers.map(() => textOrNull(answer()));
  const row = request.actor === null ? null : list(answer());
  return {
    pointers,
    actor: row === null ? null : actorRow(row[0], row[1], row[2]),
    views: request.views.map(() => textOrNull(answer())),
    entries: request.entries.map(({ key }) => {
      const stored = textOrNull(answer());
      return stored === null ? null : parseEntry(key, stored);
    }),
    sizes: request.sizes.map(() => integer(answer())),
  };
}

/**
 * In a cluster a slot may be moving, and commands sent one after another then run in any order:
 * the reads of one partition go as one script.
 */
async function byPartition(
  calls: Calls,
  effect: Effect,
  reads: readonly Read[],
): Promise<readonly unknown[]> {
  const answers: unknown[] = new Array<unknown>(reads.length);
  const groups = new Map<number, number[]>();
  for (const [index, { partition }] of reads.entries()) {
    const group = groups.get(partition);
    if (group === undefined) groups.set(partition, [index]);
    else group.push(index);
  }
  const readGroup = async (indexes: readonly number[]) => {
    const named: string[] = [];
    const values: string[] = [];
    for (const index of indexes) {
      const [name, key, ...words] = reads[index]?.words ?? ['', ''];
      named.push(key);
      values.push(String(words.length + 1), name, ...words);
    }
    const found = list(await calls.script(SCRIPTS.fetch, effect, named, values));
    for (const [place, index] of indexes.entries()) answers[index] = found[place];
  };
  await Promise.all(Array.from(groups.values(), readGroup));
  return answers;
}
