import { actorKey, partitionOf } from '../../../src/engine/address.ts';
import type { FetchReply, FetchRequest, Store } from '../../../src/engine/store.ts';

/**
 * A store whose fetch reads each partition for itself, as a cluster does: what is read of one may
 * be older than what is read of another.
 */
export function splitFetches(store: Store): Store {
  return new Proxy(store, {
    get(target, property, receiver) {
      if (property === 'fetch') return (request: FetchRequest) => fetchByPartition(target, request);
      const member: unknown = Reflect.get(target, property, receiver);
      return typeof member === 'function' ? member.bind(target) : member;
    },
  });
}

async function fetchByPartition(store: Store, request: FetchRequest): Promise<FetchReply> {
  const of = (key: Parameters<typeof actorKey>[0]) => partitionOf(actorKey(key), store.partitions);
  const placed = {
    actor: request.actor === null ? [] : [of(request.actor)],
    views: request.views.map(of),
    entries: request.entries.map(({ actor }) => of(actor)),
    sizes: request.sizes.map(({ actor }) => of(actor)),
  };
  const partitions = [...new Set(Object.values(placed).flat())].sort();
  if (partitions.length < 2) return store.fetch(request);
  const parts = await Promise.all(
    partitions.map((partition) => {
      const isHere = (places: readonly number[]) => (_: unknown, index: number) =>
        places[index] === partition;
      return store.fetch({
        pointers: [],
        actor: placed.actor.includes(partition) ? request.actor : null,
        views: request.views.filter(isHere(placed.views)),
        entries: request.entries.filter(isHere(placed.entries)),
        sizes: request.sizes.filter(isHere(placed.sizes)),
      });
    }),
  );
  const gathered = <T>(
    places: readonly number[],
    read: (reply: FetchReply) => readonly T[],
  ): T[] => {
    const queues = parts.map((part) => [...read(part)]);
    return places.flatMap((place) => queues[partitions.indexOf(place)]?.splice(0, 1) ?? []);
  };
  return {
    pointers: [],
    actor: parts.find(({ actor }) => actor !== null)?.actor ?? null,
    views: gathered(placed.views, ({ views }) => views),
    entries: gathered(placed.entries, ({ entries }) => entries),
    sizes: gathered(placed.sizes, ({ sizes }) => sizes),
  };
}
