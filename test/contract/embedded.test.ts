import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openEmbeddedStore } from '../../src/storage/embedded/index.ts';
import { storeContract } from './store-contract.ts';

storeContract('embedded', async ({ partitions }) => {
  const dir = await mkdtemp(join(tmpdir(), 'everstate-'));
  const store = await openEmbeddedStore({ dir, partitions });
  return {
    store,
    async close() {
      await store.close();
      await rm(dir, { recursive: true });
    },
  };
});
