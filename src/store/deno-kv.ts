/**
 * Deno KV as a store.
 *
 * @module
 */
import { type AtomicStore, assertKey, assertPrefix, assertValue, guarded, type KeyPage } from './store.ts';

/** The part of `Deno.Kv` that is used. */
export interface DenoKv {
  /** The entry; one that does not exist has a versionstamp of null. */
  get(key: readonly string[]): Promise<{ readonly value: unknown; readonly versionstamp: string | null }>;
  /** Writes a value. `expireIn`: in whole milliseconds, after which it may be deleted; default for good. */
  set(key: readonly string[], value: unknown, options?: { expireIn?: number }): Promise<unknown>;
  /** Deletes an entry. */
  delete(key: readonly string[]): Promise<void>;
  /** Begins writes that happen together or not at all. */
  atomic(): DenoKvAtomic;
  /** The entries of a range, in the order of their keys. */
  list(
    selector: { start: readonly string[]; end: readonly string[] },
    options: { limit?: number; cursor?: string },
  ): AsyncIterableIterator<{ readonly key: readonly unknown[] }> & { readonly cursor: string };
}

/** The part of `Deno.AtomicOperation` that is used. */
export interface DenoKvAtomic {
  /** Under the condition that the entry is still of this versionstamp; null: that there is none. */
  check(entry: { key: readonly string[]; versionstamp: string | null }): DenoKvAtomic;
  /** Writes a value, as `set` of the database does. */
  set(key: readonly string[], value: unknown, options?: { expireIn?: number }): DenoKvAtomic;
  /** Writes all of it, unless a condition does not hold: then `ok` is false. */
  commit(): Promise<{ readonly ok: boolean }>;
}

/** Bytes that are no UTF-8 are an error, and a byte order mark is a character. */
const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/**
 * A Deno KV database as a store, for policies and for the admin API: what it gives is never older than the last write.
 *
 * Keeps every key below one part of its own, so that a database can be shared. Values are UTF-8 bytes: as a string, one
 * wide character would double the size of the whole.
 *
 * @example
 * ```ts
 * const policy = storedPolicy({ store: new DenoKvStore(await Deno.openKv()), name: 'orders.example.com' });
 * ```
 */
export class DenoKvStore implements AtomicStore {
  readonly #kv: DenoKv;

  /** `kv` is what `Deno.openKv()` gives. */
  constructor(kv: DenoKv) {
    this.#kv = kv;
  }

  get(key: string): Promise<string | undefined> {
    return guarded(async () => {
      assertKey(key);
      return textOf((await this.#kv.get(['callerid', key])).value);
    });
  }

  put(key: string, value: string): Promise<void> {
    return guarded(async () => {
      assertKey(key);
      assertValue(value);
      await patiently(() => this.#kv.set(['callerid', key], new TextEncoder().encode(value)));
    });
  }

  swap(key: string, expected: string | undefined, value: string): Promise<boolean> {
    return guarded(async () => {
      assertKey(key);
      assertValue(value);
      const wanted = expected?.toWellFormed();
      const bytes = new TextEncoder().encode(value);
      const path = ['callerid', key];
      // A commit fails only where another one came between, so somebody always goes on.
      for (;;) {
        const { value: found, versionstamp } = await this.#kv.get(path);
        if (textOf(found) !== wanted) return false;
        const entry = { key: path, versionstamp };
        const { ok } = await patiently(() => this.#kv.atomic().check(entry).set(path, bytes).commit());
        if (ok) return true;
      }
    });
  }

  delete(key: string): Promise<void> {
    return guarded(async () => {
      assertKey(key);
      await patiently(() => this.#kv.delete(['callerid', key]));
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

/** How long to wait for other writers, in milliseconds. */
const patienceMs = 5000;

/** On disk a write of another process fails ours at once, before it has done anything. */
export async function patiently<T>(write: () => Promise<T>): Promise<T> {
  const until = performance.now() + patienceMs;
  for (;;) {
    try {
      return await write();
    } catch (error) {
      const isLocked = error instanceof Error && error.message === 'database is locked';
      if (!isLocked || performance.now() >= until) throw error;
      await new Promise((resolve) => setTimeout(resolve, 1 + Math.random() * 20));
    }
  }
}

function textOf(value: unknown): string | undefined {
  if (value === null) return undefined;
  if (value instanceof Uint8Array) return utf8.decode(value);
  throw new TypeError('the entry is not one of callerid');
}

/** Deno KV as a store of policies, for `storedPolicy` of `callerid/mapping`. */
export function denoKvStore(kv: DenoKv): AtomicStore {
  return new DenoKvStore(kv);
}
