/**
 * What was used already, so that a one-time token is good once.
 *
 * @module
 */
import { ConfigurationError, StoreError } from '../errors/classes.ts';
import { assertKnownOptions } from '../lib/options.ts';

/** Remembers what was used. */
export interface OnceStore {
  /**
   * Whether this is the first use of `key`, which is remembered until `expiresAt` (milliseconds since the epoch). Of several
   * concurrent uses exactly one is the first. A use whose outcome is not known to the caller counts as a use.
   *
   * Rejects with {@link StoreError} `store_unavailable` where it cannot say, also where `expiresAt` has passed or is more than a year
   * ahead; then nobody is let in.
   * Rejects with `store_key_invalid` where `key` is not 1 to 512 printable ASCII characters.
   */
  use(key: string, expiresAt: number): Promise<boolean>;
}

/** Options of {@link memoryOnce}. */
export interface MemoryOnceOptions {
  /**
   * How many keys are remembered at a time, at least 1; further ones are refused, none is forgotten before its end. Default
   * 250,000: a hundred in a second, for the 40 minutes that a guard asks for.
   */
  readonly maxEntries?: number;
  /** The present, in milliseconds since the epoch; where it is set back, the store stays at the latest time that it saw. Default `Date.now`. */
  readonly clock?: () => number;
}

/**
 * A store of used keys in memory, **for a single process only**: another process, another isolate of a Worker, or the same
 * program after a restart, knows nothing of what was used here, and would take the same key again.
 *
 * @throws {ConfigurationError} where `maxEntries` is no whole number from 1
 * @example
 * ```ts
 * const guard = createGuard({ audience, allow, oneTime: memoryOnce() });
 * ```
 */
export function memoryOnce(options: MemoryOnceOptions = {}): OnceStore {
  assertKnownOptions(options, 'maxEntries clock');
  const { maxEntries = 250_000, clock = Date.now } = options;
  if (!Number.isSafeInteger(maxEntries) || maxEntries < 1) {
    throw new ConfigurationError('maxEntries', 'no number of entries', 'Use a whole number from 1.');
  }
  return new MemoryOnce(maxEntries, clock);
}

/** How much longer a backend keeps a key whose clock may be another's: as much as STS lets clocks differ. In milliseconds. */
export const graceMs: number = 5 * 60_000;

/** The longest that a key is remembered, in milliseconds: a year. Further ahead is a slip of units, and no backend takes every number. */
const longestMs = 366 * 24 * 60 * 60_000;

/**
 * Throws a StoreError where there is no such use. A key that has ended is never a first use: it may have been, and be forgotten.
 *
 * @param now in milliseconds since the epoch
 */
export function assertUse(key: string, expiresAt: number, now: number): void {
  if (typeof key !== 'string' || !/^[\x20-\x7e]{1,512}$/.test(key)) {
    throw new StoreError(
      'store_key_invalid',
      'what is used once is named by 1 to 512 printable ASCII characters',
    );
  }
  if (!(expiresAt > now && expiresAt <= now + longestMs)) {
    throw new StoreError(
      'store_unavailable',
      'the end of what is used once has passed, or is no time within a year',
    );
  }
}

/** Keys whose ends are in one span of this length are forgotten together. In milliseconds. */
const spanMs = 1000;

class MemoryOnce implements OnceStore {
  readonly #maxEntries: number;
  readonly #clock: () => number;
  readonly #used = new Set<string>();
  /** The keys by the span of their end. */
  readonly #spans = new Map<number, string[]>();
  #now = 0;
  #sweptSpan = 0;

  constructor(maxEntries: number, clock: () => number) {
    this.#maxEntries = maxEntries;
    this.#clock = clock;
  }

  async use(key: string, expiresAt: number): Promise<boolean> {
    // Never back, where the clock is set back: what was forgotten would be good again.
    this.#now = Math.max(this.#now, this.#clock());
    assertUse(key, expiresAt, this.#now);
    this.#sweep();
    if (this.#used.has(key)) return false;
    if (this.#used.size >= this.#maxEntries) {
      throw new StoreError('store_unavailable', `all of ${this.#maxEntries} entries are in use`);
    }
    this.#used.add(key);
    const span = Math.floor(expiresAt / spanMs);
    const keys = this.#spans.get(span);
    if (keys === undefined) this.#spans.set(span, [key]);
    else keys.push(key);
    return true;
  }

  /** Looks at the spans once in a span, and at no key but to forget it. */
  #sweep(): void {
    const current = Math.floor(this.#now / spanMs);
    if (current === this.#sweptSpan) return;
    this.#sweptSpan = current;
    for (const [span, keys] of this.#spans) {
      if (span >= current) continue;
      for (const key of keys) this.#used.delete(key);
      this.#spans.delete(span);
    }
  }
}
