/**
 * Verifying the JWTs of several issuers.
 *
 * @module
 */
import type { JwtVerifier } from '../verifier/jwt-verifier.ts';
import { claimedIssuer } from './claimed-issuer.ts';
import { type TrustedIssuer, verifyJwt } from './verify-jwt.ts';

/** How they are verified. */
export interface JwtVerifierOptions {
  /** What is in the URL of each issuer. */
  readonly marker: string;
  /** Longest JWT, in characters. */
  readonly maxLength: number;
  readonly clock: () => number;
}

export function jwtVerifier(
  issuers: readonly TrustedIssuer[],
  { marker, maxLength, clock }: JwtVerifierOptions,
): JwtVerifier {
  const byUrl = new Map(issuers.map((one) => [one.issuer, one]));
  const issuerOf = (token: string): TrustedIssuer | undefined =>
    byUrl.get(claimedIssuer(token, marker) ?? '');
  return {
    isOurs: (token) => issuerOf(token) !== undefined,
    async verify(token, question) {
      const issuer = issuerOf(token);
      if (issuer === undefined) return { verdict: 'refused', code: 'jwt_malformed' };
      return verifyJwt(token, { issuer, question, maxLength, now: clock() });
    },
  };
}
