/**
 * Verifying the JWTs of several issuers.
 *
 * @module
 */
import type { JwtVerifier } from '../verifier/jwt-verifier.ts';
import { type Claimed, readClaimed } from './claimed-issuer.ts';
import { type TrustedIssuer, verifyJwt } from './verify-jwt.ts';

/** How they are verified. */
export interface JwtVerifierOptions {
  /** What is in the URL of each issuer. */
  readonly marker: string;
  /** Longest JWT, in characters. */
  readonly maxLength: number;
  readonly clock: () => number;
}

/** A token of one of the issuers, as it says. */
interface Looked {
  readonly token: string;
  readonly issuer: TrustedIssuer;
  readonly claimed: Claimed['payload'];
}

export function jwtVerifier(
  issuers: readonly TrustedIssuer[],
  { marker, maxLength, clock }: JwtVerifierOptions,
): JwtVerifier {
  const byUrl = new Map(issuers.map((one) => [one.issuer, one]));
  // One token is looked at up to three times before it is verified. Of others' nothing is kept.
  let last: Looked | undefined;
  const look = (token: string): Looked | undefined => {
    if (last?.token === token) return last;
    const claimed = readClaimed(token, marker);
    const issuer = byUrl.get(claimed?.issuer ?? '');
    if (claimed === undefined || issuer === undefined) return undefined;
    last = { token, issuer, claimed: claimed.payload };
    return last;
  };
  return {
    isOurs: (token) => look(token) !== undefined,
    async verify(token, question) {
      const looked = look(token);
      if (looked === undefined) return { verdict: 'refused', code: 'jwt_malformed' };
      return verifyJwt(token, { ...looked, question, maxLength, now: clock() });
    },
  };
}
