/**
 * Identities that STS vouched for, held for a while.
 *
 * @module
 */
import type { Identity } from '../identity/identity.ts';
import { ExpiringCache } from '../lib/expiring-cache.ts';
import type { Verified } from './verification.ts';

interface Forgotten {
  readonly matches: (identity: Identity) => boolean;
  /** Milliseconds since the epoch. */
  readonly at: number;
}

/**
 * In milliseconds: no token lives longer after somebody vouched for its owner. A JWT of callerid lives for an hour, and what it was
 * exchanged for for another.
 */
const longestLifeMs = 125 * 60_000;

/** Knows what was forgotten too, so that no answer that was under way, and no other cache, brings it back. */
export class HeldIdentities {
  readonly #cache: ExpiringCache<Verified>;
  /** The oldest first. */
  readonly #forgotten: Forgotten[] = [];
  #generation = 0;

  /** @param maxBytes what all of them together may weigh */
  constructor(maxBytes: number) {
    this.#cache = new ExpiringCache(maxBytes);
  }

  /** Another one after each time that something was forgotten. */
  get generation(): number {
    return this.#generation;
  }

  get(key: string, now: number): Verified | undefined {
    return this.#cache.get(key, now);
  }

  keep(key: string, verified: Verified): void {
    if (!this.isForgotten(verified)) this.#cache.set(key, verified, verified.expiresAt);
  }

  delete(key: string): void {
    this.#cache.delete(key);
  }

  /** Forgets what was verified up to `at` (milliseconds since the epoch). */
  forget(matches: (identity: Identity) => boolean, at: number): void {
    this.#generation++;
    this.#cache.deleteWhere(({ identity }) => matches(identity));
    while (this.#forgotten[0] !== undefined && at - this.#forgotten[0].at > longestLifeMs)
      this.#forgotten.shift();
    this.#forgotten.push({ matches, at });
  }

  /** Whether what STS said was forgotten since. */
  isForgotten({ identity, verifiedAt }: Verified): boolean {
    return this.#forgotten.some(({ matches, at }) => verifiedAt <= at && matches(identity));
  }
}
