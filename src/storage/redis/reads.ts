import { type Address, actorKey } from '../../engine/address.ts';
import type { CollectionRef, EntryRow, KeptReply, PageRequest, Trail } from '../../engine/store.ts';
import type { Calls } from './calls.ts';
import { parseEntry } from './entry.ts';
import { entryPrefix, type Keys } from './keys.ts';
import { integer, list, text, textOrNull } from './reply.ts';
import { SCRIPTS } from './scripts.ts';

const TRIMMED = 1;

export async function readReply(
  calls: Calls,
  keys: Keys,
  actor: Address,
  commandId: string,
): Promise<KeptReply | null> {
  const partition = keys.partition(actorKey(actor));
  const stored = textOrNull(
    await calls.run('read', ['get', keys.reply(partition, actor, commandId)]),
  );
  if (stored === null) return null;
  const colon = stored.indexOf(':');
  return { body: stored.slice(colon + 1), position: Number(stored.slice(0, colon)) };
}

export async function readPage(
  calls: Calls,
  keys: Keys,
  ref: CollectionRef,
  { limit, after }: PageRequest,
): Promise<readonly EntryRow[]> {
  const key = actorKey(ref.actor);
  const partition = keys.partition(key);
  const named = [keys.collection(partition, ref), keys.actor(partition, key)];
  const values = [String(limit), entryPrefix(ref.collection)];
  if (after !== null) values.push(String(after.at), after.key);
  const found = list(await calls.script(SCRIPTS.page, 'read', named, values));
  const rows: EntryRow[] = [];
  for (let from = 0; from < found.length; from += 2) {
    rows.push(parseEntry(text(found[from]), text(found[from + 1])));
  }
  return rows;
}

export async function readTrail(
  calls: Calls,
  keys: Keys,
  actor: Address,
  from: number | null,
  limit: number,
): Promise<Trail> {
  const key = actorKey(actor);
  const partition = keys.partition(key);
  const named = [keys.feed(partition), keys.actor(partition, key)];
  const values = [key, from === null ? '' : String(from), String(limit)];
  const [next, isTrimmed, ...found] = list(
    await calls.script(SCRIPTS.trail, 'read', named, values),
  );
  const records: Trail['records'][number][] = [];
  for (let index = 0; index < found.length; index += 3) {
    const record = { position: Number(text(found[index])), body: text(found[index + 1]) };
    const snapshot = text(found[index + 2]);
    records.push(snapshot === '' ? record : { ...record, snapshot });
  }
  return { records, next: integer(next) || null, isTrimmed: integer(isTrimmed) === TRIMMED };
}
