import { type Store, StoreUnavailable } from '../../src/engine/store.ts';

/** What becomes of one call to a store. */
export type Fate =
  | 'answered'
  /** It takes effect, and nobody learns of it. */
  | 'reply lost'
  /** It takes no effect, and nobody learns of that. */
  | 'request lost'
  /** It takes no effect, which is known: the connection was refused. */
  | 'refused'
  | Error;

/** The names of a store's methods. */
export type Method = Exclude<keyof Store, 'partitions' | 'epoch' | 'onWake'>;

/**
 * A real store behind a bad connection.
 * @param fate asked before every call, with the arguments that it is made with
 */
export function faultyStore(
  store: Store,
  fate: (method: Method, args: readonly unknown[]) => Fate | Promise<Fate>,
): Store {
  return new Proxy(store, {
    get: (target, property, receiver) => {
      const member: unknown = Reflect.get(target, property, receiver);
      if (typeof member !== 'function') return member;
      if (property === 'epoch') return () => target.epoch();
      if (property === 'onWake') return target.onWake.bind(target);
      return async (...args: unknown[]): Promise<unknown> => {
        const decided = await fate(property as Method, args);
        if (decided instanceof Error) throw decided;
        if (decided === 'refused') throw new StoreUnavailable('refused', 'no');
        if (decided === 'request lost') throw new StoreUnavailable('no answer', 'unknown');
        const reply: unknown = await Reflect.apply(member, target, args);
        if (decided === 'reply lost') throw new StoreUnavailable('no answer', 'unknown');
        return reply;
      };
    },
  });
}

/** A store that counts the calls made to it, by method. */
export function countingStore(store: Store): { store: Store; calls: Record<string, number> } {
  const calls: Record<string, number> = {};
  const counting = faultyStore(store, (method) => {
    calls[method] = (calls[method] ?? 0) + 1;
    return 'answered';
  });
  return { store: counting, calls };
}
