/**
 * Signing a JWT: the one place where that is done, and so the last where it can be kept from being done.
 *
 * @module
 */
import { SignJWT } from 'jose';
import { isReserved } from '../mapping/reserved.ts';
import { factsClaimOf, type IssuedClaims, type IssuedFacts } from './claims.ts';
import type { SigningKey } from './signing-keys.ts';

/** Whether these names may stand in a JWT: none begins with a reserved prefix, in any case. */
export function mayBeIssued(username: string, groups: readonly string[]): boolean {
  return ![username, ...groups].some(isReserved);
}

/**
 * Signs. The facts come first, so that no host of an issuer can take the place of another claim.
 *
 * @throws {Error} where a name is reserved, or the JWT would have ended already
 */
export async function signJwt(claims: IssuedClaims, facts: IssuedFacts, key: SigningKey): Promise<string> {
  const { iss, iat, exp, username, groups } = claims;
  if (!mayBeIssued(username, [...groups, ...facts.literalGroups])) throw new Error('a reserved name');
  if (!(exp > iat)) throw new Error('no life');
  const { alg, kid } = key;
  return new SignJWT({ [factsClaimOf(iss)]: facts, ...claims, groups: [...groups] })
    .setProtectedHeader({ alg, kid, typ: 'JWT' })
    .sign(await key.key());
}
