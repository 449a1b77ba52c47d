/**
 * Identities that STS vouched for, held for a while.
 *
 * @module
 */
import type { Identity } from '../identity/identity.ts';
import { ExpiringCache } from '../lib/expiring-cache.ts';
import { longestJwtSeconds } from '../lib/jwt-life.ts';
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
const longestLifeMs = (2 * longestJwtSeconds + 300) * 1000;

/** Knows what was forgotten too, so that no answer that was under way, and no other cache, brings it back. */
export class HeldIdentities extends ExpiringCache<Verified> {
  #forgotten: readonly Forgotten[] = [];
  #generation = 0;

  /** Another one after each time that something was forgotten. */
  get generation(): number {
    return this.#generation;
  }

  override set(key: string, verified: Verified, expiresAt: number): void {
    if (!this.isForgotten(verified)) super.set(key, verified, expiresAt);
  }

  /** Forgets what was verified up to `at` (milliseconds since the epoch). */
  forget(matches: (identity: Identity) => boolean, at: number): void {
    this.#generation++;
    this.deleteWhere(({ identity }) => matches(identity));
    const recent = this.#forgotten.filter((one) => !(at - one.at > longestLifeMs));
    this.#forgotten = [...recent, { matches, at }];
  }

  /** Whether what STS said was forgotten since. */
  isForgotten({ identity, verifiedAt }: Verified): boolean {
    return this.#forgotten.some(({ matches, at }) => verifiedAt <= at && matches(identity));
  }
}
