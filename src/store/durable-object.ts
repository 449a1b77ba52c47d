/**
 * The Durable Objects of a deployment as one store: each cluster's keys are in the object of its name.
 *
 * @module
 */
import { StoreError } from '../errors/classes.ts';
import { type AtomicStore, assertKey, assertPrefix, assertValue, guarded, type KeyPage } from './store.ts';

/** The part of a Durable Object namespace binding that is used; its class is `PolicyObject`. */
export interface PolicyObjectNamespace {
  getByName(name: string): PolicyObjectStub;
}

/** What an object is from outside. */
export interface PolicyObjectStub extends AtomicStore {
  isMirrored(key: string): Promise<boolean>;
}

/**
 * Takes the keys `policy/<cluster>` and those below. Readers need no such store: they have Workers KV, to which the objects
 * mirror all that they hold.
 */
export class DurableObjectStore implements AtomicStore {
  readonly #namespace: PolicyObjectNamespace;

  constructor(namespace: PolicyObjectNamespace) {
    this.#namespace = namespace;
  }

  get(key: string): Promise<string | undefined> {
    return remote(async () => {
      assertKey(key);
      return this.#object(key).get(key);
    });
  }

  put(key: string, value: string): Promise<void> {
    return remote(async () => {
      assertKey(key);
      assertValue(value);
      await this.#object(key).put(key, value.toWellFormed());
    });
  }

  swap(key: string, expected: string | undefined, value: string): Promise<boolean> {
    return remote(async () => {
      assertKey(key);
      assertValue(value);
      return this.#object(key).swap(key, expected?.toWellFormed(), value.toWellFormed());
    });
  }

  delete(key: string): Promise<void> {
    return remote(async () => {
      assertKey(key);
      await this.#object(key).delete(key);
    });
  }

  /** The prefix is `policy/<cluster>/` or longer: others may be of keys in several objects, and are refused. */
  list(prefix: string, options: { cursor?: string | undefined; limit?: number } = {}): Promise<KeyPage> {
    return remote(async () => {
      assertPrefix(prefix);
      if (!/^policy\/[^/]+\//.test(prefix)) throw noObject();
      return this.#object(prefix).list(prefix, options);
    });
  }

  /** Whether Workers KV has been told of the last write of this key. Until then readers use an older value. */
  isMirrored(key: string): Promise<boolean> {
    return remote(async () => {
      assertKey(key);
      return this.#object(key).isMirrored(key);
    });
  }

  #object(key: string): PolicyObjectStub {
    const [, cluster] = /^policy\/([^/]+)/.exec(key) ?? [];
    if (cluster === undefined) throw noObject();
    return this.#namespace.getByName(cluster);
  }
}

function noObject(): StoreError {
  return new StoreError(
    'store_key_invalid',
    'a key or prefix of this store begins with policy/ and a cluster',
  );
}

const codes = ['store_unavailable', 'store_key_invalid', 'store_value_too_large'] as const;

/** An error of another isolate has kept its code, and lost its class. */
function remote<T>(operation: () => Promise<T>): Promise<T> {
  return guarded(async () => {
    try {
      return await operation();
    } catch (error) {
      if (error instanceof StoreError || !(error instanceof Error)) throw error;
      const code = codes.find((one) => 'code' in error && error.code === one);
      throw code === undefined ? error : new StoreError(code, error.message, { cause: error });
    }
  });
}
