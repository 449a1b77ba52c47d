/**
 * What becomes of signing keys as time goes by.
 *
 * @module
 */

import { longestJwtSeconds } from '../../lib/jwt-life.ts';
import type { SigningJwk } from '../../oidc/key-file.ts';
import { signerOf } from '../../oidc/signing-keys.ts';

/** `published`: its time is yet to come. `retiring`: another signs, and what this one has signed may still be good. */
export type KeyState = 'published' | 'signing' | 'retiring';

/** A key, and where it stands. */
export interface Standing {
  readonly key: SigningJwk;
  readonly state: KeyState;
  /** When the next one signs; undefined where there is none. RFC 3339. */
  readonly signsUntil: string | undefined;
}

/** Every key, in the order in which they sign. */
export function standings(keys: readonly SigningJwk[], now: number): Standing[] {
  const ordered = keys.toSorted((a, b) => Date.parse(a.signFrom) - Date.parse(b.signFrom));
  const signer = signerOf(keys, now);
  const at = signer === undefined ? -1 : ordered.indexOf(signer);
  return ordered.map((key, index) => ({
    key,
    state: index > at ? 'published' : index === at ? 'signing' : 'retiring',
    signsUntil: ordered[index + 1]?.signFrom,
  }));
}

/**
 * The keys without those of which nothing can be good any more: the successor has signed for longer than a JWT lives, and
 * for as long again as it was to take until every part of the deployment has it.
 *
 * @param leadMs in milliseconds
 */
export function stillNeeded(keys: readonly SigningJwk[], now: number, leadMs: number): SigningJwk[] {
  const then = now - longestJwtSeconds * 1000 - leadMs;
  const dropped = standings(keys, then).filter(({ state }) => state === 'retiring');
  return keys.filter((key) => !dropped.some((one) => one.key === key));
}
