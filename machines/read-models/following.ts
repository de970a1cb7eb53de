import { defineQuery } from '../../src/define/index.ts';
import { following as collection } from '../account/collections.ts';
import { accountPage, accountParams, pageSearch, readAccountPage } from './account-page.ts';

/** Reads the account's own collection, so that what was answered shows at once. */
export const following = defineQuery({
  name: 'listFollowing',
  summary: 'Whom an account follows, newest first.',
  route: '/v1/accounts/{id}/following',
  params: accountParams,
  search: pageSearch,
  result: accountPage,
  run: (input, reader) => readAccountPage(collection, input, reader),
});
