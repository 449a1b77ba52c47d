/**
 * A Workers KV namespace as a store.
 *
 * @module
 */
import { assertKey, assertPrefix, assertValue, guarded, type KeyPage, type Store } from './store.ts';

/** The part of a KV namespace binding that is used. */
export interface KvNamespace {
  /** The value, or null. */
  get(key: string, type: 'text'): Promise<string | null>;
  /** Writes a value. `expirationTtl`: in seconds, at least 60; default for good. */
  put(key: string, value: string, options?: { expirationTtl?: number }): Promise<void>;
  /** Deletes a key. */
  delete(key: string): Promise<void>;
  /** A page of keys, 1000 at most. */
  list(options: { prefix: string; cursor?: string | null; limit?: number }): Promise<{
    readonly keys: readonly { readonly name: string }[];
    readonly list_complete: boolean;
    readonly cursor?: string;
  }>;
}

/**
 * A Workers KV namespace as a store, for policies. KV shows a write elsewhere after a minute or more.
 *
 * @example
 * ```ts
 * const policy = storedPolicy({ store: new CloudflareKvStore(env.POLICY), name: 'orders.example.com' });
 * ```
 */
export class CloudflareKvStore implements Store {
  readonly #namespace: KvNamespace;

  /** `namespace` is the binding, such as `env.POLICY`. */
  constructor(namespace: KvNamespace) {
    this.#namespace = namespace;
  }

  get(key: string): Promise<string | undefined> {
    return guarded(async () => {
      assertKey(key);
      return (await this.#namespace.get(key, 'text')) ?? undefined;
    });
  }

  put(key: string, value: string): Promise<void> {
    return guarded(async () => {
      assertKey(key);
      assertValue(value);
      await this.#namespace.put(key, value.toWellFormed());
    });
  }

  delete(key: string): Promise<void> {
    return guarded(async () => {
      assertKey(key);
      await this.#namespace.delete(key);
    });
  }

  list(
    prefix: string,
    { cursor, limit = 1000 }: { cursor?: string | undefined; limit?: number } = {},
  ): Promise<KeyPage> {
    return guarded(async () => {
      assertPrefix(prefix);
      const page = await this.#namespace.list({ prefix, limit, ...(cursor === undefined ? {} : { cursor }) });
      return {
        keys: page.keys.map(({ name }) => name),
        cursor: page.list_complete ? undefined : page.cursor,
      };
    });
  }
}

/** A Workers KV namespace as a store of policies, for `storedPolicy` of `callerid/mapping`. */
export function kvStore(namespace: KvNamespace): Store {
  return new CloudflareKvStore(namespace);
}
