/**
 * What a verifier needs of JWTs, so that it does not need what reads them.
 *
 * @module
 */
import type { VerifyOptions } from './options.ts';
import type { Foreign, Verification } from './verification.ts';

/** Verifies the JWTs of some issuers, for the option `jwts` of a verifier. Made by `awsJwts` and `issuedTokens`. */
export interface JwtVerifier {
  /** Whether a token says that it is from one of these issuers. Nothing is proven by that. */
  isOurs(token: string): boolean;
  /** Says for whom a JWT stands. Rejects only where a given function throws. */
  verify(token: string, question: JwtQuestion): Promise<Exclude<Verification, Foreign>>;
}

/** What is asked about a JWT: the options of `verify`, and the audience, with any suffix. */
export interface JwtQuestion extends Pick<VerifyOptions, 'context' | 'soleAudience' | 'verifiedSince'> {
  /** Which it must name. */
  readonly audience: string;
}
