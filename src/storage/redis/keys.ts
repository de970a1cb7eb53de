import { type ActorKey, type Address, actorKey, partitionOf } from '../../engine/address.ts';
import type { CollectionRef } from '../../engine/store.ts';

/** The version of everything this file and `lua/` lay down. Another one is refused. */
export const LAYOUT = 1;

/** Layout version and partition count, as JSON. */
export const META_KEY = 'es:meta';

/**
 * Every key in Redis. `es{p}` begins the keys of partition p, and `{p}` is their hash tag: the
 * keys of one partition lie in one slot of a cluster.
 *
 * | key | holds |
 * |---|---|
 * | `es{p}a:ACTOR` | HASH: `r` last turn id, `t` recent turns, `s` state, `w` view, `h` held claims, `p` position of the last record; `n:COLLECTION` its size; `e:COLLECTION:KEY` an entry: its `at`, or `at:json` where it has a value |
 * | `es{p}f` | STREAM, the feed: `a` actor key, `p` position of the actor's previous record, `d` body, `s` snapshot |
 * | `es{p}c:COLLECTION:ACTOR` | ZSET: entry keys by `at`, for pages |
 * | `es{p}k:COMMAND:ACTOR` | kept reply, `position:json`, expires |
 * | `es{p}i:KEY` | idempotency pointer, expires |
 * | `es{p}l:CLAIM` | claim, `[holder, token]` |
 * | `es{p}q:COMMAND` | HASH, an async command: `c` command, `r` result; expires once it has one |
 * | `es{p}q` | ZSET: ids of pending async commands in order of arrival |
 * | `es{p}w` | HASH, the background work: lease with `f` fence, `n` node (none: given back), `s` id of the last step under it; `r` while its holder rests, the channel to be told of the next commit; `c` how many rows were ordered by count |
 * | `es{p}t:TABLE` | HASH: bodies of a table's rows by key |
 * | `es{p}o:TABLE` | ZSET: keys of the rows that have an order, by it |
 * | `es{p}x` | HASH, cursors of transfers: position by name |
 * | `es{p}g:RANKING` | ZSET: ids of owners by the number of their entries, negated: the largest first, then by id |
 * | `es{0}b` | ZSET: living nodes by when that ends, ms since 1970 |
 * | `es{p}z` | never there: what a ping tries to write |
 *
 * The checkpoints of subscribers are consumer groups of the feed: a group's last delivered id is
 * `0-POSITION`. Channel `es{p}n:DATABASE` tells in which of a server's databases, which share
 * their channels, partition p has news: `work`, or `nodes` where leases or living nodes changed.
 *
 * An actor's entries are fields of its own hash, so that one command reads all that another needs
 * to know of it. What stands before another name has its colons escaped, so that no two names make
 * one key.
 */
export class Keys {
  readonly #prefixes: readonly string[];

  /** @param database the one that the keys lie in */
  constructor(
    readonly partitions: number,
    private readonly database = 0,
  ) {
    this.#prefixes = Array.from({ length: partitions }, (_, partition) => `es{${partition}}`);
  }

  partition(name: string): number {
    return partitionOf(name, this.partitions);
  }

  actor(partition: number, key: ActorKey): string {
    return `${this.#prefixes[partition]}a:${key}`;
  }

  feed(partition: number): string {
    return `${this.#prefixes[partition]}f`;
  }

  /** What the keys of a type's actors match, in every partition, and perhaps others. */
  actorPattern(type: string): string {
    return `es{*}a:${type.replaceAll(/[\\*?[\]]/g, '\\$&')}:*`;
  }

  /** The id of the actor of a type that a key is of; `null` where it is of no such actor. */
  actorId(type: string, key: string): string | null {
    const prefix = /^es\{\d+\}a:/.exec(key)?.[0];
    const own = `${prefix}${type}:`;
    return prefix !== undefined && key.startsWith(own) ? key.slice(own.length) : null;
  }

  collection(partition: number, ref: CollectionRef): string {
    return `${this.#prefixes[partition]}c:${escaped(ref.collection)}:${actorKey(ref.actor)}`;
  }

  reply(partition: number, actor: Address, commandId: string): string {
    return `${this.#prefixes[partition]}k:${escaped(commandId)}:${actorKey(actor)}`;
  }

  pointer(partition: number, key: string): string {
    return `${this.#prefixes[partition]}i:${key}`;
  }

  claim(partition: number, claim: string): string {
    return `${this.#prefixes[partition]}l:${claim}`;
  }

  asyncCommand(partition: number, commandId: string): string {
    return `${this.#prefixes[partition]}q:${commandId}`;
  }

  pendingAsync(partition: number): string {
    return `${this.#prefixes[partition]}q`;
  }

  work(partition: number): string {
    return `${this.#prefixes[partition]}w`;
  }

  bodies(partition: number, table: string): string {
    return `${this.#prefixes[partition]}t:${table}`;
  }

  orders(partition: number, table: string): string {
    return `${this.#prefixes[partition]}o:${table}`;
  }

  cursors(partition: number): string {
    return `${this.#prefixes[partition]}x`;
  }

  ranking(partition: number, name: string): string {
    return `${this.#prefixes[partition]}g:${name}`;
  }

  /** One for the whole store: in the first partition. */
  nodes(): string {
    return `${this.#prefixes[0]}b`;
  }

  /** Not a key, but as one it belongs to the slot of its partition. */
  channel(partition: number): string {
    return `${this.#prefixes[partition]}n:${this.database}`;
  }

  probe(partition: number): string {
    return `${this.#prefixes[partition]}z`;
  }
}

/** A key that is never there, in the partition of another. */
export function probeBeside(key: string): string {
  return `${key.slice(0, key.indexOf('}') + 1)}z`;
}

/** What begins the fields of a collection's entries in the actor's hash. */
export function entryPrefix(collection: string): string {
  return `e:${escaped(collection)}:`;
}

/** The field of a collection's size in the actor's hash. */
export function sizeField(collection: string): string {
  return `n:${escaped(collection)}`;
}

function escaped(name: string): string {
  if (!name.includes(':') && !name.includes('%')) return name;
  return name.replaceAll('%', '%25').replaceAll(':', '%3A');
}
