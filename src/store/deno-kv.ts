/**
 * Deno KV as a store.
 *
 * @module
 */
import { assertKey, assertPrefix, assertValue, guarded, type KeyPage, type Store } from './store.ts';

type Key = readonly string[];

/** The part of `Deno.Kv` that is used. */
export interface DenoKv {
  get(key: Key): Promise<{ readonly value: unknown }>;
  set(key: Key, value: unknown): Promise<unknown>;
  delete(key: Key): Promise<void>;
  list(
    selector: { start: Key; end: Key },
    options: { limit?: number; cursor?: string },
  ): AsyncIterableIterator<{ readonly key: readonly unknown[] }> & { readonly cursor: string };
}

/** Bytes that are no UTF-8 are an error, and a byte order mark is a character. */
const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/**
 * Keeps every key below one part of its own, so that a database can be shared. Values are UTF-8 bytes: as a string, one
 * wide character would double the size of the whole.
 */
export class DenoKvStore implements Store {
  readonly #kv: DenoKv;

  constructor(kv: DenoKv) {
    this.#kv = kv;
  }

  get(key: string): Promise<string | undefined> {
    return guarded(async () => {
      assertKey(key);
      const { value } = await this.#kv.get(['callerid', key]);
      if (value === null) return undefined;
      if (value instanceof Uint8Array) return utf8.decode(value);
      throw new TypeError('the entry is not one of callerid');
    });
  }

  put(key: string, value: string): Promise<void> {
    return guarded(async () => {
      assertKey(key);
      assertValue(value);
      await this.#kv.set(['callerid', key], new TextEncoder().encode(value));
    });
  }

  delete(key: string): Promise<void> {
    return guarded(async () => {
      assertKey(key);
      await this.#kv.delete(['callerid', key]);
    });
  }

  list(
    prefix: string,
    { cursor, limit = 1000 }: { cursor?: string | undefined; limit?: number } = {},
  ): Promise<KeyPage> {
    return guarded(async () => {
      assertPrefix(prefix);
      // A key is one part, so its prefix is a range: from the prefix to the first text beyond all that begin with it.
      const range = { start: ['callerid', prefix], end: ['callerid', `${prefix}\uffff`] };
      const entries = this.#kv.list(range, { limit, ...(cursor === undefined ? {} : { cursor }) });
      const keys: string[] = [];
      for await (const { key } of entries) keys.push(String(key[1]));
      return { keys, cursor: keys.length < limit ? undefined : entries.cursor };
    });
  }
}
