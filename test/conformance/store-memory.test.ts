import { MemoryStore } from '../../src/store/memory.ts';
import { atomicStoreContract, storeContract } from '../support/store-contract.ts';

storeContract('memory', () => new MemoryStore());
atomicStoreContract('memory', () => {
  const store = new MemoryStore();
  return [store, store];
});
