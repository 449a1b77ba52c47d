/**
 * Deno KV as a store.
 *
 * @module
 */
import { type AtomicStore, assertKey, assertPrefix, assertValue, guarded, type KeyPage } from './store.ts';

type Key = readonly string[];

/** The part of `Deno.Kv` that is used. */
export interface DenoKv {
  get(key: Key): Promise<{ readonly value: unknown; readonly versionstamp: string | null }>;
  /** `expireIn`: in whole milliseconds, after which it may be deleted. */
  set(key: Key, value: unknown, options?: { expireIn?: number }): Promise<unknown>;
  delete(key: Key): Promise<void>;
  atomic(): DenoKvAtomic;
  list(
    selector: { start: Key; end: Key },
    options: { limit?: number; cursor?: string },
  ): AsyncIterableIterator<{ readonly key: readonly unknown[] }> & { readonly cursor: string };
}

/** The part of `Deno.AtomicOperation` that is used. */
interface DenoKvAtomic {
  /** A versionstamp of null: there is no entry. */
  check(entry: { key: Key; versionstamp: string | null }): DenoKvAtomic;
  set(key: Key, value: unknown, options?: { expireIn?: number }): DenoKvAtomic;
  commit(): Promise<{ readonly ok: boolean }>;
}

/** Bytes that are no UTF-8 are an error, and a byte order mark is a character. */
const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/**
 * Keeps every key below one part of its own, so that a database can be shared. Values are UTF-8 bytes: as a string, one
 * wide character would double the size of the whole.
 */
export class DenoKvStore implements AtomicStore {
  readonly #kv: DenoKv;

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
