import { type ActorKey, type Address, actorKey } from '../../engine/address.ts';
import type { FetchReply, FetchRequest } from '../../engine/store.ts';
import type { Calls } from './calls.ts';
import { parseEntry } from './entry.ts';
import type { Effect } from './faults.ts';
import { entryPrefix, type Keys, sizeField } from './keys.ts';
import { list, textOrNull } from './reply.ts';
import { actorRow } from './row.ts';
import { SCRIPTS } from './scripts.ts';

/** One command of a fetch: name, key, and the words after the key. */
interface Read {
  readonly partition: number;
  readonly words: [name: string, key: string, ...string[]];
}

/** Where a field's answer is found: in the answer of which read, and the how manieth of it. */
interface Place {
  readonly read: number;
  readonly index: number;
}

/** The commands that a fetch takes: one for each pointer, and one for each actor. */
class ReadPlan {
  readonly reads: Read[] = [];
  readonly actor: readonly Place[];
  readonly views: readonly Place[];
  readonly entries: readonly Place[];
  readonly sizes: readonly Place[];
  readonly #keys: Keys;
  /** By actor: its read, and the words of that. */
  readonly #byActor = new Map<ActorKey, { readonly read: number; readonly words: string[] }>();

  constructor(keys: Keys, request: FetchRequest) {
    this.#keys = keys;
    for (const { key, value, ttlMs } of request.pointers) {
      const partition = keys.partition(key);
      const name = keys.pointer(partition, key);
      this.reads.push({ partition, words: ['set', name, value, 'NX', 'GET', 'PX', String(ttlMs)] });
    }
    const { actor } = request;
    this.actor = actor === null ? [] : ROW.map((field) => this.#field(actor, field));
    this.views = request.views.map((address) => this.#field(address, VIEW));
    this.entries = request.entries.map((ref) =>
      this.#field(ref.actor, entryPrefix(ref.collection) + ref.key),
    );
    this.sizes = request.sizes.map((ref) => this.#field(ref.actor, sizeField(ref.collection)));
  }

  /** Has a field of an actor's hash read with all that is read of it: at one moment. */
  #field(address: Address, field: string): Place {
    const key = actorKey(address);
    let known = this.#byActor.get(key);
    if (known === undefined) {
      const partition = this.#keys.partition(key);
      const words: Read['words'] = ['hmget', this.#keys.actor(partition, key)];
      known = { read: this.reads.push({ partition, words }) - 1, words };
      this.#byActor.set(key, known);
    }
    // The answer holds the fields alone, without the command's name and key.
    return { read: known.read, index: known.words.push(field) - 3 };
  }
}

const ROW = ['r', 't', 's'];
const VIEW = 'w';

/** Reads what was asked for, all of it in one burst. */
export function fetchAll(calls: Calls, keys: Keys, request: FetchRequest): Promise<FetchReply> {
  const plan = new ReadPlan(keys, request);
  // A pointer is written, and an answer that is lost leaves open whether it was.
  const effect = request.pointers.length > 0 ? 'write' : 'read';
  const answers = calls.keepOrder
    ? calls.burst(
        effect,
        plan.reads.map(({ words }) => words),
      )
    : byPartition(calls, effect, plan.reads);
  return answers.then((found) => replyOf(request, plan, found));
}

/** @param answers of the reads, in their order */
function replyOf(request: FetchRequest, plan: ReadPlan, answers: readonly unknown[]): FetchReply {
  const at = ({ read, index }: Place) => textOrNull(list(answers[read])[index]);
  const row = plan.actor.map(at);
  return {
    pointers: request.pointers.map((_, read) => textOrNull(answers[read])),
    actor: request.actor === null ? null : actorRow(row[0], row[1], row[2]),
    views: plan.views.map(at),
    entries: request.entries.map(({ key }, index) => {
      const place = plan.entries[index];
      const stored = place ? at(place) : null;
      return stored === null ? null : parseEntry(key, stored);
    }),
    sizes: plan.sizes.map((place) => Number(at(place) ?? 0)),
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
