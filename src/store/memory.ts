/**
 * A store in memory: for tests, and for a single process that reads its policy at start.
 *
 * @module
 */
import { type AtomicStore, assertKey, assertPrefix, assertValue, type KeyPage } from './store.ts';

/** A store in memory, for this process or isolate alone: for tests, and for a policy that is read at start. */
export class MemoryStore implements AtomicStore {
  readonly #values = new Map<string, string>();

  async get(key: string): Promise<string | undefined> {
    assertKey(key);
    return this.#values.get(key);
  }

  async put(key: string, value: string): Promise<void> {
    assertKey(key);
    assertValue(value);
    this.#values.set(key, value.toWellFormed());
  }

  async swap(key: string, expected: string | undefined, value: string): Promise<boolean> {
    assertKey(key);
    assertValue(value);
    if (this.#values.get(key) !== expected?.toWellFormed()) return false;
    this.#values.set(key, value.toWellFormed());
    return true;
  }

  async delete(key: string): Promise<void> {
    assertKey(key);
    this.#values.delete(key);
  }

  async list(
    prefix: string,
    options: { cursor?: string | undefined; limit?: number } = {},
  ): Promise<KeyPage> {
    assertPrefix(prefix);
    return pageOf([...this.#values.keys()], prefix, options);
  }
}

/** A page of keys, for stores that know all of them. The cursor is the last key of the page before. */
export function pageOf(
  keys: readonly string[],
  prefix: string,
  { cursor, limit = 1000 }: { cursor?: string | undefined; limit?: number },
): KeyPage {
  const rest = keys.filter((key) => key.startsWith(prefix) && (cursor === undefined || key > cursor)).sort();
  const page = rest.slice(0, limit);
  return { keys: page, cursor: rest.length > page.length ? page.at(-1) : undefined };
}

/** A store in memory, for tests: a policy that is put there with `put('policy/NAME', …)` is one for `storedPolicy`. */
export function memoryStore(): AtomicStore {
  return new MemoryStore();
}
