import { afterAll, beforeAll, describe } from 'vitest';
import { type Opened, type OpenStore, PARTITIONS, type StoreUnderTest } from '../draft.ts';
import { actorsContract, trimmedActorsContract } from './actors.ts';
import { feedContract, subscriberContract } from './feed.ts';
import { leaseContract, nodeContract } from './leases.ts';
import { workNameContract } from './names.ts';
import { clearContract, ownersContract } from './owners.ts';
import { postContract } from './post.ts';
import { workPropertyContract } from './property.ts';
import { rankingContract } from './ranking.ts';
import { restContract, surveyContract } from './rest.ts';
import { orderContract, rowContract } from './rows.ts';
import { scanContract } from './scan.ts';
import { stepContract } from './step.ts';
import { transferContract } from './transfer.ts';
import { trimContract } from './trim.ts';
import { wakeContract } from './wake.ts';

/** What background work stands on: every promise of the port's part for it. */
export function workContract(store: StoreUnderTest, open: OpenStore): void {
  feedContract(store, open);
  subscriberContract(store);
  nodeContract(store);
  leaseContract(store, open);
  stepContract(store, open);
  rowContract(store);
  orderContract(store);
  scanContract(store);
  postContract(store);
  transferContract(store);
  rankingContract(store);
  restContract(store);
  surveyContract(store, open);
  wakeContract(store);
  workNameContract(store);
  ownersContract(store);
  actorsContract(store);
  clearContract(store);

  // What a subscriber of another test has not passed could never be trimmed.
  describe('in a store without other subscribers', () => {
    let opened: Opened | undefined;
    beforeAll(async () => {
      opened = await open({ partitions: PARTITIONS });
    });
    afterAll(async () => {
      await opened?.close();
    });
    const own = () => {
      if (opened === undefined) throw new Error('the store is not open');
      return opened.store;
    };
    trimmedActorsContract(own);
    trimContract(own);
    workPropertyContract(own);
  });
}
