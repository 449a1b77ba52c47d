/**
 * A cache of identities beyond one isolate.
 *
 * @module
 */

/** A cache that several isolates share. Whoever can write to it can be anybody: it belongs to the deployment alone. */
export interface SharedCache {
  /** The value, or undefined where there is none (any more). May be stale. `key`: 43 base64url characters, a SHA-256. */
  get(key: string): Promise<string | undefined>;
  /**
   * Keeps a value, below 2 KiB, until `expiresAt`, in milliseconds since the epoch. A backend may drop it sooner, and never gives
   * it later.
   */
  set(key: string, value: string, expiresAt: number): Promise<void>;
  /** Also fine where there is nothing. */
  delete(key: string): Promise<void>;
}
