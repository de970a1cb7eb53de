import { type Store, StoreUnavailable } from '../store.ts';
import type { Transfer } from '../work-store.ts';

/** Brings rows and entries to the partitions that they lie in. @throws StoreUnavailable */
export type BringOver = (transfer: Transfer) => Promise<void>;

/**
 * Brings over as long as the store is the one that all was read from. In another, which may have
 * lost an end, other records stand at those positions, and would be taken for what was brought.
 */
export function transferring(store: Store): BringOver {
  const epoch = store.epoch();
  return (transfer) => {
    if (store.epoch() === epoch) return store.transfer(transfer);
    const message = 'the store is another one than what is brought over was read from';
    return Promise.reject(new StoreUnavailable(message, 'no'));
  };
}
