/**
 * Stores without compare-and-set, where there is but one writer: a test, a demo, a command on one machine.
 *
 * @module
 */
import type { AtomicStore, Store } from './store.ts';

/** The store with a `swap` made of `get` and `put`. Of two writers at a time both may win, and one be lost. */
export function withOneWriter(store: Store): AtomicStore {
  return {
    get: (key) => store.get(key),
    put: (key, value) => store.put(key, value),
    delete: (key) => store.delete(key),
    list: (prefix, options) => store.list(prefix, options),
    async swap(key, expected, value) {
      if ((await store.get(key)) !== expected) return false;
      await store.put(key, value);
      return true;
    },
  };
}
