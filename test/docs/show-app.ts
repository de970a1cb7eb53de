/** The guide's example, put together as `machines/index.ts` would with it. */
import { show } from '../../docs/show/aggregate.ts';
import { getShow } from '../../docs/show/get-show.ts';
import { account } from '../../machines/account/aggregate.ts';
import { defineApp } from '../../src/define/index.ts';

export const showApp = defineApp({ aggregates: [account, show], queries: [getShow] });
