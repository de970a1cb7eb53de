/** `type:id`, the name of an actor everywhere in the store. */
export type ActorKey = string & { readonly __brand: 'ActorKey' };

/** An actor's identity. */
export interface Address {
  readonly type: string;
  readonly id: string;
}

/** The key of an address. Types hold no colon, so that the first colon ends the type. */
export function actorKey(address: Address): ActorKey {
  return `${address.type}:${address.id}` as ActorKey;
}

/** The address that `key` names; `null` when it names none. */
export function parseActorKey(key: string): Address | null {
  const colon = key.indexOf(':');
  if (colon < 1 || colon === key.length - 1) return null;
  return { type: key.slice(0, colon), id: key.slice(colon + 1) };
}

/**
 * The partition of a key: FNV-1a over its UTF-16 code units, folded, modulo the count.
 * Fixed for ever: stored data lies where this says.
 */
export function partitionOf(key: string, partitions: number): number {
  let hash = 0x811c9dc5;
  for (let index = 0; index < key.length; index++) {
    hash = Math.imul(hash ^ key.charCodeAt(index), 0x01000193);
  }
  hash ^= hash >>> 16;
  return (hash >>> 0) % partitions;
}
