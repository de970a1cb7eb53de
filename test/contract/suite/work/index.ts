import type { OpenStore, StoreUnderTest } from '../draft.ts';
import { feedContract, subscriberContract } from './feed.ts';
import { leaseContract, nodeContract } from './leases.ts';
import { workNameContract } from './names.ts';
import { postContract } from './post.ts';
import { workPropertyContract } from './property.ts';
import { rankingContract } from './ranking.ts';
import { restContract, surveyContract } from './rest.ts';
import { orderContract, rowContract } from './rows.ts';
import { scanContract } from './scan.ts';
import { stepContract } from './step.ts';
import { transferContract } from './transfer.ts';
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
  workPropertyContract(store);
}
