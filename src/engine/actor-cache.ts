import { LRUCache } from 'lru-cache';
import type { ActorState } from './actor-state.ts';
import type { ActorKey } from './address.ts';
import type { Store } from './store.ts';

/**
 * The states of the actors used last, bounded by count. A stale one does no harm: every commit
 * compares the turn it was made by. When the store was replaced, all of it is forgotten.
 */
export class ActorCache {
  readonly #store: Store;
  readonly #states: LRUCache<ActorKey, ActorState>;
  #epoch: number;

  constructor(store: Store, actorsMax: number) {
    this.#store = store;
    this.#states = new LRUCache({ max: actorsMax });
    this.#epoch = store.epoch();
  }

  get(key: ActorKey): ActorState | undefined {
    this.#forgetOldEpoch();
    return this.#states.get(key);
  }

  /** @param epoch the store's epoch when the turn that ends here began to read */
  set(key: ActorKey, state: ActorState, epoch: number): void {
    this.#forgetOldEpoch();
    if (epoch === this.#epoch) this.#states.set(key, state);
  }

  delete(key: ActorKey): void {
    this.#states.delete(key);
  }

  #forgetOldEpoch(): void {
    const epoch = this.#store.epoch();
    if (epoch === this.#epoch) return;
    this.#epoch = epoch;
    this.#states.clear();
  }
}
