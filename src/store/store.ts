/**
 * What callerid needs of a key-value store.
 *
 * @module
 */
import { StoreError } from '../errors/classes.ts';

/**
 * Text values by key. Nothing more is promised than the weakest of the stores gives: a reader elsewhere may see a write
 * late, and two keys in either order.
 *
 * Keys are 1 to 256 characters: segments of `[A-Za-z0-9._-]`, at most 110 each, with `/` between them, none of which begins
 * with a dot. Another key is a {@link StoreError} `store_key_invalid`.
 */
export interface Store {
  /** The value, or undefined. Throws {@link StoreError} `store_unavailable`. */
  get(key: string): Promise<string | undefined>;
  /**
   * Writes a value of at most 60 KiB in UTF-8. A lone surrogate becomes U+FFFD. Throws {@link StoreError}
   * `store_value_too_large` or `store_unavailable`.
   */
  put(key: string, value: string): Promise<void>;
  /** Deletes the key. Also fine where there is nothing. */
  delete(key: string): Promise<void>;
  /**
   * Keys that begin with `prefix`, in the order of code units, a page at a time. `limit` is 1 to 1000, the default. The
   * prefix is empty or begins a key. A page may be empty and still not be the last one.
   */
  list(
    prefix: string,
    options?: { readonly cursor?: string | undefined; readonly limit?: number },
  ): Promise<KeyPage>;
}

/** A store with one writer that decides: what it gives is never older than the last write. */
export interface AtomicStore extends Store {
  /**
   * Writes the value only if the one that is there is `expected` (undefined: nothing is there). Whether it did. Throws
   * like `put`; where that is `store_unavailable`, it may have been written all the same.
   */
  swap(key: string, expected: string | undefined, value: string): Promise<boolean>;
}

/** A page of the keys of a store. */
export interface KeyPage {
  /** In the order of code units. */
  readonly keys: readonly string[];
  /** Where the next page begins; undefined on the last one. */
  readonly cursor: string | undefined;
}

/** Longest value, in UTF-8 bytes: Deno KV holds 64 KiB (Deno KV manual, limits). */
export const maxValueBytes: number = 60 * 1024;

/** Whether a store takes the text: what is longer was put there by other means. A long one is not even measured. */
export function isStorable(text: string): boolean {
  if (text.length > maxValueBytes) return false;
  return new TextEncoder().encode(text).byteLength <= maxValueBytes;
}

/**
 * Keys are 1 to 256 characters: segments of `[A-Za-z0-9._-]`, at most 110 each, with `/` between them. None begins with
 * a dot: `.` and `..` are places, and no keys to Workers KV.
 */
export function assertKey(key: string): void {
  if (!isKey(key)) throw invalidKey();
}

/** Whether only writers read this key, so that a writer need not show it to readers: its last segment begins with `_`. */
export function isForWriters(key: string): boolean {
  return /(?:^|\/)_[^/]*$/.test(key);
}

/** A prefix is empty or what a key begins with. */
export function assertPrefix(prefix: string): void {
  if (!isKey(prefix) && !isKey(`${prefix}0`)) throw invalidKey();
}

function isKey(text: string): boolean {
  return text.length <= 256 && /^(?!\.)[A-Za-z0-9._-]{1,110}(?:\/(?!\.)[A-Za-z0-9._-]{1,110})*$/.test(text);
}

function invalidKey(): StoreError {
  return new StoreError('store_key_invalid', 'a store key is made of segments of letters, digits and . _ -');
}

export function assertValue(value: string): void {
  if (isStorable(value)) return;
  const size = new TextEncoder().encode(value).byteLength;
  throw new StoreError(
    'store_value_too_large',
    `a value of ${size} bytes is over the limit of ${maxValueBytes}`,
  );
}

/** Runs an operation of a backend and gives its failure the one shape. */
export async function guarded<T>(operation: () => Promise<T>): Promise<T> {
  try {
    return await operation();
  } catch (error) {
    if (error instanceof StoreError) throw error;
    throw new StoreError('store_unavailable', 'the store failed', { cause: error });
  }
}
