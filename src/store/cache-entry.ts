/**
 * How a shared cache writes a value into a store: with its own end, since a store may keep it longer.
 *
 * @module
 */
import { StoreError } from '../errors/classes.ts';
import { member } from '../lib/json.ts';

/** Options of a shared cache. */
export interface CacheOptions {
  /** The present, in milliseconds since the epoch. Default `Date.now`. */
  readonly clock?: () => number;
}

/** A key is a SHA-256 in base64url. */
export function assertCacheKey(key: string): void {
  if (typeof key === 'string' && /^[A-Za-z0-9_-]{43}$/.test(key)) return;
  throw new StoreError('store_key_invalid', 'a key of the shared cache is a SHA-256 in base64url');
}

export function writeEntry(value: string, expiresAt: number): string {
  return JSON.stringify({ value, expiresAt });
}

/** The value, unless it has ended at `now` (milliseconds since the epoch). What is no entry is none. */
export function readEntry(text: unknown, now: number): string | undefined {
  const entry = parsed(text);
  const [value, expiresAt] = [member(entry, 'value'), member(entry, 'expiresAt')];
  return typeof value === 'string' && typeof expiresAt === 'number' && now < expiresAt ? value : undefined;
}

function parsed(text: unknown): unknown {
  if (typeof text !== 'string') return undefined;
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
