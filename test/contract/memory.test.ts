import { createMemoryStore } from '../../src/storage/memory/index.ts';
import { storeContract } from './store-contract.ts';

storeContract('memory', async (options) => {
  const store = createMemoryStore(options);
  return { store, close: () => store.close() };
});
