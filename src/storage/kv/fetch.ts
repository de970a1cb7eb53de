import { type Address, actorKey } from '../../engine/address.ts';
import type { CollectionRef, FetchReply, FetchRequest } from '../../engine/store.ts';
import { readActor, readView, toRow } from './actor.ts';
import type { Decision, Reader, Write } from './backing.ts';
import { readEntry } from './collections.ts';
import { putExpiring, readExpiring } from './expiring.ts';
import { keys } from './keys.ts';

/** Reads all that is asked for, and sets the pointers that are not there. */
export function decideFetch(
  reader: Reader,
  request: FetchRequest,
  now: number,
): Decision<FetchReply> {
  const set = new Map<string, string>();
  const writes: Write[] = [];
  const pointers = request.pointers.map(({ key, value, ttlMs }) => {
    const name = keys.pointer(key);
    const known = set.get(name) ?? readExpiring(reader.get(name), now);
    if (known !== null) return known;
    set.set(name, value);
    writes.push(...putExpiring(name, value, ttlMs, now));
    return null;
  });
  const stored = (address: Address) => reader.get(keys.actor(actorKey(address)));
  const reply: FetchReply = {
    pointers,
    actor: request.actor === null ? null : toRow(readActor(stored(request.actor))),
    views: request.views.map((address) => readView(stored(address))),
    entries: request.entries.map((entry) => readEntry(reader, entry)),
    sizes: request.sizes.map(
      ({ actor, collection }: CollectionRef) =>
        ownNumber(readActor(stored(actor)).sizes, collection) ?? 0,
    ),
  };
  return { reply, writes };
}

function ownNumber(sizes: Readonly<Record<string, number>>, name: string): number | undefined {
  return Object.hasOwn(sizes, name) ? sizes[name] : undefined;
}
