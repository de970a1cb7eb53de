import { actorKey } from '../../engine/address.ts';
import type {
  ActorRow,
  EntryRow,
  FetchReply,
  FetchRequest,
  PointerRequest,
} from '../../engine/store.ts';
import type { Calls } from './calls.ts';
import type { Keys } from './keys.ts';
import { integer, list, textOrNull } from './reply.ts';
import { actorRow } from './row.ts';
import { SCRIPTS } from './scripts.ts';

/** One thing to read: its part of a script's arguments, and how the answer goes into the reply. */
interface Read {
  readonly keys: readonly string[];
  readonly values: readonly string[];
  /** The command that reads it where it is read alone; `null` where only a script can. */
  readonly alone: { readonly name: string; readonly args: readonly string[] } | null;
  /** How many values of the script's answer are its. */
  readonly width: number;
  put(answer: readonly unknown[], from: number): void;
}

interface Draft {
  pointers: (string | null)[];
  actor: ActorRow | null;
  views: (string | null)[];
  entries: (EntryRow | null)[];
  sizes: number[];
}

/**
 * Reads what was asked for: for each partition one command, and all of them in one burst. Where a
 * partition has several reads a script makes them in one step, in the order of the request.
 */
export async function fetchAll(
  calls: Calls,
  keys: Keys,
  request: FetchRequest,
): Promise<FetchReply> {
  const reply: Draft = { pointers: [], actor: null, views: [], entries: [], sizes: [] };
  const byPartition = new Map<number, Read[]>();
  plan(keys, request, reply, (partition, read) => {
    const reads = byPartition.get(partition);
    if (reads === undefined) byPartition.set(partition, [read]);
    else reads.push(read);
  });
  // A pointer is written, and an answer that is lost leaves open whether it was.
  const effect = request.pointers.length > 0 ? 'write' : 'read';
  await Promise.all(
    Array.from(byPartition.values(), (reads) => readPartition(calls, effect, reads)),
  );
  return reply;
}

async function readPartition(
  calls: Calls,
  effect: 'read' | 'write',
  reads: readonly Read[],
): Promise<void> {
  const [only] = reads;
  if (reads.length === 1 && only?.alone) {
    const answer = await calls.run(only.alone.name, effect, [...only.alone.args]);
    only.put(only.width === 1 ? [answer] : list(answer), 0);
    return;
  }
  const keys = reads.flatMap((read) => read.keys);
  const values = reads.flatMap((read) => read.values);
  const answers = list(await calls.script(SCRIPTS.fetch, effect, keys, values));
  let from = 0;
  for (const read of reads) {
    read.put(answers, from);
    from += read.width;
  }
}

/** Every read of a request, in its order, each with its partition. */
function plan(
  keys: Keys,
  request: FetchRequest,
  reply: Draft,
  add: (partition: number, read: Read) => void,
): void {
  for (const [index, pointer] of request.pointers.entries()) {
    const partition = keys.partition(pointer.key);
    const put = (before: string | null) => {
      reply.pointers[index] = before;
    };
    add(partition, readPointer(keys.pointer(partition, pointer.key), pointer, put));
  }
  if (request.actor !== null) {
    const name = actorKey(request.actor);
    const partition = keys.partition(name);
    const put = (row: ActorRow) => {
      reply.actor = row;
    };
    add(partition, readActor(keys.actor(partition, name), put));
  }
  for (const [index, view] of request.views.entries()) {
    const name = actorKey(view);
    const partition = keys.partition(name);
    const put = (json: string | null) => {
      reply.views[index] = json;
    };
    add(partition, readView(keys.actor(partition, name), put));
  }
  for (const [index, entry] of request.entries.entries()) {
    const partition = keys.partition(actorKey(entry.actor));
    const put = (row: EntryRow | null) => {
      reply.entries[index] = row;
    };
    const zset = keys.collection(partition, entry);
    add(partition, readEntry(zset, keys.values(partition, entry), entry.key, put));
  }
  for (const [index, ref] of request.sizes.entries()) {
    const partition = keys.partition(actorKey(ref.actor));
    const put = (size: number) => {
      reply.sizes[index] = size;
    };
    add(partition, readSize(keys.collection(partition, ref), put));
  }
}

function readPointer(
  key: string,
  { value, ttlMs }: PointerRequest,
  put: (before: string | null) => void,
): Read {
  const ttl = String(ttlMs);
  return {
    keys: [key],
    values: ['p', value, ttl],
    alone: { name: 'set', args: [key, value, 'NX', 'GET', 'PX', ttl] },
    width: 1,
    put: (answer, from) => put(textOrNull(answer[from])),
  };
}

function readActor(key: string, put: (row: ActorRow) => void): Read {
  return {
    keys: [key],
    values: ['a'],
    alone: { name: 'hmget', args: [key, 'r', 't', 's'] },
    width: 3,
    put: (answer, from) => put(actorRow(answer[from], answer[from + 1], answer[from + 2])),
  };
}

function readView(key: string, put: (json: string | null) => void): Read {
  return {
    keys: [key],
    values: ['v'],
    alone: { name: 'hget', args: [key, 'w'] },
    width: 1,
    put: (answer, from) => put(textOrNull(answer[from])),
  };
}

function readEntry(
  zset: string,
  values: string,
  key: string,
  put: (row: EntryRow | null) => void,
): Read {
  return {
    keys: [zset, values],
    values: ['e', key],
    alone: null,
    width: 2,
    put: (answer, from) => {
      const at = textOrNull(answer[from]);
      const value = textOrNull(answer[from + 1]);
      put(at === null ? null : { key, at: Number(at), value });
    },
  };
}

function readSize(zset: string, put: (size: number) => void): Read {
  return {
    keys: [zset],
    values: ['n'],
    alone: { name: 'zcard', args: [zset] },
    width: 1,
    put: (answer, from) => put(integer(answer[from])),
  };
}
