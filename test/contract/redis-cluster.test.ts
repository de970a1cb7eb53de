import { openRedisStore } from '../../src/storage/redis/index.ts';
import { startRedisCluster } from '../support/redis-cluster.ts';
import { storeContract } from './store-contract.ts';

// Each store that is opened has a cluster of its own: a cluster has one database.
storeContract('redis cluster', async ({ partitions }) => {
  const cluster = await startRedisCluster();
  const store = await openRedisStore({ url: cluster.url, partitions });
  return {
    store,
    close: async () => {
      await store.close();
      await cluster.stop();
    },
  };
});
