import { defineQuery } from '../../src/define/index.ts';
import { blocked as collection } from '../account/collections.ts';
import { accountPage, accountParams, pageSearch, readAccountPage } from './account-page.ts';

/** Reads the account's own collection, so that what was answered shows at once. */
export const blocked = defineQuery({
  name: 'listBlocked',
  summary: 'Whom an account blocks, newest first.',
  route: '/v1/accounts/{id}/blocked',
  params: accountParams,
  search: pageSearch,
  result: accountPage,
  run: (input, reader) => readAccountPage(collection, input, reader),
});
