/**
 * What the verifier needs of a cache that several isolates share.
 *
 * @module
 */

/** A cache that several isolates share. Whoever can write to it can be anybody: it belongs to the deployment alone. */
export interface SharedCache {
  /** The value, or undefined where there is none (any more). May be stale. */
  get(key: string): Promise<string | undefined>;
  /** Keeps a value until `expiresAt`, in milliseconds since the epoch, or for a shorter time. */
  set(key: string, value: string, expiresAt: number): Promise<void>;
  delete(key: string): Promise<void>;
}
