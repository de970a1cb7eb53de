import { afterAll, beforeAll, describe } from 'vitest';
import { asyncContract } from './suite/async.ts';
import { claimContract } from './suite/claims.ts';
import { entryContract, pageContract } from './suite/collections.ts';
import { commitContract } from './suite/commit.ts';
import { type Opened, type OpenStore, PARTITIONS } from './suite/draft.ts';
import { fetchContract } from './suite/fetch.ts';
import { nameContract } from './suite/names.ts';
import { propertyContract } from './suite/property.ts';
import { replyContract } from './suite/replies.ts';
import { trailContract } from './suite/trail.ts';
import { turnContract } from './suite/turns.ts';
import { workContract } from './suite/work/index.ts';

/**
 * Declares the suite of every promise of the store port, for one store, without skips.
 * @param open gives an empty store; what it gives is closed when the suite ends
 */
export function storeContract(name: string, open: OpenStore): void {
  describe(`the ${name} store`, () => {
    let opened: Opened | undefined;
    beforeAll(async () => {
      opened = await open({ partitions: PARTITIONS });
    });
    afterAll(async () => {
      await opened?.close();
    });
    const store = () => {
      if (opened === undefined) throw new Error('the store is not open');
      return opened.store;
    };

    commitContract(store, open);
    turnContract(store);
    replyContract(store);
    fetchContract(store);
    entryContract(store);
    pageContract(store);
    trailContract(store);
    claimContract(store);
    asyncContract(store, open);
    nameContract(store);
    propertyContract(store);
    workContract(store, open);
  });
}
